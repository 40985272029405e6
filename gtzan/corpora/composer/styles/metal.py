"""Metal: saturated power chords, palm-muted sixteenths, double bass drum, phrygian and minor riffs."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(104, 190),
    progressions={
        "phrygian": ("i5 i5 bII5 i5", "i5 bII5 i5 bVII5", "i5 i5 bVI5,bVII5 bII5"),
        "minor": ("i5 bVI5 bVII5 i5", "i5 i5 bIII5 iv5", "i5 bVI5 bIII5 bVII5", "i5 iv5 bVI5 V5"),
    },
    scales={"phrygian": ("phrygian",), "minor": ("minor", "harmonic minor", "minor pentatonic")},
    layers={
        "drums": (
            Layer("double bass", ("power kit", "room kit", "standard kit"), gain=0, weight=2),
            Layer("gallop", ("power kit", "room kit")),
            Layer("thrash", ("power kit", "standard kit")),
            Layer("half time", ("power kit",), weight=0.6),
        ),
        "bass": (
            Layer("sixteenths", ("picked bass", "fingered bass"), 33, -2, drive=0.3, weight=2),
            Layer("eighths", ("picked bass",), 33, -1, drive=0.3),
        ),
        "chords": (
            Layer("chug", ("distorted guitar", "overdriven guitar"), 41, 3, drive=0.9, weight=2),
            Layer("power", ("distorted guitar",), 43, 3, drive=0.9),
        ),
        "colour": (
            Layer("power", ("distorted guitar", "overdriven guitar"), 46, 0, drive=0.8, weight=2),
            Layer("pad", ("choir aahs", "synth strings"), 60, -7, weight=0.6),
        ),
        "lead": (
            Layer("shred", ("distorted guitar", "overdriven guitar"), 74, -1, drive=0.8),
            Layer("riff", ("distorted guitar", "overdriven guitar"), 52, 0, drive=0.8),
            Layer("toasting", ("choir aahs", "synth voice"), 57, -1, drive=0.6),
        ),
    },
    chance={"colour": 0.7, "lead": 0.85},
    sound=Sound(equaliser=(2.5, 1, -4, -1, 4, 6, 4), loudness=-13, reverb=-20, noise=-44),
    hallmarks=frozenset({"chords"}),
    neighbours={"rock": 4, "classical": 0.3, "hiphop": 0.4},
)
