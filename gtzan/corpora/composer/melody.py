"""Melodies: a rhythm motif per section, pitches that walk along a scale and land on chord tones."""

from dataclasses import dataclass

import numpy as np

from gtzan.corpora.composer.harmony import nearest
from gtzan.corpora.composer.score import Note, Section


@dataclass(frozen=True)
class Manner:
    """How a lead moves.

    Attributes:
        grid: smallest note value in beats.
        density: probability that a grid point on the beat starts a note (points between beats: less).
        leap: standard deviation of the walk in scale steps.
        rest: share of each two-bar phrase that is left to the others, at its end.
        legato: sounding share of the time to the next note.
        repeats: whether the motif's rhythm is kept in all phrases (A A A A) or varied (A A' …).
        grace: probability of a quick note a semitone or tone below, sliding into the note.
    """

    grid: float = 0.5
    density: float = 0.7
    leap: float = 1.6
    rest: float = 0.25
    legato: float = 0.9
    repeats: bool = True
    grace: float = 0.0


MANNERS: dict[str, Manner] = {
    "song": Manner(density=0.75, leap=1.3, rest=0.25),
    "hook": Manner(density=0.85, leap=2.0, rest=0.1, legato=0.6),
    "licks": Manner(density=0.8, leap=1.5, rest=0.45, repeats=False, grace=0.25),
    "improvisation": Manner(density=0.95, leap=2.0, rest=0.25, repeats=False, grace=0.08),
    "bends": Manner(density=0.55, leap=1.4, rest=0.3, legato=1.0, grace=0.45),
    "theme": Manner(density=0.7, leap=1.2, rest=0.1, legato=0.98),
    "running": Manner(grid=0.25, density=1.0, leap=1.2, rest=0.05, legato=0.85),
    "riff": Manner(density=0.8, leap=1.8, rest=0.0, legato=0.7),
    "shred": Manner(grid=0.25, density=0.95, leap=1.5, rest=0.2, repeats=False, grace=0.05),
    "rap": Manner(grid=0.25, density=0.8, leap=0.5, rest=0.15, legato=0.5, repeats=False),
    "horns": Manner(density=0.5, leap=1.5, rest=0.5, legato=0.5),
    "toasting": Manner(density=0.65, leap=0.9, rest=0.3, legato=0.7),
}


def play(manner: str, section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Two-bar phrases in the given manner of ``MANNERS``; introductions and breaks stay half empty."""
    how = MANNERS[manner]
    scale = [(section.tonic + s) % 12 for s in section.scale]
    ladder = [p for p in range(centre - 13, centre + 14) if p % 12 in scale]
    notes: list[Note] = []
    position = len(ladder) // 2
    motif: list[float] = []
    for first in range(0, len(section.bars), 2):
        bars = section.bars[first : first + 2]
        beats = sum(bar.beats for bar in bars)
        if not motif or not how.repeats or rng.random() < 0.2:
            motif = _rhythm(how, beats, section.energy, rng)
        if section.kind in ("intro", "break") and first % 4 == 2:
            continue
        onsets = [o for o in motif if o < beats]
        for onset, end in zip(onsets, [*onsets[1:], min(beats, onsets[-1] + 2)], strict=True):
            position = _walk(position, len(ladder), how.leap, rng)
            start = bars[0].start + onset
            pitch = ladder[position]
            if onset % 1 == 0:  # strong notes agree with the harmony
                chord = next(b for b in reversed(bars) if b.start <= start).chord_at(start)
                pitch = min((nearest(pc, pitch) for pc in chord.pitch_classes), key=lambda p: abs(p - pitch))
            velocity = (96 if onset % 1 == 0 else 82) * (0.7 + 0.3 * section.energy)
            notes += _note(start, (end - onset) * how.legato, pitch, velocity, how.grace, rng)
    return notes


def _rhythm(how: Manner, beats: float, energy: float, rng: np.random.Generator) -> list[float]:
    grid = np.arange(0, beats * (1 - how.rest), how.grid)
    likely = np.where(grid % 1 == 0, how.density, how.density * np.where(grid % 0.5 == 0, 0.65, 0.85)) * (
        0.7 + 0.3 * energy
    )
    onsets = [float(g) for g, p in zip(grid, likely, strict=True) if rng.random() < p]
    return onsets or [0.0]


def _walk(position: int, size: int, leap: float, rng: np.random.Generator) -> int:
    """One step on the ladder, drawn back to its middle so that the line neither sticks to an edge nor leaves it."""
    pull = 0.18 * (size / 2 - position)
    return int(np.clip(round(position + pull + leap * rng.standard_normal()), 0, size - 1))


def _note(start, length, pitch, velocity, grace, rng) -> list[Note]:
    if rng.random() >= grace or length < 0.3:
        return [Note(start, length, pitch, velocity)]
    slide = 0.12
    return [
        Note(start, slide, pitch - int(rng.choice([1, 2])), velocity * 0.85),
        Note(start + slide, length - slide, pitch, velocity),
    ]
