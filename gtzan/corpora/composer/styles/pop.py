"""Pop: four-chord songs, a voice-like lead with a hook, synths and piano, tidy beats."""

from gtzan.corpora.composer.style import Layer, Sound, Style

STYLE = Style(
    tempo=(84, 132),
    progressions={
        "major": ("I V vi IV", "vi IV I V", "I vi IV V", "IV I V vi", "I iii IV V", "Iadd9 V vi7 IVmaj7"),
        "minor": ("i bVI bIII bVII", "i bVII bVI bVII", "i iv bVI bVII"),
    },
    scales={"major": ("major", "major pentatonic"), "minor": ("minor", "minor pentatonic")},
    layers={
        "drums": (
            Layer("pop beat", ("electronic kit", "standard kit", "808 kit"), weight=1.5),
            Layer("electro pop", ("electronic kit", "808 kit")),
            Layer("backbeat", ("standard kit", "room kit", "power kit")),
        ),
        "bass": (
            Layer("eighths", ("synth bass", "fingered bass", "picked bass"), 38),
            Layer("syncopated", ("synth bass", "synth bass 2", "fingered bass"), 38),
        ),
        "chords": (
            Layer("block", ("grand piano", "electric piano", "bright piano"), 62),
            Layer("strum", ("steel-string guitar", "clean guitar"), 60),
            Layer("pad", ("warm pad", "synth strings", "polysynth"), 60, -2),
        ),
        "colour": (
            Layer("arpeggio", ("saw lead", "polysynth", "clean guitar", "FM piano"), 67, -4),
            Layer("pad", ("strings", "warm pad", "choir pad", "synth strings"), 64, -4),
            Layer("hook", ("square lead", "saw lead", "synth brass"), 72, -4),
        ),
        "lead": (
            Layer("song", ("voice oohs", "voice lead", "synth voice", "choir aahs"), 69, 1, weight=3),
            Layer("hook", ("saw lead", "square lead", "grand piano"), 70),
        ),
    },
    chance={"colour": 0.9},
    sound=Sound(equaliser=(1, 0, 0, 0, 1, 5, 10), loudness=-15, reverb=-17, noise=-52),
    hallmarks=frozenset({"chords", "lead"}),
    neighbours={"disco": 1.5, "rock": 1.5, "hiphop": 1, "country": 0.7, "reggae": 0.5},
)
