"""What a genre is to the composer: ranges to draw from and the layers that its bands consist of."""

from dataclasses import dataclass, field

ROLES = ("drums", "bass", "chords", "colour", "lead")


@dataclass(frozen=True)
class Layer:
    """One way to fill a role.

    Attributes:
        pattern: name of a way to play, in ``drums.GROOVES``, ``bass.PATTERNS``, ``comping.PATTERNS`` or
            ``melody.MANNERS``.
        instruments: General MIDI names or drum kits, the commonest first.
        centre: MIDI pitch about which it plays.
        gain: level in the mix, dB relative to the other layers.
        drive: amplifier distortion, 0 (clean) to 1 (saturated).
        weight: how often artists choose it among the role's layers.
    """

    pattern: str
    instruments: tuple[str, ...]
    centre: int = 60
    gain: float = 0.0
    drive: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True)
class Sound:
    """How a genre's records usually sound; every artist departs from it.

    Attributes:
        equaliser: dB at 60, 150, 350, 800, 1800, 4000 and 8000 Hz.
        loudness: root mean square, dB relative to full scale.
        reverb: reverb relative to the dry sound, dB.
        noise: noise relative to the music, dB.
    """

    equaliser: tuple[float, ...]
    loudness: float
    reverb: float
    noise: float


@dataclass(frozen=True)
class Style:
    """A genre's rules.

    Attributes:
        tempo: lowest and highest common tempo, beats per minute.
        swing: lowest and highest swing ratio (0.5 is straight).
        progressions: mode → progressions in Roman numerals (see ``harmony.progression``).
        scales: mode → scales that melodies use.
        layers: role → layers; a genre without a role has no entry, ``chance`` makes one optional.
        chance: role → probability that an artist has it at all (1 where absent).
        sound: what its records have in common.
        hallmarks: roles (or ``"harmony"``, ``"rhythm"``) that make the genre what it is: never borrowed.
        neighbours: genre → weight, where crossover artists borrow from.
        phrase: bars per section.
        meters: beats per bar → weight.
        swing_unit: 1 swings eighth notes, 0.5 sixteenths.
        rubato: how freely the tempo bends, beats.
    """

    tempo: tuple[float, float]
    progressions: dict[str, tuple[str, ...]]
    scales: dict[str, tuple[str, ...]]
    layers: dict[str, tuple[Layer, ...]]
    neighbours: dict[str, float]
    sound: Sound
    hallmarks: frozenset[str] = frozenset()
    chance: dict[str, float] = field(default_factory=dict)
    swing: tuple[float, float] = (0.5, 0.5)
    swing_unit: float = 1.0
    phrase: int = 8
    meters: dict[int, float] = field(default_factory=lambda: {4: 1.0})
    rubato: float = 0.0
