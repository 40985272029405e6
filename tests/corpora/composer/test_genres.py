"""What makes each genre that genre, checked in the music as written (before swing and human timing)."""

import pytest

from gtzan.corpora.composer.instruments import DRUMS, program
from gtzan.corpora.composer.song import compose
from gtzan.corpora.composer.style import ROLES
from gtzan.corpora.composer.styles import STYLES

TRACKS = range(0, 30, 3)  # six artists


def songs(genre, seconds=20.0):
    return [compose(0, genre, index, seconds) for index in TRACKS]


def chord_degrees(song):
    return {
        (chord.root - section.tonic) % 12 for section in song.sections for bar in section.bars for chord in bar.chords
    }


def onsets(part, drum=None):
    return {note.start for note in part.notes if drum is None or note.pitch == DRUMS[drum]}


def test_blues_stays_on_one_four_and_five_and_shuffles():
    for song in songs("blues"):
        assert chord_degrees(song) <= {0, 5, 7}
        assert song.swing > 0.6


def test_blues_goes_round_in_twelve_bars():
    long = [compose(0, "blues", index, 90.0) for index in range(5)]
    assert all(len(song.sections[1].bars) == 12 for song in long)


def test_classical_has_no_drums():
    assert all(song.part("drums") is None for song in songs("classical"))


def test_disco_kick_is_on_every_beat():
    for song in songs("disco"):
        drums = song.part("drums")
        beats = {bar.start + k for section in song.sections for bar in section.bars for k in range(bar.beats)}
        assert onsets(drums, "kick") == beats


def test_disco_bass_leaps_octaves_in_most_songs():
    leaping = [
        any(b.pitch - a.pitch == 12 for a, b in zip(bass.notes, bass.notes[1:], strict=False))
        for bass in (song.part("bass") for song in songs("disco"))
    ]
    assert sum(leaping) > len(leaping) / 2


def test_reggae_chords_fall_off_the_beat():
    for song in songs("reggae"):
        chords = song.part("chords")
        strokes = {round(start * 8) / 8 for start in onsets(chords)}  # a strum spreads its strings
        assert strokes
        assert all(start % 1 in (0.5, 0.75) for start in strokes)


def test_jazz_swings_over_a_walking_bass_and_rich_chords():
    for song in songs("jazz"):
        assert song.swing >= 0.59
        bass = song.part("bass")
        beats = {bar.start + k for section in song.sections for bar in section.bars for k in range(bar.beats)}
        assert len(onsets(bass) & beats) > 0.9 * sum(1 for start in onsets(bass) if start % 1 == 0)
    sizes = [len(c.intervals) for song in songs("jazz") for s in song.sections for bar in s.bars for c in bar.chords]
    assert sum(sizes) / len(sizes) > 3.5


def test_metal_guitars_are_driven_power_chords():
    for song in songs("metal"):
        chords = song.part("chords")
        assert chords.layer.drive > 0.8
        assert program(chords.instrument) in (29, 30)
        first = min(onsets(chords))
        pitches = sorted(n.pitch for n in chords.notes if n.start == first)
        assert pitches[1] - pitches[0] == 7


def test_country_bass_alternates_root_and_fifth():
    for song in songs("country"):
        steps = [b.pitch - a.pitch for a, b in zip(song.part("bass").notes, song.part("bass").notes[1:], strict=False)]
        assert -5 in steps


def test_hiphop_bass_is_low():
    for song in songs("hiphop"):
        pitches = [note.pitch for note in song.part("bass").notes]
        assert sum(pitches) / len(pitches) < 42


def test_rock_has_a_backbeat():
    for song in songs("rock"):
        snare = onsets(song.part("drums"), "snare")
        in_form = [bar for section in song.sections for bar in section.bars]
        assert all(any(bar.start <= s < bar.start + 4 for s in snare) for bar in in_form)


@pytest.mark.parametrize("genre", list(STYLES))
def test_every_song_is_playable(genre):
    for song in songs(genre):
        assert 50 < song.tempo < 260
        assert len(song.parts) >= 2
        assert {part.role for part in song.parts} <= set(ROLES)
        end = song.sections[-1].bars[-1].start + song.sections[-1].bars[-1].beats
        assert end * 60 / song.tempo >= 20
        for part in song.parts:
            assert all(0 <= n.pitch <= 127 and n.length > 0 and n.velocity > 0 and n.start >= 0 for n in part.notes)


@pytest.mark.parametrize("genre", list(STYLES))
def test_a_longer_song_begins_with_the_shorter_one(genre):
    short, long = compose(0, genre, 3, 10.0), compose(0, genre, 3, 40.0)
    for part in short.parts:
        assert long.part(part.role).notes[: len(part.notes)] == part.notes
