"""From a song to sound: one stem per part through the soundfont, amplifiers, the mix, the record."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np
import symusic
from symusic.core import ScoreTick

from gtzan.corpora.composer import performance
from gtzan.corpora.composer.artist import artist_of
from gtzan.corpora.composer.score import Song
from gtzan.corpora.composer.seeding import generator
from gtzan.corpora.composer.song import compose
from gtzan.errors import UserError

SAMPLE_RATE = 22_050  # GTZAN's


class Take(NamedTuple):
    """A finished track: the song, its performance as a MIDI file's bytes, and the record, float ``(samples,)``."""

    song: Song
    midi: bytes
    waveform: np.ndarray


def soundfont() -> Path:
    """The General MIDI soundfont that the package ``pretty_midi`` ships.

    Raises:
        UserError: the package or its soundfont is missing.
    """
    # find_spec, for importing pretty_midi takes a second and only its data is of use here.
    spec = importlib.util.find_spec("pretty_midi")
    path = Path(spec.origin).parent / "TimGM6mb.sf2" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise UserError("The soundfont TimGM6mb.sf2 of the package pretty_midi is missing: pip install pretty_midi")
    return path


class Studio:
    """Plays and records songs; may be shared between threads.

    Raises:
        UserError: the soundfont is missing.
    """

    def __init__(self) -> None:
        self._soundfont = str(soundfont())

    def record(self, seed: int, genre: str, index: int, seconds: float) -> Take:
        """Compose, play and record track ``index`` of a genre, ``round(seconds · 22050)`` samples long."""
        song = compose(seed, genre, index, seconds)
        artist = artist_of(seed, genre, index)
        rng = generator(seed, "take", genre, index)
        samples = round(seconds * SAMPLE_RATE)
        last_beat = seconds * song.tempo / 60
        played = [
            (part, [note for note in notes if note.start < last_beat])
            for part, notes in zip(song.parts, performance.play(song, artist.feel, rng), strict=True)
        ]
        mix = np.zeros(samples)
        for part, notes in played:
            if notes:
                stem = self._stem(performance.score(song, [(part, notes)]), samples)
                mix += _amplified(stem, part.layer.drive) * 10 ** (part.gain / 20)
        record = artist.recording.nearby(rng).master(mix, SAMPLE_RATE, rng)
        return Take(song, performance.score(song, played).dumps_midi(), record)

    def _stem(self, score: ScoreTick, samples: int) -> np.ndarray:
        # A new synthesizer for every stem: what one rendered before changes what it renders next (the power kit after
        # the standard kit is another sound than at first). To make one takes a millisecond.
        synthesizer = symusic.Synthesizer(sf_path=self._soundfont, sample_rate=SAMPLE_RATE, quality=0)
        left, right = synthesizer.render(score, stereo=True)[:, :samples]
        stem = np.zeros(samples)
        stem[: len(left)] = 0.5 * (left + right)
        return stem


def _amplified(stem: np.ndarray, drive: float) -> np.ndarray:
    """A stem at the loudness of all stems, through an amplifier that is driven from 0 (clean) to 1 (saturated)."""
    stem = stem / _loudness(stem)
    if drive > 0:
        stem = np.tanh(stem * (1 + 8 * drive**2))
        # The loudspeaker: a distorted signal without it is all fizz. A short moving average is filter enough.
        stem = np.convolve(stem, np.hanning(7)[1:-1] / np.hanning(7).sum(), mode="same")
        stem /= _loudness(stem)
    return stem


def _loudness(stem: np.ndarray, frame: int = 1024) -> float:
    """Root mean square of the frames within 20 dB of the loudest: a part that rests a lot is not made louder for it."""
    frames = stem[: len(stem) // frame * frame].reshape(-1, frame)
    power = (frames**2).mean(axis=1)
    return float(np.sqrt(power[power >= 0.01 * power.max()].mean())) + 1e-6
