"""From MFCCs back to a waveform, stage by stage: ``gtzan`` against ``librosa``, on the same clips.

    python bench/inversion.py [PATH ...] [--limit N] [--seconds S]

Each row is a way from some of a clip's features to a waveform (or, for the mel filterbank alone, to magnitudes): its
seconds per clip, and two errors against the original. Spectral convergence is the norm of the magnitudes' error
relative to their own, in dB (0 dB is what silence gets); the other is the mean error of the log-mel spectrogram of 128
bands. All rows take each clip in turns, in one process; imports, compilation and constants are paid before the clock
starts. Without a path, the clips are tones in noise: good for a try, not for a claim.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import librosa
import numpy as np
import torch
from torch import Tensor

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.audio.formats import AUDIO_SUFFIXES
from gtzan.audio.inversion import MfccInversion

SAMPLE_RATE, N_FFT, HOP = 22050, 2048, 512
Way = Callable[[np.ndarray], Callable[[], np.ndarray]]  # a clip → what is timed → a waveform or magnitudes


def tones_in_noise(seed: int, samples: int) -> np.ndarray:
    """Chords of four random notes with overtones, two a second, over a hissing beat."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(samples) / SAMPLE_RATE
    beat, index = seconds % 0.5, (seconds / 0.5).astype(int)
    notes = 110 * 2 ** (rng.integers(0, 36, (4, index[-1] + 1)) / 12)
    tones = sum(np.sin(2 * np.pi * note[index] * k * seconds) / k for note in notes for k in range(1, 6))
    waveform = 0.05 * tones * np.exp(-3 * beat) + 0.05 * rng.standard_normal(samples) * np.exp(-20 * beat)
    return waveform.astype(np.float32)


def magnitude(y: np.ndarray, hop_length: int = HOP) -> np.ndarray:
    return np.abs(librosa.stft(y, n_fft=N_FFT, hop_length=hop_length))


def errors(result: np.ndarray, original: np.ndarray, hop_length: int) -> tuple[float, float]:
    """Spectral convergence and mean log-mel error, both in dB, of a waveform, or of magnitudes at a hop."""
    ours, truth = (result, magnitude(original, hop_length)) if result.ndim == 2 else map(magnitude, (result, original))
    convergence = 20 * np.log10(np.linalg.norm(ours - truth) / np.linalg.norm(truth))
    mels = [librosa.power_to_db(librosa.feature.melspectrogram(S=x**2, sr=SAMPLE_RATE)) for x in (ours, truth)]
    return convergence, np.abs(mels[0] - mels[1]).mean()


def librosa_chain(y: np.ndarray) -> Callable[[], np.ndarray]:
    mfcc = librosa.feature.mfcc(y=y, sr=SAMPLE_RATE, n_mfcc=128)
    return lambda: librosa.feature.inverse.mfcc_to_audio(mfcc, sr=SAMPLE_RATE, n_iter=32, length=len(y))


def random_phases(magnitudes: Tensor) -> Tensor:
    return 2 * torch.pi * torch.rand(magnitudes.shape, generator=torch.Generator().manual_seed(0))


def chain(n_mels: int, hop_length: int = HOP, n_mfcc: int | None = None, random: bool = False, **options) -> Way:
    """From MFCCs."""
    extractor = FeatureExtractor(SAMPLE_RATE, hop_length=hop_length, n_mels=n_mels, n_mfcc=n_mfcc or n_mels)
    inverse = MfccInversion.of(extractor.settings, **options)

    def way(y: np.ndarray) -> Callable[[], np.ndarray]:
        mfcc = extractor(torch.from_numpy(y)[None])[..., extractor.columns["mfcc"]]

        def from_random_phases() -> np.ndarray:
            found = inverse.magnitude(inverse.log_mel(mfcc))
            return inverse.griffin_lim(found, len(y), random_phases(found))[0].numpy()

        return from_random_phases if random else lambda: inverse(mfcc, len(y))[0].numpy()

    return way


def filterbank(n_mels: int, hop_length: int = HOP) -> Way:
    """From all MFCCs to magnitudes."""
    extractor = FeatureExtractor(SAMPLE_RATE, hop_length=hop_length, n_mels=n_mels, n_mfcc=n_mels)
    inverse = MfccInversion.of(extractor.settings)

    def way(y: np.ndarray) -> Callable[[], np.ndarray]:
        log_mel = inverse.log_mel(extractor(torch.from_numpy(y)[None])[..., extractor.columns["mfcc"]])
        return lambda: inverse.magnitude(log_mel)[0].numpy().T

    return way


def phases(hop_length: int = HOP, random: bool = False, **options) -> Way:
    """From true magnitudes."""
    inverse = MfccInversion(hop_length=hop_length, **options)

    def way(y: np.ndarray) -> Callable[[], np.ndarray]:
        truth = torch.from_numpy(magnitude(y, hop_length).T)[None].contiguous()
        phase = random_phases(truth) if random else None
        return lambda: inverse.griffin_lim(truth, len(y), phase)[0].numpy()

    return way


STAGES: dict[str, dict[str, tuple[Way, int]]] = {
    "MFCCs to a waveform": {
        "librosa, 128 of 128 bands": (librosa_chain, HOP),
        "gtzan, 128 of 128, random phases": (chain(128, random=True, iterations=32), HOP),
        "gtzan, 128 of 128 bands": (chain(128), HOP),
        "gtzan, 256 of 256 bands": (chain(256), HOP),
        "gtzan, 256 of 256 bands, hop 256": (chain(256, 256), 256),
        "gtzan, 20 of 128 bands": (chain(128, n_mfcc=20), HOP),
    },
    "MFCCs to magnitudes": {
        "128 bands": (filterbank(128), HOP),
        "256 bands": (filterbank(256), HOP),
        "384 bands": (filterbank(384), HOP),
    },
    "true magnitudes to a waveform": {
        "random phases, 32 × Griffin-Lim": (phases(random=True, iterations=32), HOP),
        "phase gradients alone": (phases(iterations=0), HOP),
        "phase gradients, 8 × Griffin-Lim": (phases(iterations=8), HOP),
        "phase gradients, 16 × Griffin-Lim": (phases(iterations=16), HOP),
        "the same at hop 256": (phases(256, iterations=16), 256),
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", type=Path, nargs="*", help="audio files, and folders of them at any depth")
    parser.add_argument("--limit", type=int, help="use N of the files only, evenly spread; without paths: make N (3)")
    parser.add_argument("--seconds", type=float, default=10, help="taken from each file's beginning")
    args = parser.parse_args()
    samples = int(args.seconds * SAMPLE_RATE)
    files = [p for path in args.paths for p in ([path] if path.is_file() else sorted(path.rglob("*")))]
    files = [p for p in files if p.suffix.lower() in AUDIO_SUFFIXES]
    if files:
        files = [files[i * len(files) // args.limit] for i in range(args.limit)] if args.limit else files
        clips = [read_audio(p, SAMPLE_RATE)[:samples] for p in files]
    elif args.paths:
        parser.error(f"no audio files in {', '.join(map(str, args.paths))}")
    else:
        clips = [tones_in_noise(seed, samples) for seed in range(args.limit or 3)]

    print(f"{len(clips)} clips of {args.seconds:g} s, {os.cpu_count()} CPUs ({platform.machine()}), Python", end=" ")
    print(platform.python_version() + "".join(f", {x} {version(x)}" for x in ("librosa", "numba", "numpy", "torch")))
    ways = {(stage, name): way for stage, rows in STAGES.items() for name, way in rows.items()}
    results = {key: [] for key in ways}
    for way, _ in ways.values():
        way(tones_in_noise(0, SAMPLE_RATE))()
    for y in clips:
        for key, (way, hop_length) in ways.items():
            invert = way(y)
            start = time.perf_counter()
            result = invert()
            results[key].append((time.perf_counter() - start, *errors(result, y, hop_length)))
    for stage, rows in STAGES.items():
        print(f"\n{stage:36s}{'seconds (min)':>18s}{'convergence':>14s}{'log-mel error':>16s}")
        for name in rows:
            (seconds, convergence, log_mel), fastest = np.mean(found := results[stage, name], axis=0), min(found)[0]
            print(f"  {name:34s}{seconds:9.3f} ({fastest:6.3f}){convergence:11.1f} dB{log_mel:13.2f} dB")


if __name__ == "__main__":
    main()
