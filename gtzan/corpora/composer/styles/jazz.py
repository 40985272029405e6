"""Jazz: swing ride, walking bass, ii–V–I with extended chords, sparse comping, improvised lines."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(92, 216),
    swing=(0.59, 0.67),
    progressions={
        "major": (
            "ii7 V7 Imaj7 Imaj7",
            "Imaj7,vi7 ii7,V7 iii7,VI7 ii7,V7",
            "ii9 V13 Imaj9 VI7b9",
            "Imaj7 vi7 ii7 V7 iii7 VI7b9 ii7 V7",
        ),
        "minor": ("iim7b5 V7b9 i6 i6", "i7 iv7 iim7b5 V7b9", "iv7 bVII7 bIIImaj7 bVImaj7 iim7b5 V7b9 i6 i6"),
        "blues": ("I7 IV7 I7 I7 IV7 #ivo7 I7 VI7b9 ii7 V7 I7,VI7 ii7,V7",),
    },
    scales={
        "major": ("major", "major pentatonic"),
        "minor": ("dorian", "harmonic minor"),
        "blues": ("mixolydian", "blues"),
    },
    layers={
        "drums": (
            Layer("swing ride", ("standard kit", "brush kit"), gain=-2, weight=3),
            Layer("brushes", ("brush kit",), gain=-3, weight=1.2),
        ),
        "bass": (Layer("walking", ("acoustic bass", "fretless bass"), 38, 1),),
        "chords": (
            Layer("charleston", ("grand piano", "jazz guitar", "electric piano", "drawbar organ"), 60, -2, weight=3),
            Layer("chop", ("jazz guitar",), 57, -3),
        ),
        "colour": (
            Layer("pad", ("strings", "vibraphone", "drawbar organ"), 62, -6),
            Layer("horns", ("brass section", "trombone", "muted trumpet"), 64, -3),
        ),
        "lead": (
            Layer("improvisation", ("tenor sax", "trumpet", "muted trumpet", "clarinet"), 67, weight=2),
            Layer("improvisation", ("grand piano", "vibraphone", "jazz guitar", "flute", "trombone"), 69),
        ),
    },
    chance={"colour": 0.35, "drums": 0.85},
    sound=Sound(equaliser=(0, 4, 2.5, -1, -2.5, -5, -6), loudness=-21, reverb=-15, noise=-40),
    hallmarks=frozenset({"bass", "rhythm"}),
    neighbours={"blues": 2, "classical": 1.5, "hiphop": 0.8, "pop": 0.5},
    meters={4: 5.0, 3: 1.0},
)
