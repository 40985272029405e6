"""Hip-hop: boom-bap with swung sixteenths, sub-bass, a looped sample, rapping on few pitches."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(78, 108),
    swing=(0.52, 0.62),
    swing_unit=0.5,
    progressions={
        "minor": ("i7 i7 bVI V7", "i9 iv7", "i7 bVImaj7", "i i bVI bVII", "i7 i7 iv7 i7"),
        "dorian": ("i7 IV7", "i9 i9 IV9 i9"),
    },
    scales={"minor": ("minor pentatonic", "minor"), "dorian": ("dorian", "minor pentatonic")},
    layers={
        "drums": (
            Layer("boom-bap", ("808 kit", "electronic kit", "standard kit", "power kit"), gain=4, weight=2),
            Layer("trap-ish", ("808 kit", "electronic kit"), gain=4),
            Layer("breakbeat", ("power kit", "standard kit"), gain=4),
        ),
        "bass": (Layer("sub", ("synth bass 2", "synth bass", "fingered bass", "bass lead"), 34, 4),),
        "chords": (
            Layer("loop", ("electric piano", "vibraphone", "grand piano", "strings", "jazz guitar"), 62, -4, weight=2),
            Layer("arpeggio", ("harp", "kalimba", "clean guitar", "music box"), 67, -3),
            Layer("pad", ("slow strings", "choir pad", "electric piano"), 60, -4),
        ),
        "colour": (
            Layer("horns", ("brass section", "flute", "synth brass", "muted trumpet"), 67, -4),
            Layer("hook", ("square lead", "calliope lead", "celesta"), 72, -5),
        ),
        "lead": (
            Layer("rap", ("synth voice", "voice oohs", "voice lead", "choir aahs"), 58, 3, drive=0.2, weight=3),
            Layer("rap", ("saw lead", "baritone sax"), 55, -1, drive=0.1),
        ),
    },
    chance={"colour": 0.35, "chords": 0.9},
    sound=Sound(equaliser=(10, 5, 0, -2.5, -1, 1, 0), loudness=-15, reverb=-23, noise=-40),
    hallmarks=frozenset({"lead", "bass"}),
    neighbours={"disco": 1.5, "jazz": 1.2, "reggae": 1.5, "pop": 1.5},
    phrase=8,
)
