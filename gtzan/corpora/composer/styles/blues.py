"""Blues: the twelve bars, swung eighths, boogie lines, and a voice that is answered by licks."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(66, 132),
    swing=(0.61, 0.68),
    phrase=12,
    progressions={
        "blues": (
            "I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7",
            "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7,IV7 I7,V7",
            "I7 I7 I7 I7 IV9 IV9 I7 I7 V9 IV9 I7 V7",
        ),
        "minor": ("i7 i7 i7 i7 iv7 iv7 i7 i7 V7 iv7 i7 V7",),
    },
    scales={"blues": ("blues", "mixolydian", "major pentatonic"), "minor": ("blues", "minor pentatonic")},
    layers={
        "drums": (
            Layer("shuffle", ("standard kit", "room kit"), weight=2),
            Layer("slow blues", ("standard kit", "brush kit")),
        ),
        "bass": (
            Layer("boogie", ("acoustic bass", "fingered bass"), 38, weight=2),
            Layer("walking", ("acoustic bass", "fingered bass"), 38),
        ),
        "chords": (
            Layer("boogie", ("clean guitar", "overdriven guitar", "steel-string guitar"), 46, drive=0.25, weight=2),
            Layer("charleston", ("grand piano", "honky-tonk piano", "drawbar organ"), 60),
            Layer("strum", ("steel-string guitar", "clean guitar"), 56),
        ),
        "colour": (
            Layer("pad", ("drawbar organ", "rock organ"), 60, -6),
            Layer("charleston", ("honky-tonk piano", "grand piano"), 64, -3),
        ),
        "lead": (
            Layer("licks", ("overdriven guitar", "clean guitar"), 67, drive=0.35, weight=2),
            Layer("licks", ("harmonica", "voice oohs", "tenor sax"), 67),
        ),
    },
    chance={"colour": 0.45, "drums": 0.95},
    sound=Sound(equaliser=(-5, 1, 6, 5, 0, -6, -11), loudness=-20, reverb=-17, noise=-38),
    hallmarks=frozenset({"harmony", "lead", "rhythm"}),
    neighbours={"rock": 2, "jazz": 2, "country": 1.5},
)
