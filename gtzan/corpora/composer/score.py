"""Music as written: notes in beats, parts, sections and the whole song."""

from dataclasses import dataclass, field
from typing import NamedTuple

from gtzan.corpora.composer.harmony import Chord
from gtzan.corpora.composer.style import Layer


class Note(NamedTuple):
    """``start`` and ``length`` in beats, ``pitch`` 0–127 (in drum parts: General MIDI's drum), ``velocity`` 1–127."""

    start: float
    length: float
    pitch: int
    velocity: float


@dataclass(frozen=True)
class Bar:
    """``beats`` beats from the beat ``start`` on, parted evenly among its chords."""

    start: float
    beats: int
    chords: tuple[Chord, ...]

    def spans(self) -> list[tuple[float, float, Chord]]:
        """``(start, length, chord)`` in beats for each chord of the bar."""
        length = self.beats / len(self.chords)
        return [(self.start + k * length, length, chord) for k, chord in enumerate(self.chords)]

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at an absolute beat within the bar."""
        return self.chords[min(int((beat - self.start) * len(self.chords) / self.beats), len(self.chords) - 1)]


@dataclass(frozen=True)
class Section:
    """A stretch of the form.

    Attributes:
        kind: ``intro``, ``verse``, ``chorus`` or ``break``.
        bars: its bars, in order.
        tonic: pitch class of the key.
        scale: pitch classes above the tonic that melodies draw from.
        energy: 0.6 (held back) to 1.1 (full), scales velocities and densities.
    """

    kind: str
    bars: tuple[Bar, ...]
    tonic: int
    scale: tuple[int, ...]
    energy: float


@dataclass
class Part:
    """What one player plays: a role (``drums``, ``bass``, ``chords``, ``colour``, ``lead``) and its notes."""

    role: str
    layer: Layer
    instrument: str
    gain: float
    notes: list[Note] = field(default_factory=list)

    @property
    def is_drums(self) -> bool:
        return self.role == "drums"


@dataclass(frozen=True)
class Song:
    """A composition as written, before swing and human timing.

    Attributes:
        tempo: beats per minute.
        swing: where the second half of a swung unit falls, 0.5 (straight) to 0.7 (hard shuffle).
        swing_unit: length in beats of the swung unit: 1 swings eighth notes, 0.5 swings sixteenths.
        sections: the form, until at least the asked-for length.
    """

    title: str
    tempo: float
    swing: float
    swing_unit: float
    sections: tuple[Section, ...]
    parts: tuple[Part, ...]

    def part(self, role: str) -> Part | None:
        return next((p for p in self.parts if p.role == role), None)
