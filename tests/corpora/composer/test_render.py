import importlib.util

import numpy as np
import pytest
import symusic

from gtzan.corpora.composer.render import Studio, soundfont
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
