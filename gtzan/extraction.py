"""From audio files to shards of features, on all cores, resumable after a kill."""

import json
import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.corpora.corpus import Corpus, Track
from gtzan.errors import BrokenAudioError
from gtzan.files import write_json

log = logging.getLogger(__name__)

SHARD = 32  # tracks: a kill costs at most the work on two shards, and as many are held in memory


def extract_shards(corpus: Corpus, extractor: FeatureExtractor, folder: Path, jobs: int | None = None) -> list[Path]:
    """Extract what is missing in ``folder``; returns every shard's manifest, in the order of the tracks.

    A shard is ``shard-N.npy``, float32 ``(frames, features)``, and ``shard-N.json``, written last, with the number of
    frames of each track (0 for a broken one) and the reasons of the broken ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards = [corpus.tracks[i : i + SHARD] for i in range(0, len(corpus.tracks), SHARD)]
    manifests = [folder / f"shard-{i:05d}.json" for i in range(len(shards))]
    done = sum(len(s) for s, m in zip(shards, manifests, strict=True) if m.exists())
    if done < len(corpus.tracks):
        log.info("Extracting the features of %d of %d tracks", len(corpus.tracks) - done, len(corpus.tracks))
    # Threads, not processes: decoding and the transforms release the interpreter, and a thread costs nothing to start.
    # One inner thread each, so that the cores are shared out by tracks and not fought over within one.
    with (
        ThreadPoolExecutor(jobs or os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool,
        tqdm(total=len(corpus.tracks), initial=done, desc="Features", unit="track", disable=None) as progress,
    ):
        missing = [(s, m) for s, m in zip(shards, manifests, strict=True) if not m.exists()]
        begun = [_begin(pool, shard, extractor) for shard, _ in missing[:1]]
        for number, (shard, manifest) in enumerate(missing):
            # The next shard is begun before this one is waited for and written: no core waits for another.
            begun += [_begin(pool, following, extractor) for following, _ in missing[number + 1 : number + 2]]
            results = [_counted(future.result(), progress) for future in begun.pop(0)]
            _write_shard(manifest, shard, results, len(extractor.names))
    return manifests


def read_shard(manifest: Path) -> tuple[np.ndarray, list[int], dict[str, str]]:
    """A shard's frames, frames per track, and reasons of broken tracks by name."""
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    return np.load(manifest.with_suffix(".npy"), mmap_mode="r"), facts["lengths"], facts["broken"]


def _begin(pool: ThreadPoolExecutor, tracks: tuple[Track, ...], extractor: FeatureExtractor) -> list[Future]:
    return [pool.submit(_extract, track, extractor) for track in tracks]


@torch.inference_mode()
def _extract(track: Track, extractor: FeatureExtractor) -> np.ndarray | BrokenAudioError:
    try:
        waveform = read_audio(track.path, extractor.settings["sample_rate"])
    except BrokenAudioError as error:
        return error
    return extractor(torch.from_numpy(waveform)[None])[0].numpy()


def _counted(result, progress: tqdm):
    progress.update()
    return result


def _write_shard(manifest: Path, tracks: tuple[Track, ...], results: list, n_features: int) -> None:
    broken = {t.name: r.reason for t, r in zip(tracks, results, strict=True) if isinstance(r, BrokenAudioError)}
    lengths = [0 if isinstance(r, BrokenAudioError) else len(r) for r in results]
    whole = [r for r in results if not isinstance(r, BrokenAudioError)]
    np.save(manifest.with_suffix(".npy"), np.concatenate([np.empty((0, n_features), np.float32), *whole]))
    write_json(manifest, {"lengths": lengths, "broken": broken}, indent=None)
