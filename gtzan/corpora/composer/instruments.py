"""General MIDI's instruments and drums by name."""

# The 128 melodic programs in General MIDI's order.
_NAMES = """
grand piano, bright piano, electric grand, honky-tonk piano, electric piano, FM piano, harpsichord, clavinet,
celesta, glockenspiel, music box, vibraphone, marimba, xylophone, tubular bells, dulcimer,
drawbar organ, percussive organ, rock organ, church organ, reed organ, accordion, harmonica, bandoneon,
nylon guitar, steel-string guitar, jazz guitar, clean guitar, muted guitar, overdriven guitar, distorted guitar,
guitar harmonics,
acoustic bass, fingered bass, picked bass, fretless bass, slap bass, slap bass 2, synth bass, synth bass 2,
violin, viola, cello, contrabass, tremolo strings, pizzicato strings, harp, timpani,
strings, slow strings, synth strings, synth strings 2, choir aahs, voice oohs, synth voice, orchestra hit,
trumpet, trombone, tuba, muted trumpet, french horn, brass section, synth brass, synth brass 2,
soprano sax, alto sax, tenor sax, baritone sax, oboe, english horn, bassoon, clarinet,
piccolo, flute, recorder, pan flute, bottle, shakuhachi, whistle, ocarina,
square lead, saw lead, calliope lead, chiff lead, charang lead, voice lead, fifths lead, bass lead,
new age pad, warm pad, polysynth, choir pad, bowed pad, metallic pad, halo pad, sweep pad,
rain, soundtrack, crystal, atmosphere, brightness, goblins, echoes, sci-fi,
sitar, banjo, shamisen, koto, kalimba, bagpipe, fiddle, shanai,
tinkle bell, agogo, steel drums, woodblock, taiko, melodic tom, synth drum, reverse cymbal,
fret noise, breath, seashore, bird, telephone, helicopter, applause, gunshot
"""
PROGRAMS = tuple(name.strip() for name in _NAMES.split(","))

# No style may use alto sax or whistle: symusic 0.5.9 renders them from memory beyond TimGM6mb's samples, with another
# sound on every run, or infinities.

KITS = {"standard kit": 0, "room kit": 8, "power kit": 16, "electronic kit": 24, "808 kit": 25, "brush kit": 40}

DRUMS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "closed hat": 42, "pedal hat": 44, "open hat": 46,
    "low tom": 43, "mid tom": 47, "high tom": 50, "ride": 51, "ride bell": 53, "crash": 49,
    "tambourine": 54, "cowbell": 56, "shaker": 70, "high conga": 62, "low conga": 64,
}  # fmt: skip


def program(name: str) -> int:
    """The General MIDI program number (0–127, or a drum kit's) of an instrument in ``PROGRAMS`` or ``KITS``."""
    return KITS[name] if name in KITS else PROGRAMS.index(name)
