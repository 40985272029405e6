"""The feature cache on disk: every track's frames in one memory-mapped array.

A store is a folder that needs nothing else, not even the audio::

    <corpus>-<key>/frames.npy    float32 (total frames, features), tracks one after the other
                   store.json    tracks and their facts, frames per track, broken files, extractor settings, checksums
                                 of the frames and of itself

The key is a hash of the extractor's settings and code and of every file's name and content, so that a store can be
old but never stale.
"""

import json
import logging
import re
import shutil
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from filelock import FileLock

from gtzan.audio.encoders.registry import check_settings, complete_settings, make_extractor
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.fingerprints import fingerprints
from gtzan.data.frames_file import open_frames, write_frames
from gtzan.data.manifest import FORMAT, Manifest
from gtzan.data.source import code_digest, extractor_modules
from gtzan.errors import BrokenAudioError, UserError, reason_of
from gtzan.files import replace_atomically

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeatureStore:
    """Frame-level features of a corpus.

    Attributes:
        path: its folder.
        corpus: every track, broken ones included.
        frames: ``(total frames, features)``, float32, memory-mapped.
        offsets: ``(tracks,)``, each track's first row.
        lengths: ``(tracks,)``, each track's number of rows; 0 where the file is broken.
        broken: the reason by track name.
        settings: the extractor's arguments.
        columns: the first and the last-plus-one column of each feature.
    """

    path: Path
    corpus: Corpus
    frames: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    broken: dict[str, str]
    settings: dict
    columns: dict[str, tuple[int, int]]

    @classmethod
    def of(
        cls, corpus: Corpus, settings: dict, cache: str | Path, on_broken: str = "skip", jobs: int | None = None
    ) -> "FeatureStore":
        """The store of a corpus: the cached one where it is whole and up to date, else a new one.

        Processes that want the same store at once share the work, on one machine or on several that share the cache; a
        killed one leaves its shards to the others, or to the next.

        Args:
            corpus: what to extract from.
            settings: arguments of :class:`gtzan.audio.features.FeatureExtractor`, or those of
                :func:`gtzan.audio.encoders.registry.encoder_settings`.
            cache: the folder that holds the stores.
            on_broken: ``skip`` leaves broken files out and says so, ``error`` stops at the first.
            jobs: threads, one per core by default.

        Raises:
            UserError: a broken file under ``on_broken="error"``, no usable file in a genre, or a disk that is full.
        """
        if on_broken not in ("skip", "error"):
            raise UserError(f"on_broken={on_broken} is not known: choose skip or error.")
        check_settings(**settings)
        cache = Path(cache)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            store = cls._cached_or_built(corpus, settings, cache, jobs)
        except OSError as error:
            raise UserError(
                f"Cannot write features to {cache} ({reason_of(error)}): name another folder with cache=FOLDER, or "
                "make room there. What is finished is kept; the same command goes on."
            ) from error
        return store.checked(on_broken)

    @classmethod
    def _cached_or_built(cls, corpus: Corpus, settings: dict, cache: Path, jobs: int | None) -> "FeatureStore":
        from gtzan.data.extraction import Extraction

        settings = complete_settings(settings)
        prints = fingerprints([t.path for t in corpus.tracks], cache / "fingerprints.json", jobs)
        identity = {
            "format": FORMAT,
            "extractor": [code_digest(extractor_modules(settings.get("encoder"))), settings],
            "tracks": [[t.name, *p] for t, p in zip(corpus.tracks, prints, strict=True)],
        }
        key = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
        path = cache / f"{_slug(corpus.name)}-{key}"
        try:  # without the lock, which a cache that may only be read has no place for
            return cls._open(path, corpus)
        except (FileNotFoundError, ValueError, UserError):
            pass
        lock, partial = FileLock(path.with_suffix(".lock")), path.with_suffix(".partial")
        extractor = make_extractor(settings)
        extraction = Extraction(corpus, extractor, partial, lock)
        while True:
            with lock:
                if path.exists():
                    try:
                        # Names, artists and places may have changed since; the sound, which the key stands for, has
                        # not.
                        return cls._open(path, corpus)
                    except (FileNotFoundError, ValueError, UserError) as damage:
                        log.warning("The feature store %s is damaged (%s). It is built again.", path, damage)
                        shutil.rmtree(path)
                if (shards := extraction.finished()) is not None:
                    _join(shards, partial, corpus, extractor)
                    partial.rename(path)
                    break
                partial.mkdir(exist_ok=True)
            extraction.help(jobs)
        return cls.open(path, corpus)

    @classmethod
    def open(cls, path: str | Path, corpus: Corpus | None = None) -> "FeatureStore":
        """Open a store, here or carried from elsewhere, after checking every byte against its checksums.

        Args:
            path: its folder.
            corpus: its tracks, or some of them, with the facts that are known by now; all as stored by default.

        Raises:
            UserError: no store there, one of another version, one that is damaged, or one without a wanted track.
        """
        path = Path(path)
        try:
            return cls._open(path, corpus)
        except (FileNotFoundError, NotADirectoryError):
            raise UserError(f"{path} is no feature store: it should hold store.json and frames.npy.") from None
        except OSError as error:
            raise UserError(f"The feature store {path} cannot be read ({reason_of(error)}).") from error
        except ValueError as error:
            raise UserError(f"The feature store {path} is damaged: {error}.") from error

    @classmethod
    def _open(cls, path: Path, corpus: Corpus | None) -> "FeatureStore":
        manifest = Manifest.read(path / "store.json")
        frames = open_frames(path / "frames.npy", manifest.n_features, manifest.rows, manifest.checksums)
        stored = manifest.corpus
        corpus = corpus or stored
        rows = {track.name: row for row, track in enumerate(stored.tracks)}
        if unknown := [track.name for track in corpus.tracks if track.name not in rows]:
            raise UserError(f"The feature store {path} holds no track {unknown[0]}: build it again.")
        kept = [rows[track.name] for track in corpus.tracks]  # those of some genres, or all
        lengths = np.array(manifest.lengths, dtype=np.int64)
        return cls(
            path=path,
            corpus=corpus,
            frames=frames,
            offsets=(np.cumsum(lengths) - lengths)[kept],
            lengths=lengths[kept],
            broken={t.name: manifest.broken[t.name] for t in corpus.tracks if t.name in manifest.broken},
            settings=manifest.settings,
            columns=manifest.columns,
        )

    def __reduce__(self) -> tuple:
        """For another process, the place alone: it maps the same file instead of being sent a copy."""
        return _reopened, (self.path, self.corpus, self.settings.get("n_mfcc"))

    def save_corpus(self) -> None:
        """Write what is known of the tracks by now (genres, artists, parts) into the store, for where it is carried to.

        A store in the cache is found again by names and sound alone, whatever else has changed since it was built.

        Raises:
            UserError: they have changed, and the store cannot be written.
        """
        manifest = Manifest.read(self.path / "store.json")
        stored, known = ([replace(t, path=Path()) for t in c.tracks] for c in (manifest.corpus, self.corpus))
        if stored == known:
            return
        try:
            replace(manifest, corpus=self.corpus).write(self.path / "store.json")
        except OSError as error:
            raise UserError(
                f"The genres, artists or parts in {self.path} are out of date, and it cannot be written "
                f"({reason_of(error)}): name another cache."
            ) from error

    def with_mfccs(self, n: int) -> "FeatureStore":
        """The same store with the first ``n`` MFCCs only, which are what an extractor of ``n`` MFCCs would give.

        Raises:
            UserError: it has fewer.
        """
        start, stop = self.columns["mfcc"]
        if not 0 < n <= stop - start:
            advice = f"build it with gtzan features build --n-mfcc {n}"
            raise UserError(f"features.n_mfcc={n}, but the store {self.path} has {stop - start}: {advice}.")
        columns = self.columns | {"mfcc": (start, start + n)}
        return replace(self, settings=self.settings | {"n_mfcc": n}, columns=columns)

    def checked(self, on_broken: str) -> "FeatureStore":
        """This store, after naming its broken files in the log, or in an error where they must stop the run."""
        paths = {track.name: track.path for track in self.corpus.tracks}
        for name, reason in self.broken.items():
            path = paths[name]
            if on_broken == "error":
                raise BrokenAudioError(path, f"{reason}. Mend it, remove it, or leave it out with on_broken=skip")
            log.warning("Broken file left out: %s (%s)", path, reason)
        usable = {t.genre for t, n in zip(self.corpus.tracks, self.lengths, strict=True) if n}
        if missing := sorted(set(self.corpus.genres) - usable):
            raise UserError(f"Every file of {missing[0]} in {self.corpus.root} is broken: see the log above.")
        return self

    def columns_of(self, features: list[str]) -> list[int]:
        """Column numbers of the named features, in the order named.

        Raises:
            UserError: a feature that the store does not hold.
        """
        for name in features:
            if name not in self.columns:
                raise UserError(f"Feature {name} is not in the store: choose from {', '.join(self.columns)}.")
        return [column for name in features for column in range(*self.columns[name])]


def _reopened(path: Path, corpus: Corpus, n_mfcc: int | None) -> FeatureStore:
    store = FeatureStore.open(path, corpus)
    return store if n_mfcc in (None, store.settings.get("n_mfcc")) else store.with_mfccs(n_mfcc)


def _join(shards: dict, folder: Path, corpus: Corpus, extractor) -> None:
    """One file from the shards, copied one by one so that memory stays bounded, and the manifest beside it."""
    columns = len(extractor.names)
    rows = [shard.rows for shard in shards.values()]
    parts = (shard.frames(path, columns) for path, shard in shards.items())  # each checked again as it is copied
    replace_atomically(folder / "frames.npy", lambda file: write_frames(file, parts, sum(rows), columns))
    Manifest(
        corpus=corpus,
        lengths=[n for shard in shards.values() for n in shard.lengths],
        broken={name: reason for shard in shards.values() for name, reason in shard.broken.items()},
        settings=extractor.settings,
        rows=rows,
        checksums=[shard.checksum for shard in shards.values()],
    ).write(folder / "store.json")
    for leftover in folder.glob("shard-*"):
        leftover.unlink()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "corpus"
