"""Country: train beats and two-steps, root-and-fifth bass, strummed guitars, steel guitar and fiddle, major keys."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(84, 168),
    swing=(0.5, 0.58),
    progressions={
        "major": (
            "I I IV IV V V I I",
            "I IV I V I IV V I",
            "I V vi IV",
            "I I V V V7 V7 I I",
            "vi IV I V",
            "I bVII IV I",
        ),
    },
    scales={"major": ("major pentatonic", "major", "mixolydian")},
    layers={
        "drums": (
            Layer("train", ("brush kit", "standard kit"), gain=-2, weight=2),
            Layer("two-step", ("standard kit", "brush kit")),
            Layer("backbeat", ("standard kit", "room kit"), weight=0.7),
        ),
        "bass": (Layer("root and fifth", ("acoustic bass", "fingered bass", "picked bass"), 38),),
        "chords": (
            Layer("strum", ("steel-string guitar", "nylon guitar"), 57, weight=2),
            Layer("chop", ("steel-string guitar", "clean guitar", "honky-tonk piano"), 60),
        ),
        "colour": (
            Layer("arpeggio", ("banjo", "steel-string guitar", "clean guitar"), 64, -3),
            Layer("pad", ("strings", "drawbar organ"), 62, -7, weight=0.5),
            Layer("bends", ("clean guitar", "fiddle"), 69, -3),
        ),
        "lead": (
            Layer("bends", ("clean guitar", "steel-string guitar"), 70, weight=2),
            Layer("song", ("fiddle", "harmonica", "voice oohs", "clean guitar"), 69),
        ),
    },
    chance={"colour": 0.7, "drums": 0.9},
    sound=Sound(equaliser=(-4, 1, 0, 0, 5, 5, 1), loudness=-18, reverb=-19, noise=-46),
    hallmarks=frozenset({"bass", "lead"}),
    neighbours={"rock": 2.5, "blues": 1.5, "pop": 1.5},
    meters={4: 4.0, 3: 1.0},
)
