"""Artists: a band's instruments, habits and recording character, shared by its songs."""

from dataclasses import dataclass

import numpy as np

from gtzan.corpora.composer.names import artist_name
from gtzan.corpora.composer.performance import Feel
from gtzan.corpora.composer.recording import Recording
from gtzan.corpora.composer.seeding import generator, pick
from gtzan.corpora.composer.style import ROLES, Layer, Style
from gtzan.corpora.composer.styles import STYLES

TRACKS_PER_ARTIST = 5

# How many artists cross over, and how much of their music they then take from the neighbouring genre. With the
# spread of recordings (see ``recording``) these two numbers set how hard the corpus is.
CROSSOVER_SHARE = 0.18
BORROWED_SHARE = 0.35


@dataclass(frozen=True)
class Artist:
    """A band.

    Attributes:
        name: invented; unique in the genre for as many artists as anyone composes.
        number: counts the genre's artists from 0.
        style_of: role, ``"harmony"`` or ``"rhythm"`` → genre whose rules it follows; hallmarks stay with ``genre``.
        band: role → (layer, instrument) pairs; the first is the habit, the others a change now and then.
        tempo: beats per minute about which its songs move.
        tonics: favourite keys, pitch classes.
        mode: favourite mode of its harmony's genre.
        swing, feel: how it plays.
        balance: role → dB, its taste in mixing.
        recording: the sound of its records.
    """

    genre: str
    number: int
    name: str
    style_of: dict[str, str]
    band: dict[str, tuple[tuple[Layer, str], ...]]
    tempo: float
    tonics: tuple[int, ...]
    mode: str
    swing: float
    feel: Feel
    balance: dict[str, float]
    recording: Recording

    @property
    def style(self) -> Style:
        return STYLES[self.genre]


def artist_of(seed: int, genre: str, index: int) -> Artist:
    """The artist of a genre's track number ``index``: every ``TRACKS_PER_ARTIST`` tracks another one."""
    return draw_artist(seed, genre, index // TRACKS_PER_ARTIST)


def draw_artist(seed: int, genre: str, number: int) -> Artist:
    """The genre's artist of that number; the same for the same arguments."""
    rng = generator(seed, "artist", genre, number)
    style = STYLES[genre]
    style_of = _influences(genre, style, rng)
    rhythm, harmony = STYLES[style_of["rhythm"]], STYLES[style_of["harmony"]]
    low, high = np.log(rhythm.tempo)
    return Artist(
        genre=genre,
        number=number,
        name=artist_name(genre, number, generator(seed, "names", genre)),
        style_of=style_of,
        band=_band(style_of, rng),
        tempo=float(np.exp(rng.uniform(low, high))),
        tonics=tuple(int(t) for t in rng.choice(12, size=4, replace=False)),
        mode=str(rng.choice(list(harmony.progressions))),
        swing=float(rng.uniform(*rhythm.swing)),
        feel=Feel(
            timing=float(rng.uniform(3, 14)),
            dynamics=float(rng.uniform(3, 9)),
            lag=float(rng.uniform(-5, 25)),
            rubato=style.rubato * float(rng.uniform(0.3, 1)),
        ),
        balance={role: float(rng.normal(0, 1.2)) for role in ROLES},
        recording=Recording.draw(style.sound, rng),
    )


def _influences(genre: str, style: Style, rng: np.random.Generator) -> dict[str, str]:
    influence = pick(rng, style.neighbours) if rng.random() < CROSSOVER_SHARE else genre
    return {
        aspect: influence if aspect not in style.hallmarks and rng.random() < BORROWED_SHARE else genre
        for aspect in (*ROLES, "harmony", "rhythm")
    }


def _band(style_of: dict[str, str], rng: np.random.Generator) -> dict[str, tuple[tuple[Layer, str], ...]]:
    band = {}
    for role in ROLES:
        style = STYLES[style_of[role]]
        if role not in style.layers or rng.random() > style.chance.get(role, 1.0):
            continue
        layers = style.layers[role]
        chosen = [layers[pick(rng, {k: layer.weight for k, layer in enumerate(layers)})] for _ in range(3)]
        band[role] = tuple((layer, _instrument(layer, rng)) for layer in chosen)
    return band


def _instrument(layer: Layer, rng: np.random.Generator) -> str:
    return pick(rng, {name: 0.6**rank for rank, name in enumerate(layer.instruments)})
