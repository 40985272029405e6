"""Master generated waveforms: no DC, a common loudness, no clipping, no clicks at the ends."""

import numpy as np
import pyloudnorm

PEAK = 0.97  # of full scale: leaves room for what players' resampling adds
FADE_SECONDS = 0.02
BLOCK_SECONDS = 0.4  # of ITU-R BS.1770's gating; shorter audio is measured in one block


def master(waveform: np.ndarray, sample_rate: int, lufs: float) -> tuple[np.ndarray, float]:
    """A waveform ``(samples,)`` at ``lufs`` (ITU-R BS.1770-4), or softer where its peaks leave no more room.

    Args:
        waveform: of any level, finite.
        sample_rate: in Hz.
        lufs: integrated loudness, in LUFS (dB below full scale, K-weighted).

    Returns:
        The waveform within ±0.97, and its gain in dB, with which its level before can be had back. Silence stays
        silence, with a gain of 0.
    """
    waveform = waveform.astype(np.float64) - waveform.mean()
    fade = min(round(FADE_SECONDS * sample_rate), len(waveform) // 2)
    if fade:
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
        waveform[:fade] *= ramp
        waveform[-fade:] *= ramp[::-1]
    peak = np.abs(waveform).max(initial=0)
    block = min(BLOCK_SECONDS, len(waveform) / sample_rate)
    loudness = -np.inf
    if peak > 0:
        loudness = pyloudnorm.Meter(sample_rate, block_size=block).integrated_loudness(waveform / peak)
        loudness += 20 * np.log10(peak)
    if not np.isfinite(loudness):
        return np.zeros(len(waveform), dtype=np.float32), 0.0
    gain = min(10 ** ((lufs - loudness) / 20), PEAK / peak)
    return (waveform * gain).astype(np.float32), float(20 * np.log10(gain))


def before_mastering(waveform: np.ndarray, gain_db: float) -> np.ndarray:
    """A mastered waveform at the level that it had before, where it can be compared with music of any level.

    Args:
        waveform: as mastered, or read from a file of it.
        gain_db: the gain that :func:`master` returned.
    """
    return waveform * np.float32(10 ** (-gain_db / 20))
