"""Six features of a folder of audio files: librosa, one feature at a time, against ``gtzan``, from file to features.

    python bench/features.py ROOT [--limit N] [--jobs J] [--rounds 10]

The sides take turns with the same files. librosa runs in one process, as a notebook runs it, and in J processes; gtzan
in J threads.
"""

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import librosa
import numpy as np
import torch
from pairs import HEADINGS, machine, table_head, take_turns

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
    parser.add_argument("--rounds", type=int, default=10)
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
    features = {}

    def take(name: str) -> float:
        elapsed, features[name] = timed(sides[name][0], paths, sides[name][1])
        return elapsed

    for extract, pool in sides.values():  # compilation and filterbanks are paid by every process, before the clock
        timed(extract, paths[:1] * 4 * args.jobs, pool)
    print(machine("librosa", "numpy", "torch", "soundfile", threads=f"{args.jobs} jobs"))
    print(f"{len(paths)} files; how many times as fast the first is:\n")
    *peers, ours = sides
    turns = take_turns({name: partial(take, name) for name in sides}, args.rounds)
    print(table_head(*HEADINGS), *(turns.row("six features", ours, peer) for peer in peers), sep="\n")
    print("\nlargest difference, relative to the feature's largest value in the clip:")
    for feature, columns in extractor.columns.items():
        pairs = [(a[:, columns], b[:, columns]) for a, b in zip(features[ours], features[peers[0]], strict=True)]
        print(f"  {feature:20s} {max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs):.1e}")


if __name__ == "__main__":
    main()
