"""Rock: a backbeat, overdriven guitars, eighth-note bass, blues-tinged riffs and borrowed bVII chords."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(92, 164),
    swing=(0.5, 0.54),
    progressions={
        "mixolydian": ("I bVII IV I", "I I bVII IV", "I IV I bVII"),
        "major": ("I IV V IV", "I V vi IV", "I V ii IV", "vi IV I V"),
        "minor": ("i bVII bVI bVII", "i bIII bVII iv", "i bVI bVII i"),
    },
    scales={
        "mixolydian": ("mixolydian", "minor pentatonic", "major pentatonic"),
        "major": ("major pentatonic", "major"),
        "minor": ("minor pentatonic", "blues"),
    },
    layers={
        "drums": (
            Layer("backbeat", ("room kit", "standard kit", "power kit"), gain=1, weight=2),
            Layer("driving backbeat", ("room kit", "power kit", "standard kit"), gain=1, weight=1.5),
            Layer("half time", ("power kit", "room kit"), gain=1, weight=0.5),
        ),
        "bass": (
            Layer("eighths", ("picked bass", "fingered bass"), 38, 1, weight=3),
            Layer("syncopated", ("picked bass", "fingered bass"), 38),
        ),
        "chords": (
            Layer("power", ("overdriven guitar", "distorted guitar"), 48, 1, drive=0.4, weight=2),
            Layer("strum", ("overdriven guitar", "clean guitar", "steel-string guitar"), 57, 0, drive=0.35, weight=1.5),
        ),
        "colour": (
            Layer("pad", ("rock organ", "drawbar organ", "strings"), 62, -6),
            Layer("arpeggio", ("clean guitar", "steel-string guitar"), 64, -3),
            Layer("riff", ("overdriven guitar", "distorted guitar"), 55, -2, drive=0.5),
        ),
        "lead": (
            Layer("song", ("voice oohs", "voice lead", "choir aahs"), 67),
            Layer("licks", ("overdriven guitar", "distorted guitar"), 69, drive=0.5, weight=1.5),
            Layer("riff", ("overdriven guitar",), 57, drive=0.5),
        ),
    },
    chance={"colour": 0.7},
    sound=Sound(equaliser=(0, 2.5, 0, 2.5, 4, 2.5, 0), loudness=-15, reverb=-19, noise=-44),
    hallmarks=frozenset({"chords", "drums"}),
    neighbours={"metal": 1, "blues": 1.5, "country": 1.5, "pop": 1.5},
)
