"""From audio files to shards of features, on all cores, resumable after a kill."""

import logging
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from gtzan.audio.extractors import Extractor
from gtzan.audio.files import check_readable, stream_audio
from gtzan.audio.retry import retried
from gtzan.audio.streaming import features_of_stream
from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.frames_file import checksum, open_frames, write_frames
from gtzan.data.sealed import read_sealed_json, write_sealed_json
from gtzan.errors import BrokenAudioError, UnreachableAudioError
from gtzan.files import replace_atomically

log = logging.getLogger(__name__)

SHARD = 32  # tracks: a kill costs at most the work on two shards, and as many are held in memory


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


def extract_shards(corpus: Corpus, extractor: Extractor, folder: Path, jobs: int | None = None) -> dict[Path, Shard]:
    """Extract what is missing or damaged in ``folder``; returns every shard by its path, in the order of the tracks.

    Raises:
        UserError: a file cannot be read, at several attempts; finished shards are kept.
        OSError: the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    members = [corpus.tracks[i : i + SHARD] for i in range(0, len(corpus.tracks), SHARD)]
    paths = [folder / f"shard-{i:05d}.json" for i in range(len(members))]
    n_features = len(extractor.names)
    found = {path: Shard.read(path, tracks, n_features) for tracks, path in zip(members, paths, strict=True)}
    shards = {path: shard for path, shard in found.items() if shard}
    missing = [(tracks, path) for tracks, path in zip(members, paths, strict=True) if path not in shards]
    done = len(corpus.tracks) - sum(len(tracks) for tracks, _ in missing)
    if missing:
        log.info("Extracting the features of %d of %d tracks", len(corpus.tracks) - done, len(corpus.tracks))
    # Threads, not processes: decoding and the transforms release the interpreter, and a thread costs nothing to start.
    # One inner thread each, so that the cores are shared out by tracks and not fought over within one.
    pool = ThreadPoolExecutor(jobs or os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,))
    try:
        with tqdm(total=len(corpus.tracks), initial=done, desc="Features", unit="track", disable=None) as progress:
            submitted = [_submit(pool, tracks, extractor, folder) for tracks, _ in missing[:1]]
            for number, (tracks, path) in enumerate(missing):
                # The next shard is submitted before this one is waited for and written: no core waits for another.
                submitted += [_submit(pool, following, extractor, folder) for following, _ in missing[number + 1 :][:1]]
                results = [_advance(future.result(), progress) for future in submitted.pop(0)]
                shards[path] = Shard.write(path, tracks, results, n_features)
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, do not go through the rest
    return {path: shards[path] for path in paths}


def _submit(pool: ThreadPoolExecutor, tracks: tuple[Track, ...], extractor: Extractor, folder: Path) -> list:
    return [pool.submit(extract_features, track.path, extractor, folder) for track in tracks]


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


def _advance(result, progress: tqdm):
    progress.update()
    return result
