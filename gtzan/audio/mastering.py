"""Master generated waveforms: no DC, a common loudness, no clipping, no clicks at the ends."""

from collections.abc import Iterable

import numpy as np
import pyloudnorm
import soxr

TRUE_PEAK = -1.0  # dBTP, at most, as EBU R 128 asks for
OVERSAMPLING = 4
BLOCK = 2**16  # samples that are oversampled at once
FADE_SECONDS = 0.02
BLOCK_SECONDS = 0.4  # of ITU-R BS.1770's gating; shorter audio is measured in one block


def master(waveform: np.ndarray, sample_rate: int, lufs: float) -> tuple[np.ndarray, float]:
    """A waveform ``(samples,)`` at ``lufs`` (ITU-R BS.1770-4), or softer where its true peak would exceed −1 dBTP.

    Args:
        waveform: of any level, finite.
        sample_rate: in Hz.
        lufs: integrated loudness, in LUFS (dB below full scale, K-weighted).

    Returns:
        The waveform, and its gain in dB, with which its level before can be had back. Silence stays silence, and its
        gain is 0.
    """
    waveform = waveform.astype(np.float64) - waveform.mean()
    fade = min(round(FADE_SECONDS * sample_rate), len(waveform) // 2)
    if fade:
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
        waveform[:fade] *= ramp
        waveform[-fade:] *= ramp[::-1]
    level = loudness(waveform, sample_rate)
    if not np.isfinite(level):
        return np.zeros(len(waveform), dtype=np.float32), 0.0
    gain_db = min(lufs - level, TRUE_PEAK - true_peak(waveform, sample_rate))
    return (waveform * 10 ** (gain_db / 20)).astype(np.float32), gain_db


def master_alike(waveforms: Iterable[np.ndarray], sample_rate: int, lufs: float) -> list[np.ndarray]:
    """Waveforms that are no silence, mastered to one loudness, for comparisons by ear.

    It is ``lufs``, unless the peaks of some leave them softer: then it is that of the softest. No clip is limited or
    compressed, which would be heard.
    """
    mastered = [master(waveform, sample_rate, lufs)[0].astype(np.float64) for waveform in waveforms]
    levels = [loudness(waveform, sample_rate) for waveform in mastered]
    gains = [10 ** ((min(levels) - level) / 20) for level in levels]
    return [(waveform * gain).astype(np.float32) for waveform, gain in zip(mastered, gains, strict=True)]


def loudness(waveform: np.ndarray, sample_rate: int) -> float:
    """Integrated loudness (ITU-R BS.1770-4) of a waveform ``(samples,)`` in LUFS; minus infinity for silence."""
    peak = np.abs(waveform).max(initial=0)
    if not peak > 0:
        return -np.inf
    block = min(BLOCK_SECONDS, len(waveform) / sample_rate)
    # At full scale: the standard takes soft passages for silence.
    level = pyloudnorm.Meter(sample_rate, block_size=block).integrated_loudness(waveform / peak)
    return float(level + 20 * np.log10(peak))


def true_peak(waveform: np.ndarray, sample_rate: int) -> float:
    """The peak between the samples of a waveform ``(samples,)``, which players hear when they resample it, in dBTP.

    That of the fourfold oversampled waveform (ITU-R BS.1770-4, annex 2); minus infinity for silence.
    """
    oversample = soxr.ResampleStream(sample_rate, OVERSAMPLING * sample_rate, 1, dtype="float64")
    peak = np.abs(waveform).max(initial=0)
    for start in range(0, len(waveform), BLOCK):
        block = waveform[start : start + BLOCK].astype(np.float64)
        between = oversample.resample_chunk(block, last=start + BLOCK >= len(waveform))
        peak = max(peak, np.abs(between).max(initial=0))
    return float(20 * np.log10(peak)) if peak > 0 else -np.inf


def before_mastering(waveform: np.ndarray, gain_db: float) -> np.ndarray:
    """A mastered waveform at the level that it had before, where it can be compared with music of any level.

    Args:
        waveform: as mastered, or read from a file of it.
        gain_db: the gain that :func:`master` returned.
    """
    return waveform * np.float32(10 ** (-gain_db / 20))
