"""Keys, modes, chords and progressions in Roman numerals."""

import re
from dataclasses import dataclass

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
}

# Intervals in semitones above the root. Upper-case numerals start from a major triad, lower-case ones from a minor.
QUALITIES = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14), "m9": (0, 3, 7, 10, 14), "maj9": (0, 4, 7, 11, 14), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9),
    "13": (0, 4, 10, 14, 21), "7b9": (0, 4, 7, 10, 13), "o": (0, 3, 6), "o7": (0, 3, 6, 9), "m7b5": (0, 3, 6, 10),
    "sus4": (0, 5, 7), "5": (0, 7), "m5": (0, 7), "add9": (0, 4, 7, 14), "madd9": (0, 3, 7, 14),
}  # fmt: skip

_NUMERALS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_ROMAN = re.compile(r"([b#]?)([ivIV]+)(.*)")


@dataclass(frozen=True)
class Chord:
    """A chord: ``root`` as pitch class (0 = C … 11 = B), ``intervals`` in semitones above it."""

    root: int
    intervals: tuple[int, ...]

    @classmethod
    def from_roman(cls, numeral: str, tonic: int) -> "Chord":
        """``bVIImaj7`` over the pitch class ``tonic``; degrees count from the major scale, also in minor keys."""
        match = _ROMAN.fullmatch(numeral)
        if match is None:
            raise ValueError(f"{numeral} is no Roman numeral of a chord")
        accidental, degree, quality = match.groups()
        root = tonic + _NUMERALS[degree.lower()] + {"b": -1, "#": 1, "": 0}[accidental]
        if degree.islower() and not quality.startswith(("o", "m", "sus")):
            quality = "m" + quality
        return cls(root % 12, QUALITIES[quality])

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        return tuple((self.root + i) % 12 for i in self.intervals)

    def near(self, interval: int, centre: int) -> int:
        """The MIDI pitch of root + ``interval`` semitones that lies closest to the pitch ``centre``."""
        return nearest(self.root + interval, centre)

    def voicing(self, centre: int, size: int = 4) -> list[int]:
        """Up to ``size`` MIDI pitches, ascending, within half an octave of ``centre``: moves little between chords.

        The fifth is what a five-note chord gives up first, as players do.
        """
        intervals = self.intervals
        if len(intervals) > size:
            intervals = tuple(i for i in intervals if i != 7)[:size]
        return sorted({self.near(i, centre) for i in intervals})


def nearest(pitch_class: int, centre: int) -> int:
    """The MIDI pitch of a pitch class that lies within half an octave of the MIDI pitch ``centre``."""
    return centre + (pitch_class - centre + 6) % 12 - 6


def progression(text: str, tonic: int) -> list[tuple[Chord, ...]]:
    """One tuple of chords per bar. Bars are parted by blanks, chords within a bar by commas: ``"ii7 V7 Imaj7,vi7"``."""
    return [tuple(Chord.from_roman(numeral, tonic) for numeral in bar.split(",")) for bar in text.split()]
