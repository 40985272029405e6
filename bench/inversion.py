"""From MFCCs back to a waveform: ``librosa.feature.inverse.mfcc_to_audio`` against ``gtzan``, the whole chain.

    python bench/inversion.py [PATH ...] [--limit N] [--seconds S] [--n-mfcc K] [--iterations I]

Both sides get the same MFCCs of the same clips, clip by clip in turns, in one process and once; what they must import,
compile and set up is paid before the clock starts. Two errors are printed, both against the original: spectral
convergence (the norm of the magnitudes' error relative to their own, in dB; 0 dB is what silence gets) and the mean
error of the log-mel spectrogram. Without a path, the clips are tones in noise: good for a try, not for a claim.
"""

import argparse
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import librosa
import numpy as np
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.audio.formats import AUDIO_SUFFIXES
from gtzan.audio.inversion import MfccInversion

SAMPLE_RATE = 22050


def tones_in_noise(seed: int, samples: int) -> np.ndarray:
    """Chords of four random notes with overtones, two a second, over a hissing beat."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(samples) / SAMPLE_RATE
    beat, index = seconds % 0.5, (seconds / 0.5).astype(int)
    notes = 110 * 2 ** (rng.integers(0, 36, (4, index[-1] + 1)) / 12)
    tones = sum(np.sin(2 * np.pi * note[index] * k * seconds) / k for note in notes for k in range(1, 6))
    waveform = 0.05 * tones * np.exp(-3 * beat) + 0.05 * rng.standard_normal(samples) * np.exp(-20 * beat)
    return waveform.astype(np.float32)


def magnitude(y: np.ndarray) -> np.ndarray:
    return np.abs(librosa.stft(y, n_fft=2048, hop_length=512))


def errors(y: np.ndarray, original: np.ndarray) -> tuple[float, float]:
    """Spectral convergence and mean log-mel error, both in dB."""
    ours, truth = magnitude(y), magnitude(original)
    convergence = 20 * np.log10(np.linalg.norm(ours - truth) / np.linalg.norm(truth))
    mels = [librosa.power_to_db(librosa.feature.melspectrogram(S=x**2, sr=SAMPLE_RATE)) for x in (ours, truth)]
    return convergence, np.abs(mels[0] - mels[1]).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", type=Path, nargs="*", help="audio files, and folders of them at any depth")
    parser.add_argument("--limit", type=int, help="use the first N files only; without paths: make N clips (3)")
    parser.add_argument("--seconds", type=float, default=10, help="taken from each file's beginning")
    parser.add_argument("--n-mfcc", type=int, default=128, help="coefficients, of 128 mel bands")
    parser.add_argument("--iterations", type=int, default=32, help="of Griffin-Lim, on both sides")
    args = parser.parse_args()
    samples = int(args.seconds * SAMPLE_RATE)
    files = [p for path in args.paths for p in ([path] if path.is_file() else sorted(path.rglob("*")))]
    files = [p for p in files if p.suffix.lower() in AUDIO_SUFFIXES][: args.limit]
    if files:
        clips = {f"{p.parent.name}/{p.name}": read_audio(p, SAMPLE_RATE)[:samples] for p in files}
    elif args.paths:
        parser.error(f"no audio files in {', '.join(map(str, args.paths))}")
    else:
        clips = {f"tones in noise {seed}": tones_in_noise(seed, samples) for seed in range(args.limit or 3)}

    extractor = FeatureExtractor(SAMPLE_RATE, n_mfcc=args.n_mfcc)
    inverse = MfccInversion.of(extractor.settings, iterations=args.iterations)

    def with_librosa(mfcc: torch.Tensor, length: int) -> np.ndarray:
        y = mfcc[0].numpy().T
        return librosa.feature.inverse.mfcc_to_audio(y, sr=SAMPLE_RATE, n_iter=args.iterations, length=length)

    def with_gtzan(mfcc: torch.Tensor, length: int) -> np.ndarray:
        return inverse(mfcc, length)[0].numpy()

    def mfccs(y: np.ndarray) -> torch.Tensor:
        return extractor(torch.from_numpy(y)[None])[..., extractor.columns["mfcc"]]

    sides = {"librosa": with_librosa, "gtzan": with_gtzan}
    for invert in sides.values():
        invert(mfccs(tones_in_noise(0, SAMPLE_RATE)), SAMPLE_RATE)

    libraries = ("librosa", "numpy", "scipy", "torch")
    print(f"{len(clips)} clips, {args.n_mfcc} MFCCs, {args.iterations} iterations, {os.cpu_count()} CPUs", end="")
    print(f" ({platform.machine()}), Python {platform.python_version()}", end="")
    print("".join(f", {name} {version(name)}" for name in libraries))
    print(f"{'':28s}{'librosa':>28s}{'gtzan':>28s}")
    results = {name: [] for name in sides}
    for clip, y in clips.items():
        mfcc = mfccs(y)
        for name, invert in sides.items():
            start = time.perf_counter()
            again = invert(mfcc, len(y))
            results[name].append((time.perf_counter() - start, *errors(again, y)))
        print(f"{clip:28s}", *(row(results[name][-1]) for name in sides))
    means = {name: np.mean(results[name], axis=0) for name in sides}
    print(f"{'mean':28s}", *(row(means[name]) for name in sides))
    ratios = [theirs[0] / ours[0] for theirs, ours in zip(results["librosa"], results["gtzan"], strict=True)]
    print(f"gtzan is {means['librosa'][0] / means['gtzan'][0]:.1f} times faster", end="")
    print(f" (clip by clip: {min(ratios):.1f} to {max(ratios):.1f} times); its spectral convergence is", end=" ")
    print(f"{means['librosa'][1] - means['gtzan'][1]:.2f} dB better")


def row(result: tuple[float, float, float]) -> str:
    return f"{result[0]:7.3f} s {result[1]:7.2f} dB {result[2]:5.2f} dB"


if __name__ == "__main__":
    main()
