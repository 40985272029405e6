"""Six features of a folder of audio files: librosa, one feature at a time, against ``gtzan``, from file to features.

    python bench/features.py ROOT [--limit N] [--jobs J] [--repeat R]

Both sides work through the same files in turns, so that whatever else the machine does hits both; the best of R rounds
counts. librosa runs in one process, as a notebook runs it, and in J processes; gtzan in J threads.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import librosa
import numpy as np
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.audio.formats import AUDIO_SUFFIXES

SAMPLE_RATE = 22050


def with_librosa(path: Path) -> np.ndarray:
    y, sr = librosa.load(path, sr=SAMPLE_RATE)
    features = [
        librosa.feature.mfcc(y=y, sr=sr, n_mfcc=20),
        librosa.feature.chroma_stft(y=y, sr=sr),
        librosa.feature.spectral_centroid(y=y, sr=sr),
        librosa.feature.spectral_bandwidth(y=y, sr=sr),
        librosa.feature.spectral_rolloff(y=y, sr=sr),
        librosa.feature.zero_crossing_rate(y),
    ]
    return np.concatenate(features).T


@torch.inference_mode()
def with_gtzan(extractor: FeatureExtractor, path: Path) -> np.ndarray:
    return extractor(torch.from_numpy(read_audio(path, SAMPLE_RATE))[None])[0].numpy()


def timed(extract: Callable[[Path], np.ndarray], paths: list[Path], pool: Executor) -> tuple[float, list[np.ndarray]]:
    start = time.perf_counter()
    features = list(pool.map(extract, paths))
    return time.perf_counter() - start, features


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="a folder of audio files, at any depth")
    parser.add_argument("--limit", type=int, help="use the first N files only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes and threads; default: all CPUs")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the best one counts")
    args = parser.parse_args()
    paths = sorted(p for p in args.root.rglob("*") if p.suffix in AUDIO_SUFFIXES)[: args.limit]
    if not paths:
        parser.error(f"no audio files in {args.root}")

    extractor = FeatureExtractor(SAMPLE_RATE)
    spawn = get_context("spawn")  # forking a process that runs torch's threads can hang it
    sides = {
        "librosa, 1 process": (with_librosa, ProcessPoolExecutor(1, spawn)),
        f"librosa, {args.jobs} processes": (with_librosa, ProcessPoolExecutor(args.jobs, spawn)),
        f"gtzan, {args.jobs} threads": (
            partial(with_gtzan, extractor),
            ThreadPoolExecutor(args.jobs, initializer=torch.set_num_threads, initargs=(1,)),
        ),
    }
    seconds = {name: [] for name in sides}
    features = {}
    for extract, pool in sides.values():  # imports, compilation and filterbanks are paid before the clock starts
        timed(extract, paths[:1] * 4 * args.jobs, pool)
    for _ in range(args.repeat):
        for name, (extract, pool) in sides.items():
            elapsed, features[name] = timed(extract, paths, pool)
            seconds[name].append(elapsed)

    libraries = ("librosa", "numpy", "torch", "torchaudio", "soundfile")
    print(
        f"{len(paths)} files, {os.cpu_count()} CPUs ({platform.machine()}), Python {platform.python_version()}", end=""
    )
    print("".join(f", {name} {version(name)}" for name in libraries))
    *peers, ours = sides
    for name in sides:
        best = min(seconds[name])
        print(f"{name:24s} {best:8.2f} s {len(paths) / best:8.1f} tracks/s", end="")
        print("" if name == ours else f"   gtzan is {best / min(seconds[ours]):.1f} times faster")
    print("largest difference, relative to the feature's largest value in the clip:")
    for feature, columns in extractor.columns.items():
        pairs = [(a[:, columns], b[:, columns]) for a, b in zip(features[ours], features[peers[0]], strict=True)]
        print(f"  {feature:20s} {max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs):.1e}")


if __name__ == "__main__":
    main()
