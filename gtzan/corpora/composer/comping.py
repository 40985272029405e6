"""Chord playing: strumming, stabs, arpeggios, pads, power chords. Each pattern maps a section to notes."""

from collections.abc import Callable, Iterable

import numpy as np

from gtzan.corpora.composer.harmony import Chord
from gtzan.corpora.composer.score import Note, Section

_STRUM = 0.012  # beats between two strings of a strummed chord


def strum(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Guitar: down on the beats, up between them, some strokes left out, the same in every bar."""
    plays = [True] + [bool(rng.random() < (0.85 if k % 2 == 0 else 0.6)) for k in range(1, 8)]
    rhythm = [(k / 2, 0.48, 88 if k % 2 == 0 else 70) for k, does in enumerate(plays) if does]
    return _chords(section, centre, rhythm, spread=_STRUM, size=4)


def skank(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Reggae: short chords on the off-beats only."""
    double = rng.random() < 0.2
    rhythm = [(k + 0.5, 0.2, 92) for k in range(4)]
    if double:
        rhythm += [(k + 0.75, 0.15, 74) for k in range(4)]
    return _chords(section, centre, rhythm, spread=_STRUM, size=3)


def bubble(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Reggae organ: the right hand off the beat, the left in sixteenths around it."""
    right = _chords(section, centre, [(k + 0.5, 0.22, 74) for k in range(4)], size=3)
    left = _chords(section, centre - 12, [(k + s, 0.15, 60) for k in range(4) for s in (0.25, 0.75)], size=2)
    return right + left


def charleston(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Jazz: sparse syncopated chords, another rhythm in every bar."""
    cells = [
        ((0, 0.9), (1.5, 0.4)),
        ((0.5, 0.4), (2, 0.8)),
        ((1.5, 1.2),),
        ((0, 0.4), (2.5, 0.6)),
        ((1, 0.4), (3.5, 0.5)),
    ]
    notes = []
    for bar in section.bars:
        for onset, length in cells[int(rng.integers(len(cells)))]:
            if onset < bar.beats:
                chord = bar.chord_at(bar.start + onset)
                notes += _chord(chord, bar.start + onset, length, centre, 74 + 14 * rng.random(), size=4)
    return notes


def pad(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Strings, organ or synth: chords held for as long as they last."""
    return [
        note
        for bar in section.bars
        for start, length, chord in bar.spans()
        for note in _chord(chord, start, length * 0.99, centre, 68 * section.energy, size=4)
    ]


def arpeggio(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Broken chords in eighths or sixteenths, up or up and down over an octave and more."""
    step = 0.25 if rng.random() < 0.55 else 0.5
    shape = [(0, 1, 2, 3), (0, 1, 2, 3, 2, 1), (0, 2, 1, 3), (3, 2, 1, 0)][int(rng.integers(4))]
    notes = []
    for bar in section.bars:
        for start, length, chord in bar.spans():
            low = chord.voicing(centre, 3)
            pitches = [*low, low[0] + 12]
            for k, position in enumerate(np.arange(0, length, step)):
                velocity = (82 if k % (1 / step) == 0 else 66) * (0.8 + 0.2 * section.energy)
                index = shape[k % len(shape)] % len(pitches)
                notes.append(Note(start + float(position), step * 1.6, pitches[index], velocity))
    return notes


def alberti(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Classical piano: low, high, middle, high."""
    notes = []
    for bar in section.bars:
        for start, length, chord in bar.spans():
            low, middle, *_, high = chord.voicing(centre, 3)
            order = (low, high, middle, high)
            notes += [
                Note(start + 0.5 * k, 0.5, order[k % 4], 72 if k % 4 == 0 else 58) for k in range(int(length * 2))
            ]
    return notes


def power(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Rock: root, fifth and octave; muted eighths under verses, held in choruses."""
    held = section.kind == "chorus"
    rhythm = (
        [(0, 1.9, 104), (2, 1.4, 98), (3.5, 0.5, 92)] if held else [(k / 2, 0.4, 96 - 8 * (k % 2)) for k in range(8)]
    )
    return _chords(section, centre, rhythm, voicing=_power)


def chug(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Metal: palm-muted sixteenths on the low root, full power chords as accents."""
    cell = [(0, 2, 3), (0, 1, 2, 3), (0, 1, 2), (0, 2)][int(rng.integers(4))]
    accents = {0, int(rng.integers(3, 8)), int(rng.integers(8, 16))}
    notes = []
    for bar in section.bars:
        for step in range(bar.beats * 4):
            start = bar.start + step / 4
            chord = bar.chord_at(start)
            if step in accents:
                notes += [Note(start, 0.45, pitch, 110) for pitch in _power(chord, centre)]
            elif step % 4 in cell:
                notes.append(Note(start, 0.16, chord.near(0, centre), 84))
    return notes


def boogie(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Shuffle guitar: root and fifth, root and sixth, in swung eighths."""
    notes = []
    for bar in section.bars:
        for k in range(bar.beats * 2):
            chord = bar.chord_at(bar.start + k / 2)
            root = chord.near(0, centre)
            upper = root + (9 if k // 2 % 2 else 7)
            notes += [Note(bar.start + k / 2, 0.4, p, 88 if k % 2 == 0 else 70) for p in (root, upper)]
    return notes


def chop(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Country: a short bright chord on every second beat, after the bass."""
    return _chords(section, centre, [(1, 0.35, 86), (3, 0.35, 86)], spread=_STRUM, size=4)


def stabs(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Disco strings and brass: off-beat hits and a long chord into the next phrase."""
    cells = [
        [(0.5, 0.3, 88), (1.5, 0.3, 88), (2.5, 0.3, 88), (3.5, 0.3, 88)],
        [(0, 0.4, 92), (0.75, 0.3, 84), (1.5, 0.5, 90)],
        [(0, 2.4, 74), (2.5, 0.3, 90), (3.25, 0.3, 90)],
    ]
    return _chords(section, centre, cells[int(rng.integers(3))], size=4)


def scratch(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Funk guitar: muted sixteenths with a few that ring."""
    rhythm = [
        (k / 4, 0.2 if rng.random() < 0.25 else 0.08, 84 if k % 4 == 2 else 60)
        for k in range(16)
        if rng.random() < 0.75
    ]
    return _chords(section, centre, rhythm, size=3)


def block(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Pop piano: chords in quarters, the last one pushed."""
    push = rng.random() < 0.5
    rhythm = [(0, 0.95, 88), (1, 0.95, 76), (2, 0.95, 82), (3.5, 0.5, 84) if push else (3, 0.95, 76)]
    return _chords(section, centre, rhythm, size=4)


def loop(section: Section, centre: int, rng: np.random.Generator) -> list[Note]:
    """Hip-hop: a sampled-sounding two-chord-hit figure, repeated without change."""
    rhythm = [(0, 1.4, 84), (float(rng.choice([1.5, 1.75, 2.5])), 0.6, 72)]
    if rng.random() < 0.5:
        rhythm.append((3.0, 0.4, 66))
    return _chords(section, centre, rhythm, size=4)


def _power(chord: Chord, centre: int) -> list[int]:
    root = chord.near(0, centre)
    return [root, root + 7, root + 12]


def _chords(
    section: Section,
    centre: int,
    rhythm: Iterable[tuple[float, float, float]],
    spread: float = 0.0,
    size: int = 4,
    voicing: Callable[[Chord, int], list[int]] | None = None,
) -> list[Note]:
    """The same ``(onset, length, velocity)`` rhythm in every bar, on whatever chord sounds there."""
    return [
        note
        for bar in section.bars
        for onset, length, velocity in rhythm
        if onset < bar.beats
        for note in _chord(
            bar.chord_at(bar.start + onset),
            bar.start + onset,
            length,
            centre,
            velocity * section.energy,
            spread,
            size,
            voicing,
        )
    ]


def _chord(chord, start, length, centre, velocity, spread=0.0, size=4, voicing=None) -> list[Note]:
    pitches = voicing(chord, centre) if voicing else chord.voicing(centre, size)
    return [Note(start + k * spread, length, pitch, velocity) for k, pitch in enumerate(pitches)]


PATTERNS: dict[str, Callable[[Section, int, np.random.Generator], list[Note]]] = {
    "strum": strum, "skank": skank, "bubble": bubble, "charleston": charleston, "pad": pad, "arpeggio": arpeggio,
    "alberti": alberti, "power": power, "chug": chug, "boogie": boogie, "chop": chop, "stabs": stabs,
    "scratch": scratch, "block": block, "loop": loop,
}  # fmt: skip
