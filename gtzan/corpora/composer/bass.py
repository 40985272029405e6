"""Bass lines: each pattern maps a section to notes."""

from collections.abc import Callable

import numpy as np

from gtzan.corpora.composer.harmony import nearest
from gtzan.corpora.composer.score import Note, Section


def walking(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Quarter notes: the root on a chord's first beat, chord tones between, a chromatic step into the next chord."""
    notes, pitch = [], centre
    for number, bar in enumerate(section.bars):
        following = section.bars[(number + 1) % len(section.bars)].chords[0]
        for beat in range(bar.beats):
            chord = bar.chord_at(bar.start + beat)
            if beat == 0 or chord is not bar.chord_at(bar.start + beat - 1):
                pitch = chord.near(0, centre)
            elif beat == bar.beats - 1:
                pitch = following.near(0, centre) + int(rng.choice([-1, 1, 2]))
            else:
                pitch = nearest(int(rng.choice(chord.pitch_classes)), pitch + int(rng.integers(-3, 5)))
            notes.append(Note(bar.start + beat, 0.92, _keep(pitch, centre), 84 + 8 * (beat % 2)))
            if rng.random() < 0.1:
                notes.append(Note(bar.start + beat + 0.5, 0.4, _keep(pitch, centre), 62))
    return notes


def octaves(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Disco: eighth notes leaping between the root and its octave."""
    notes = []
    for bar, start, chord in _steps(section, 0.5):
        high = round((start - bar.start) * 2) % 2
        notes.append(Note(start, 0.42, chord.near(0, centre - 6) + 12 * high, 96 - 10 * high))
    return notes


def eighths(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Rock: the root in steady eighths, a step towards the next chord at a bar's end."""
    notes = []
    for bar, start, chord in _steps(section, 0.5):
        position = start - bar.start
        leads = position >= bar.beats - 0.5 and rng.random() < 0.5
        pitch = chord.near(int(rng.choice([-2, 2, 7])) if leads else 0, centre)
        notes.append(Note(start, 0.44, pitch, 98 if position % 1 == 0 else 86))
    return notes


def root_fifth(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Country: the root on one, the fifth below on three, now and then a run."""
    notes = []
    for bar in section.bars:
        for beat in range(0, bar.beats, 2):
            chord = bar.chord_at(bar.start + beat)
            root = chord.near(0, centre)
            pitch = root if beat == 0 or len(bar.chords) > 1 else root - 5
            notes.append(Note(bar.start + beat, 0.9, pitch, 95))
        if rng.random() < 0.25:
            notes += [Note(bar.start + bar.beats - 1, 0.8, root + int(rng.choice([-1, 2, 4])), 82)]
    return notes


def boogie(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Shuffle blues: root, third, fifth, sixth up and down, in quarters or (swung) eighths."""
    line = [(0, 4, 7, 9), (0, 4, 7, 10), (0, 7, 9, 7)][int(rng.integers(3))]
    doubled = rng.random() < 0.4
    notes = []
    for bar, start, chord in _steps(section, 1.0):
        root = chord.near(0, centre)
        third = 3 if 3 in chord.intervals else 4
        interval = line[int(start - bar.start) % 4]
        pitch = root + (third if interval == 4 else interval)
        notes.append(Note(start, 0.5 if doubled else 0.85, pitch, 95))
        if doubled:
            notes.append(Note(start + 0.5, 0.4, pitch, 78))
    return notes


def dub(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Reggae: a heavy, sparse riff of chord tones that leaves room, the same in every bar."""
    onsets = [(0, 0.5, 1, 2.5, 3), (0, 1, 1.5, 2.5), (0.5, 1, 2, 3, 3.5), (0, 0.75, 1.5, 3)][int(rng.integers(4))]
    degrees = [int(d) for d in rng.choice([0, 0, 7, 12, 3, 10], size=len(onsets))]
    notes = []
    for bar in section.bars:
        for onset, degree in zip(onsets, degrees, strict=True):
            if onset < bar.beats:
                chord = bar.chord_at(bar.start + onset)
                interval = degree if degree in (0, 12) or degree in chord.intervals else 7
                notes.append(Note(bar.start + onset, 0.7, chord.near(0, centre) + interval - 12 * (interval > 8), 104))
    return notes


def sub(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Hip-hop: long low roots, placed like a kick drum."""
    onsets = [(0, 2.5), (0, 1.75, 2.5), (0, 0.75, 2.5, 3.5)][int(rng.integers(3))]
    notes = []
    for bar in section.bars:
        for onset, end in zip(onsets, (*onsets[1:], bar.beats), strict=True):
            chord = bar.chord_at(bar.start + onset)
            slides = onset > 2 and rng.random() < 0.25
            notes.append(Note(bar.start + onset, 0.9 * (end - onset), chord.near(7 if slides else 0, centre), 108))
    return notes


def sixteenths(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Metal: the root locked to the kick drum's sixteenths."""
    return [
        Note(start, 0.2, chord.near(0, centre), 104 if (start - bar.start) % 1 == 0 else 90)
        for bar, start, chord in _steps(section, 0.25)
    ]


def sustained(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Classical: one long note per chord."""
    return [
        Note(start, length * 0.97, chord.near(0, centre), 72)
        for bar in section.bars
        for start, length, chord in bar.spans()
    ]


def syncopated(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Pop and funk: a fixed syncopated rhythm on root, octave and fifth."""
    onsets = [(0, 0.75, 1.5, 2, 2.75, 3.5), (0, 1.5, 2, 3.5), (0, 0.5, 1.5, 2.5, 3)][int(rng.integers(3))]
    intervals = [0] + [int(i) for i in rng.choice([0, 0, 0, 7, 12], size=len(onsets) - 1)]
    return [
        Note(bar.start + onset, 0.45, bar.chord_at(bar.start + onset).near(0, centre) + interval, 95)
        for bar in section.bars
        for onset, interval in zip(onsets, intervals, strict=True)
        if onset < bar.beats
    ]


def _steps(section: Section, step: float):
    """``(bar, beat, chord)`` at every multiple of ``step`` beats."""
    for bar in section.bars:
        for position in np.arange(0, bar.beats, step):
            start = bar.start + float(position)
            yield bar, start, bar.chord_at(start)


def _keep(pitch: int, centre: int) -> int:
    """Fold a wandering line back into an octave and a half around its centre."""
    while pitch > centre + 10:
        pitch -= 12
    while pitch < centre - 9:
        pitch += 12
    return pitch


PATTERNS: dict[str, Callable[[Section, int, np.random.Generator], list[Note]]] = {
    "walking": walking, "octaves": octaves, "eighths": eighths, "root and fifth": root_fifth, "boogie": boogie,
    "dub": dub, "sub": sub, "sixteenths": sixteenths, "sustained": sustained, "syncopated": syncopated,
}  # fmt: skip
