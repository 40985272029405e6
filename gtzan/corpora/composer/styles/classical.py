"""Classical: no drums; strings, piano, winds; functional harmony, broken chords, a tempo that breathes."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(58, 144),
    progressions={
        "major": ("I vi ii V", "I IV,V I V", "I V vi iii IV I ii,V I", "I ii7 V7 I vi ii,V7 I,V I"),
        "minor": ("i iv V i", "i bVI iv,V i", "i bVII bIII bVI iv i V V", "i V i iv i,iv V7 i i"),
    },
    scales={"major": ("major",), "minor": ("harmonic minor", "minor")},
    layers={
        "bass": (Layer("sustained", ("cello", "contrabass", "bassoon", "slow strings"), 43, -2),),
        "chords": (
            Layer("arpeggio", ("grand piano", "harp", "harpsichord", "nylon guitar"), 60, weight=2),
            Layer("alberti", ("grand piano", "harpsichord"), 57),
            Layer("pad", ("strings", "slow strings"), 60, 1, weight=2),
            Layer("arpeggio", ("pizzicato strings", "strings", "church organ"), 58),
        ),
        "colour": (
            Layer("pad", ("slow strings", "french horn", "strings", "choir aahs"), 60, -4),
            Layer("arpeggio", ("strings", "harp", "clarinet"), 65, -4),
        ),
        "lead": (
            Layer("theme", ("violin", "flute", "oboe", "clarinet", "strings", "cello"), 74, weight=2),
            Layer("running", ("violin", "grand piano", "flute", "harpsichord", "strings"), 74),
        ),
    },
    chance={"colour": 0.6, "bass": 0.8},
    sound=Sound(equaliser=(-2.5, 0, 2.5, 0, -2.5, -4, -6), loudness=-24, reverb=-10, noise=-46),
    hallmarks=frozenset({"drums", "bass", "rhythm"}),
    neighbours={"jazz": 2, "pop": 1},
    meters={4: 2.0, 3: 1.0},
    rubato=0.12,
)
