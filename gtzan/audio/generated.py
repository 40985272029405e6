"""The files of generated music, as it was generated."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from gtzan.audio.files import read_audio
from gtzan.audio.mastering import before_mastering


class GeneratedFile(NamedTuple):
    """An audio file of generated music, and what it takes to classify it as it was generated.

    Attributes:
        genre: that was asked for.
        path: of the file.
        gain_db: of mastering; ``None`` where it is not known.
        start: of what was generated, in seconds: a continuation begins with the end of a song.
    """

    genre: str
    path: Path
    gain_db: float | None
    start: float = 0.0

    def waveform(self, sample_rate: int) -> np.ndarray:
        """What was generated, ``(samples,)``, at the level at which it was generated, where that is known."""
        return as_generated(read_audio(self.path, sample_rate), sample_rate, self.gain_db or 0.0, self.start)


def as_generated(waveform: np.ndarray, sample_rate: int, gain_db: float, start: float) -> np.ndarray:
    """The part of a mastered waveform ``(samples,)`` from ``start`` on, in seconds, before mastering amplified it."""
    return before_mastering(waveform[round(start * sample_rate) :], gain_db)
