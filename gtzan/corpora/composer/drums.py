"""Drum grooves on a grid of sixteenth notes, and fills."""

import numpy as np

from gtzan.corpora.composer.instruments import DRUMS
from gtzan.corpora.composer.score import Bar, Note, Section

# One character per sixteenth: X accent, x stroke, o ghost note, ? now and then, - rest. A blank is for the eye.
GROOVES: dict[str, dict[str, str]] = {
    "shuffle": {"kick": "x--- x-?- x--- x-?-", "snare": "---- X--- ---- X---", "ride": "x-x- x-x- x-x- x-x-"},
    "slow blues": {"kick": "x--- --x- x--- --?-", "snare": "---- X--- ---- X--o", "closed hat": "x-x- x-x- x-x- x-x-"},
    "train": {"kick": "x--- x--- x--- x---", "snare": "o-oo X-oo o-oo X-oo"},
    "two-step": {"kick": "x--- ---- x--- ---?", "rim": "---- x--- ---- x---", "closed hat": "x-x- x-x- x-x- x-x-"},
    "four on the floor": {
        "kick": "X--- X--- X--- X---", "snare": "---- x--- ---- x---", "clap": "---- x--- ---- x---",
        "open hat": "--x- --x- --x- --x-", "closed hat": "x--- x--- x--- x---",
    },
    "disco sixteenths": {
        "kick": "X--- X--- X--- X---", "snare": "---- X--- ---- X--?", "closed hat": "xoxo xoxo xoxo xoxo",
        "open hat": "--?- --?- --?- --x-", "tambourine": "--x- --x- --x- --x-",
    },
    "boom-bap": {"kick": "X--- --?- -?X- ---?", "snare": "---- X--- ---- X---", "closed hat": "x-x- x-x- x-x- x-x-"},
    "trap-ish": {"kick": "X--- ---x --x- --?-", "clap": "---- ---- X--- ----", "closed hat": "x-xx x-x- x-xx xxx-"},
    "breakbeat": {"kick": "X-x- ---- --xx ----", "snare": "---- X--o -o-- X--o", "ride": "x-x- x-x- x-x- x-x-"},
    "swing ride": {"ride": "X--- X-x- X--- X-x-", "pedal hat": "---- x--- ---- x---", "kick": "o--- ?--- o--- ?---",
                   "snare": "--?- ---- ?--- --?-"},
    "brushes": {"snare": "o-o- x-o- o-o- x-o-", "pedal hat": "---- x--- ---- x---", "ride": "?--- x-?- ?--- x-?-"},
    "bossa": {"kick": "x--x x--x x--x x--x", "rim": "x--x --x- --x- x---", "closed hat": "xoxo xoxo xoxo xoxo"},
    "double bass": {"kick": "xxxx xxxx xxxx xxxx", "snare": "---- X--- ---- X---", "crash": "?--- ---- ---- ----",
                    "ride": "x--- x--- x--- x---"},
    "gallop": {"kick": "x-xx x-xx x-xx x-xx", "snare": "---- X--- ---- X---", "open hat": "x--- x--- x--- x---"},
    "thrash": {"kick": "X-x- X-x- X-x- X-x-", "snare": "--X- --X- --X- --X-", "crash": "x--- ?--- x--- ?---"},
    "backbeat": {"kick": "X--- --?- x-?- ---?", "snare": "---- X--- ---- X---", "closed hat": "x-x- x-x- x-x- x-x-"},
    "driving backbeat": {"kick": "X-x- --x- X-x- --?-", "snare": "---- X--- ---- X---",
                         "open hat": "x-x- x-x- x-x- x-x-"},
    "half time": {"kick": "X--- --x- --?- ----", "snare": "---- ---- X--- ----", "ride": "x--- x--- x--- x---"},
    "pop beat": {"kick": "X--- ---x --x- ----", "snare": "---- X--- ---- X---", "closed hat": "xox- xox- xox- xox-",
                 "clap": "---- ?--- ---- ?---"},
    "electro pop": {"kick": "X--- x--- X--- x---", "clap": "---- X--- ---- X---", "closed hat": "--x- --x- --x- --xo",
                    "shaker": "oooo oooo oooo oooo"},
    "one drop": {"kick": "---- ---- X--- ----", "rim": "---- ---- X--- ----", "closed hat": "x-x- x-xo x-x- x-xo"},
    "rockers": {"kick": "x--- x--- X--- x---", "rim": "---- ---- X--- ----", "closed hat": "x-xo x-x- x-xo x-x-"},
    "steppers": {"kick": "x--- x--- x--- x---", "snare": "---- ---- X--- --?-", "closed hat": "--x- --x- --x- --x-"},
}  # fmt: skip

_LOUDNESS = {"X": 112, "x": 90, "o": 52, "?": 78}
_SOFTER = {"closed hat": 0.72, "ride": 0.75, "open hat": 0.7, "shaker": 0.7, "tambourine": 0.65, "crash": 0.85}
_MAYBE = 0.4  # how often a "?" sounds


def play(pattern: str, section: Section, rng: np.random.Generator) -> list[Note]:
    """The groove's notes for a section, a fill in every fourth bar or so, a crash on a chorus's first beat.

    A song keeps one groove; what varies are the "?" strokes and the fills.
    """
    notes = []
    for number, bar in enumerate(section.bars):
        fills = (number % 4 == 3 or bar is section.bars[-1]) and rng.random() < 0.7 * section.energy
        fill_from = bar.beats - rng.choice([1.0, 1.0, 2.0]) if fills else bar.beats
        notes += _groove(GROOVES[pattern], bar, fill_from, section.energy, rng)
        if fills and "snare" in GROOVES[pattern]:
            notes += _fill(bar, fill_from, section.energy, rng)
    if section.kind == "chorus" and "snare" in GROOVES[pattern]:
        notes.append(Note(section.bars[0].start, 1.0, DRUMS["crash"], 95 * section.energy))
    return notes


def _groove(groove: dict[str, str], bar: Bar, fill_from: float, energy: float, rng: np.random.Generator) -> list[Note]:
    notes = []
    for drum, steps in groove.items():
        grid = steps.replace(" ", "")[: bar.beats * 4]
        for step, sign in enumerate(grid):
            # The kick goes on under a fill: it carries the beat in every one of these genres.
            if sign == "-" or (drum != "kick" and step / 4 >= fill_from) or (sign == "?" and rng.random() > _MAYBE):
                continue
            velocity = _LOUDNESS[sign] * _SOFTER.get(drum, 1.0) * (0.75 + 0.25 * energy)
            notes.append(Note(bar.start + step / 4, 0.2, DRUMS[drum], velocity))
    return notes


def _fill(bar: Bar, fill_from: float, energy: float, rng: np.random.Generator) -> list[Note]:
    drums = ("snare", "high tom", "mid tom", "low tom")
    steps = np.arange(fill_from, bar.beats, 0.25)
    played = [s for s in steps if rng.random() < 0.55 + 0.3 * energy]
    return [
        Note(
            bar.start + s,
            0.2,
            DRUMS[drums[int(4 * (s - fill_from) / (bar.beats - fill_from))]],
            80 + 25 * i / len(steps),
        )
        for i, s in enumerate(played)
    ]
