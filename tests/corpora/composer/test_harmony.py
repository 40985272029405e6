import pytest

from gtzan.corpora.composer.harmony import Chord, nearest, progression


@pytest.mark.parametrize(
    ("numeral", "tonic", "pitch_classes"),
    [
        ("I", 0, (0, 4, 7)),
        ("ii7", 0, (2, 5, 9, 0)),
        ("V7", 5, (0, 4, 7, 10)),
        ("bVIImaj7", 2, (0, 4, 7, 11)),
        ("#ivo7", 0, (6, 9, 0, 3)),
        ("iim7b5", 0, (2, 5, 8, 0)),
        ("VI7b9", 0, (9, 1, 4, 7, 10)),
        ("i5", 4, (4, 11)),
    ],
)
def test_roman_numerals(numeral, tonic, pitch_classes):
    assert Chord.from_roman(numeral, tonic).pitch_classes == pitch_classes


def test_bars_and_chords_of_a_progression():
    bars = progression("ii7 V7 Imaj7,vi7", 0)
    assert [len(bar) for bar in bars] == [1, 1, 2]
    assert [chord.root for bar in bars for chord in bar] == [2, 7, 0, 9]


def test_voicings_stay_near_their_centre_and_sound_the_chord():
    for tonic in range(12):
        chord = Chord.from_roman("V7", tonic)
        pitches = chord.voicing(60)
        assert pitches == sorted(pitches)
        assert all(abs(p - 60) <= 6 for p in pitches)
        assert {p % 12 for p in pitches} == set(chord.pitch_classes)


def test_nearest_is_within_half_an_octave():
    assert all(nearest(pc, 61) % 12 == pc and abs(nearest(pc, 61) - 61) <= 6 for pc in range(12))


def test_every_progression_of_every_genre_can_be_read():
    from gtzan.corpora.composer.styles import STYLES

    for style in STYLES.values():
        for texts in style.progressions.values():
            assert all(len(progression(text, 0)) >= 2 for text in texts)
