import importlib.util

import numpy as np
import pytest
import symusic

from gtzan.corpora.composer import performance
from gtzan.corpora.composer.render import SAMPLE_RATE, Studio, soundfont
from gtzan.corpora.composer.score import Note, Part
from gtzan.corpora.composer.song import compose
from gtzan.corpora.composer.style import Layer
from gtzan.errors import UserError


@pytest.fixture(scope="module")
def studio():
    return Studio()


def test_midi_holds_the_composition(studio):
    take = studio.record(0, "disco", 0, 4.0)
    score = symusic.Score.from_midi(take.midi)
    assert score.tempos[0].qpm == pytest.approx(take.song.tempo, abs=0.01)
    assert sum(track.is_drum for track in score.tracks) == 1
    assert score.note_num() > 50
    assert score.to("second").end() < 4.0 + 4


def test_what_was_rendered_before_changes_nothing(studio):
    """The synthesizer itself is not so: a kit after another kit is another sound."""
    tracks = [(genre, index) for genre in ("rock", "hiphop", "metal", "pop") for index in (0, 5)]
    first = {track: Studio().record(0, *track, 1.0).waveform for track in tracks}
    again = {track: studio.record(0, *track, 1.0).waveform for track in reversed(tracks)}
    assert all(np.array_equal(first[track], again[track]) for track in tracks)


def test_notes_too_high_for_the_synthesizer_come_octaves_lower():
    """It would never return from them."""
    part = Part("lead", Layer("song", ("overdriven guitar",)), "overdriven guitar", 0.0)
    song = compose(0, "rock", 0, 1.0)
    written = performance.score(song, [(part, [Note(0, 1, pitch, 90) for pitch in (60, 88, 89, 100, 101, 127)])])
    assert [note.pitch for note in written.tracks[0].notes] == [60, 88, 77, 88, 77, 79]


def test_a_part_that_enters_late_does_not_drown_the_others(studio):
    """The chorus of metal.00037 comes after 13.7 of 15 seconds."""
    record = studio.record(0, "metal", 37, 15.0).waveform
    early, late = record[: 13 * SAMPLE_RATE].std(), record[14 * SAMPLE_RATE :].std()
    assert early > 0.3 * late


def test_the_beat_sounds_when_it_is_written(studio):
    """Spectral rises gather around the written beats, more than a third of a beat after them."""
    take = studio.record(0, "disco", 12, 8.0)
    hop = 256
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(take.waveform, 512), 1024)[::hop]
    spectra = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(1024))))
    rise = np.maximum(np.diff(spectra, axis=0), 0).sum(axis=1)

    def mean_rise(shift):
        beats = (np.arange(1, 8 * take.song.tempo / 60 - 1) + shift) * 60 / take.song.tempo
        at = np.round(beats * 22_050 / hop).astype(int)
        return np.mean([rise[k - 3 : k + 4].max() for k in at])

    assert mean_rise(0.0) > 1.3 * mean_rise(0.36)


def test_a_missing_soundfont_is_one_clear_sentence(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install pretty_midi"):
        soundfont()
