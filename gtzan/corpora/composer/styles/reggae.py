"""Reggae: chords off the beat, one drop, heavy sparse bass, bubbling organ."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(64, 96),
    swing=(0.5, 0.58),
    swing_unit=0.5,
    progressions={
        "minor": ("i iv", "i bVII", "i i iv v", "i bVII bVI bVII"),
        "major": ("I IV", "I V vi IV", "I ii", "I IV V IV", "I I IV V"),
    },
    scales={"minor": ("minor pentatonic", "dorian"), "major": ("major pentatonic", "major")},
    layers={
        "drums": (
            Layer("one drop", ("standard kit", "room kit"), weight=2),
            Layer("rockers", ("standard kit", "room kit", "power kit")),
            Layer("steppers", ("standard kit", "electronic kit")),
        ),
        "bass": (Layer("dub", ("fingered bass", "fretless bass", "synth bass 2"), 36, 3),),
        "chords": (
            Layer("skank", ("clean guitar", "muted guitar", "overdriven guitar"), 64, weight=2),
            Layer("skank", ("grand piano", "rock organ", "clavinet"), 62),
        ),
        "colour": (
            Layer("bubble", ("percussive organ", "drawbar organ", "rock organ"), 62, -4, weight=2),
            Layer("horns", ("brass section", "trombone", "tenor sax"), 65, -4),
        ),
        "lead": (
            Layer("toasting", ("voice oohs", "choir aahs", "synth voice"), 64, weight=2),
            Layer("song", ("voice oohs", "harmonica", "flute", "tenor sax"), 67),
        ),
    },
    chance={"colour": 0.75},
    sound=Sound(equaliser=(9, 6, 0, -4, -2.5, -2.5, -4), loudness=-18, reverb=-16, noise=-42),
    hallmarks=frozenset({"chords"}),
    neighbours={"hiphop": 1.5, "pop": 1.5, "disco": 0.7, "rock": 0.7},
)
