"""Songs: form, harmony and the parts of a band, as written."""

import numpy as np

from gtzan.corpora.composer import bass, comping, drums, melody
from gtzan.corpora.composer.artist import Artist, artist_of
from gtzan.corpora.composer.harmony import SCALES, progression
from gtzan.corpora.composer.names import song_title
from gtzan.corpora.composer.score import Bar, Note, Part, Section, Song
from gtzan.corpora.composer.seeding import generator, pick
from gtzan.corpora.composer.style import Layer
from gtzan.corpora.composer.styles import STYLES

_FORM = ("verse", "chorus", "verse", "chorus", "break", "chorus")
_ENERGY = {"intro": 0.8, "verse": 0.9, "chorus": 1.08, "break": 0.72}


def title_of(seed: int, genre: str, index: int) -> str:
    """The song's invented title, without composing it."""
    return song_title(genre, generator(seed, "title", genre, index))


def compose(seed: int, genre: str, index: int, seconds: float) -> Song:
    """Song number ``index`` of a genre, at least ``seconds`` long; the same for the same seed, genre and index.

    A longer request continues the song and changes nothing before.
    """
    artist = artist_of(seed, genre, index)
    rng = generator(seed, "song", genre, index)
    tempo = artist.tempo * float(np.exp(rng.normal(0, 0.06)))
    band = {role: choices[int(rng.choice(len(choices), p=(0.5, 0.25, 0.25)))] for role, choices in artist.band.items()}
    sections = _form(artist, rng, beats=seconds * tempo / 60 + 1)
    parts = []
    for role, (layer, instrument) in band.items():
        gain = layer.gain + artist.balance[role] + float(rng.normal(0, 1.0))
        parts.append(Part(role, layer, instrument, gain))
    for number, section in enumerate(sections):
        resting = _resting(artist, section.kind, list(band), generator(seed, "texture", genre, index, number))
        for part in parts:
            if part.role not in resting:
                # One stream per kind: when the verse comes back, its motifs do.
                stream = generator(seed, "part", genre, index, part.role, section.kind)
                part.notes += _write(part.role, part.layer, section, stream)
    return Song(
        title=title_of(seed, genre, index),
        tempo=tempo,
        swing=artist.swing,
        swing_unit=STYLES[artist.style_of["rhythm"]].swing_unit,
        sections=tuple(sections),
        parts=tuple(part for part in parts if part.notes),
    )


def _write(role: str, layer: Layer, section: Section, rng: np.random.Generator) -> list[Note]:
    if role == "drums":
        return drums.play(layer.pattern, section, rng)
    if role == "bass":
        return bass.PATTERNS[layer.pattern](section, layer.centre, rng)
    if layer.pattern in comping.PATTERNS:
        return comping.PATTERNS[layer.pattern](section, layer.centre, rng)
    return melody.play(layer.pattern, section, layer.centre, rng)


def _form(artist: Artist, rng: np.random.Generator, beats: float) -> list[Section]:
    """Intro, verses, choruses, breaks until ``beats``; half of the songs start in the middle, as excerpts do."""
    style = STYLES[artist.style_of["harmony"]]
    modes = list(style.progressions)
    mode = artist.mode if rng.random() < 0.75 else str(rng.choice(modes))
    texts = style.progressions[mode]
    changes = {"verse": str(rng.choice(texts)), "chorus": str(rng.choice(texts))}
    tonic = int(rng.choice(artist.tonics))
    scale = SCALES[str(rng.choice(style.scales[mode]))]
    meter = int(pick(rng, artist.style.meters))
    has_intro, place, skipped = rng.random() < 0.5, int(rng.integers(len(_FORM))), int(rng.integers(0, 3)) * 2
    if has_intro:
        place, skipped = 0, 0

    sections: list[Section] = []
    start = 0.0
    while start < beats:
        kind = "intro" if has_intro and not sections else _FORM[place % len(_FORM)]
        cycle = progression(changes["chorus" if kind == "chorus" else "verse"], tonic)
        length = style.phrase if style.phrase % len(cycle) == 0 else len(cycle)
        chords = [cycle[k % len(cycle)] for k in range(length)]
        if kind == "intro":
            chords = chords[-4:]
        elif not sections:
            chords = chords[skipped:]
        place += kind != "intro"
        bars = tuple(Bar(start + k * meter, meter, chord) for k, chord in enumerate(chords))
        sections.append(Section(kind, bars, tonic, scale, _ENERGY[kind]))
        start += meter * len(bars)
    return sections


def _resting(artist: Artist, kind: str, roles: list[str], rng: np.random.Generator) -> set[str]:
    """The roles that are silent in a section; a genre's hallmarks never are."""
    chance = {
        "intro": {"drums": 0.3, "bass": 0.3, "lead": 0.7, "colour": 0.5},
        "verse": {"colour": 0.5},
        "chorus": {},
        "break": {"drums": 0.3, "chords": 0.2, "colour": 0.3, "lead": 0.4},
    }[kind]
    return {role for role in roles if role not in artist.style.hallmarks and rng.random() < chance.get(role, 0.0)}
