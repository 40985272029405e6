"""Disco: four on the floor with off-beat hats, octave bass, string stabs, funk guitar."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(106, 132),
    progressions={
        "minor": ("i7 iv7", "i7 bVII bVImaj7 V7", "i7 i7 iv7 bVII", "iv7 bVII bIIImaj7 i7"),
        "major": ("Imaj7 vi7 ii7 V7", "ii7 V7 Imaj7 vi7", "I vi IV V"),
        "dorian": ("i7 IV7", "i7 IV9 i7 IV9"),
    },
    scales={"minor": ("minor pentatonic", "minor"), "major": ("major", "major pentatonic"), "dorian": ("dorian",)},
    layers={
        "drums": (
            Layer("four on the floor", ("standard kit", "electronic kit", "room kit"), gain=1, weight=1.5),
            Layer("disco sixteenths", ("standard kit", "electronic kit"), gain=1),
        ),
        "bass": (
            Layer("octaves", ("fingered bass", "slap bass", "synth bass", "picked bass"), 40, 1, weight=3),
            Layer("syncopated", ("fingered bass", "slap bass"), 38, 1, weight=0.7),
        ),
        "chords": (
            Layer("scratch", ("clean guitar", "muted guitar"), 64),
            Layer("stabs", ("electric piano", "clavinet", "grand piano"), 62),
            Layer("pad", ("electric piano", "synth strings"), 60, -3, weight=0.6),
        ),
        "colour": (
            Layer("stabs", ("strings", "synth strings", "brass section"), 67, -1, weight=2),
            Layer("pad", ("strings", "synth strings"), 69, -3),
        ),
        "lead": (
            Layer("song", ("voice oohs", "voice lead", "tenor sax", "strings"), 70),
            Layer("horns", ("brass section", "trumpet", "synth brass"), 67),
        ),
    },
    chance={"colour": 0.85},
    sound=Sound(equaliser=(4, 1, -2.5, 0, 1, 5, 6), loudness=-17, reverb=-18, noise=-44),
    hallmarks=frozenset({"bass", "drums"}),
    neighbours={"pop": 2.5, "hiphop": 1.2, "rock": 0.7},
)
