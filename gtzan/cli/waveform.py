"""Audio that Python code hands over: a file, or samples in an array."""

import os
from numbers import Real
from pathlib import Path

import numpy as np

from gtzan.audio.settings import LARGEST
from gtzan.errors import UserError

Audio = str | os.PathLike | np.ndarray
"""A file, or a mono waveform ``(samples,)`` of floats within ±1."""


def waveform_of(audio: Audio, sample_rate: int | None, wanted_rate: int) -> np.ndarray:
    """A file or a waveform as float32 ``(samples,)`` at one rate.

    Args:
        audio: the file, or the waveform.
        sample_rate: of a waveform, in Hz; ``wanted_rate`` by default.
        wanted_rate: of what is returned, in Hz.

    Raises:
        UserError: a file that cannot be read, an array that is no waveform, or either shorter than 0.1 s.
    """
    from gtzan.audio.files import MAX_SAMPLE, MIN_RATE, MIN_SECONDS, read_audio, resample

    if not isinstance(audio, np.ndarray):
        return read_audio(Path(audio).expanduser(), wanted_rate)
    if audio.ndim != 1 or not audio.size:
        raise UserError(f"A waveform is an array (samples,), not {audio.shape}: take the mean of its channels.")
    if not np.issubdtype(audio.dtype, np.floating):
        raise UserError(f"A waveform is floats within ±1, not {audio.dtype}: divide it by its full scale.")
    if not np.abs(audio).max() <= MAX_SAMPLE:  # nor is NaN
        raise UserError("The waveform holds samples that are not finite, or too large to be audio.")
    most = LARGEST["sample_rate"]  # soxr needs memory by the ratio of the rates, and never ends with NaN
    if sample_rate is not None and not (isinstance(sample_rate, Real) and MIN_RATE <= sample_rate <= most):
        raise UserError(f"sample_rate={sample_rate!r} must be a number of Hz from {MIN_RATE} to {most}.")
    rate = sample_rate or wanted_rate
    if len(audio) < MIN_SECONDS * rate:
        raise UserError(f"The waveform is only {len(audio) / rate:.3f} s long: it must be {MIN_SECONDS} s at least.")
    return resample(audio.astype(np.float32), rate, wanted_rate)
