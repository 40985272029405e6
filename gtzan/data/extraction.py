"""From audio files to shards of features: on all cores, by every process that wants them, resumable after a kill."""

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from filelock import BaseFileLock, FileLock, Timeout
from tqdm import tqdm

from gtzan.audio.extractors import Extractor
from gtzan.audio.files import check_readable, stream_audio
from gtzan.audio.retry import retried
from gtzan.audio.streaming import features_of_stream
from gtzan.audio.thread_pool import single_threaded_workers
from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.frames_file import checksum, open_frames, write_frames
from gtzan.data.sealed import read_sealed_json, write_sealed_json
from gtzan.errors import BrokenAudioError, UnreachableAudioError
from gtzan.files import replace_atomically

log = logging.getLogger(__name__)

SHARD = 32  # tracks: a kill costs at most the work on two shards, and as many are held in memory
POLL = 0.5  # seconds between two looks at what other processes are doing


@dataclass(frozen=True)
class Shard:
    """Features of consecutive tracks: ``shard-N.npy`` and, written after it, ``shard-N.json`` with its checksum.

    Attributes:
        tracks: their names.
        lengths: frames of each track; 0 for a broken one.
        broken: the reasons, by track name.
        checksum: of the frames.
    """

    tracks: list[str]
    lengths: list[int]
    broken: dict[str, str]
    checksum: int

    @property
    def rows(self) -> int:
        return sum(self.lengths)

    @classmethod
    def write(cls, path: Path, tracks: tuple[Track, ...], results: list, n_features: int) -> "Shard":
        broken = {t.name: r.reason for t, r in zip(tracks, results, strict=True) if isinstance(r, BrokenAudioError)}
        lengths = [0 if isinstance(r, BrokenAudioError) else len(r) for r in results]
        whole = [r for r in results if not isinstance(r, BrokenAudioError)]
        frames = path.with_suffix(".npy")
        replace_atomically(frames, lambda file: write_frames(file, whole, sum(lengths), n_features))
        shard = cls([track.name for track in tracks], lengths, broken, checksum(whole))
        write_sealed_json(path, asdict(shard))
        return shard

    @classmethod
    def read(cls, path: Path, tracks: tuple[Track, ...], n_features: int) -> "Shard | None":
        """The shard, every byte of it checked; ``None`` where it is missing or damaged, which is made again."""
        try:
            shard = cls(**read_sealed_json(path))
            if shard.tracks != [track.name for track in tracks]:
                raise ValueError("of other tracks")
            shard.frames(path, n_features)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as damage:
            log.warning("The extracted features in %s are damaged (%s) and are made again.", path, damage)
            return None
        return shard

    def frames(self, path: Path, n_features: int) -> np.memmap:
        """``(rows, n_features)``.

        Raises:
            ValueError: damaged.
        """
        return open_frames(path.with_suffix(".npy"), n_features, [self.rows], [self.checksum])


@dataclass(frozen=True)
class Claim:
    """A shard that this process alone is extracting.

    Attributes:
        path: of the shard.
        lock: held until the shard is written; the system releases it when the process is killed.
        futures: of the features of its tracks.
    """

    path: Path
    lock: BaseFileLock
    futures: list[Future]


class Extraction:
    """The shards of a corpus, which every process that wants them helps to extract.

    Each shard has a lock, held by the process that is extracting it: others take shards that are missing and not
    locked. Shards are taken, and later joined into a store, under one lock for all of them, so that nobody looks for
    shards in a folder that is being renamed.

    Args:
        corpus: what to extract from.
        extractor: what to extract.
        folder: the place of the shards.
        lock: of all shards, to be held by who calls :meth:`finished` and joins them.
    """

    def __init__(self, corpus: Corpus, extractor: Extractor, folder: Path, lock: BaseFileLock) -> None:
        self.extractor, self.folder, self.lock = extractor, folder, lock
        members = [corpus.tracks[i : i + SHARD] for i in range(0, len(corpus.tracks), SHARD)]
        self.members = {folder / f"shard-{i:05d}.json": tracks for i, tracks in enumerate(members)}
        self.total = len(corpus.tracks)
        self.whole: dict[Path, Shard] = {}  # written or checked by this process
        self.begun = self.shared = False  # what has been told of

    def finished(self) -> dict[Path, Shard] | None:
        """Every shard by its path, in the order of the tracks; ``None`` while some are missing.

        Those of other processes or of an earlier run are checked; a damaged one is removed, which makes it missing.
        """
        if self._missing():
            return None
        for path, tracks in self.members.items():
            if path in self.whole:
                continue
            if shard := Shard.read(path, tracks, len(self.extractor.names)):
                self.whole[path] = shard
            else:
                path.unlink(missing_ok=True)
        return {path: self.whole[path] for path in self.members} if len(self.whole) == len(self.members) else None

    def help(self, jobs: int | None = None) -> None:
        """Extract missing shards that no other process is working on, until none is missing, or the folder is gone.

        While others are working on all that are missing, wait for them, and take over what a killed one has left.

        Args:
            jobs: threads, one per core by default.

        Raises:
            UserError: a file cannot be read, at several attempts; finished shards are kept.
            OSError: the disk is full.
        """
        workers = jobs or os.cpu_count() or 1
        missing = self._missing()
        done, own = self.total - _count(missing), 0
        # Threads, not processes: decoding and the transforms release the interpreter, and a thread costs nothing to
        # start. One inner thread each, so that the cores are shared out by tracks and not fought over within one.
        claims: list[Claim] = []
        with ExitStack() as stack:
            stack.callback(_release, claims)
            pool = stack.enter_context(single_threaded_workers(workers))
            progress = stack.enter_context(
                tqdm(total=self.total, initial=done, desc="Features", unit="track", disable=None)
            )
            while claims or missing:
                if not claims and not self._claim(missing, claims, pool, progress):
                    if missing:  # other processes are working on all of them
                        time.sleep(POLL)
                    continue
                path, futures = claims[0].path, claims[0].futures
                # The next shard is taken when each core has but one more track to do, so that no core waits for
                # another and other processes find something left.
                late = max(0, len(futures) - 2 * workers)
                results = [_advance(future.result(), progress) for future in futures[:late]]
                self._claim(missing, claims, pool, progress)
                results += [_advance(future.result(), progress) for future in futures[late:]]
                self.whole[path] = Shard.write(path, self.members[path], results, len(self.extractor.names))
                own += len(results)
                claims[0].lock.release()
                del claims[0]
        if self.shared:
            log.info("Extracted %d of %d tracks; other processes extracted the rest", own, self.total - done)

    def _missing(self) -> dict[Path, tuple[Track, ...]]:
        there = set(self.folder.glob("shard-*.json"))
        return {path: tracks for path, tracks in self.members.items() if path not in there}

    def _claim(self, missing: dict, claims: list[Claim], pool: ThreadPoolExecutor, progress: tqdm) -> bool:
        """Take the first of the missing shards that no other process is working on; returns whether there was one.

        Drops from ``missing`` what is taken, or was extracted meanwhile.
        """
        elsewhere, mine = 0, None
        with self.lock:  # no other process joins the shards and renames their folder meanwhile
            if not self.folder.exists():
                missing.clear()
            for path, tracks in list(missing.items()):
                lock = FileLock(path.with_suffix(".lock"))
                try:
                    lock.acquire(blocking=False)
                except Timeout:
                    elsewhere += len(tracks)
                    continue
                del missing[path]
                if not path.exists():  # looked at only now: before, the lock's last holder may have been writing it
                    mine = [pool.submit(extract_features, t.path, self.extractor, self.folder) for t in tracks]
                    claims.append(Claim(path, lock, mine))
                    break
                lock.release()
                progress.update(len(tracks))
        if elsewhere and not self.shared:
            self.shared = True
            _say("Other processes are extracting %d of %d tracks", elsewhere, self.total)
        if mine and not self.begun:
            self.begun = True
            _say("Extracting the features of %d of %d tracks", _count(missing) - elsewhere + len(mine), self.total)
        return mine is not None


def _count(members: dict[Path, tuple[Track, ...]]) -> int:
    return sum(map(len, members.values()))


def _say(message: str, *values: int) -> None:
    with tqdm.external_write_mode():  # on a line of its own, not at the end of the progress bar
        log.info(message, *values)


def extract_features(path: Path, extractor: Extractor, folder: Path) -> np.ndarray | BrokenAudioError:
    """The features of a file ``(frames, n_features)``, or what is wrong with its content.

    Features of a file so long that its spectrogram would fill the memory are written to a nameless file in ``folder``
    and mapped.

    Raises:
        UserError: the file cannot be read, at several attempts.
    """
    blocks = partial(stream_audio, path, extractor.settings["sample_rate"])

    def extract() -> np.ndarray | BrokenAudioError:
        try:
            return _in_memory_or_mapped(features_of_stream(extractor, blocks), folder)
        except UnreachableAudioError:
            raise
        except BrokenAudioError:
            check_readable(path)
        try:  # again, for the disk may have failed while only libsndfile or ffmpeg saw it
            return _in_memory_or_mapped(features_of_stream(extractor, blocks), folder)
        except UnreachableAudioError:
            raise
        except BrokenAudioError as error:
            return error

    return retried(extract)


def _in_memory_or_mapped(parts: Iterator[np.ndarray], folder: Path) -> np.ndarray:
    first = next(parts)
    second = next(parts, None)
    if second is None:
        return first
    with tempfile.TemporaryFile(dir=folder) as file:
        rows = 0
        for part in chain((first, second), parts):
            file.write(np.ascontiguousarray(part).data)
            rows += len(part)
        file.flush()
        return np.memmap(file, first.dtype, mode="r", shape=(rows, first.shape[1]))


def _release(claims: list[Claim]) -> None:
    for claim in claims:
        claim.lock.release()


def _advance(result, progress: tqdm):
    progress.update()
    return result
