"""The clips of a listening test, of stand-ins for the trained models."""

from types import SimpleNamespace

import numpy as np
import pyloudnorm
import pytest

from gtzan.audio.files import write_wav
from gtzan.audio.generated import GeneratedFile
from gtzan.corpora.splits import make_split
from gtzan.errors import UserError
from gtzan.evaluation.listening.key import KINDS
from gtzan.synthesis.clips import ClipMaker
from gtzan.synthesis.reference import Reference

RATE, SECONDS = 22050, 1.0
RNG = np.random.default_rng(0)


class Copier:
    """A synthesizer whose copies are noise, 20 dB louder than they were before mastering."""

    sample_rate = RATE
    generator = SimpleNamespace(hparams={"corpus": "tiny corpus (synthetic music)"})

    def render(self, mfcc, length):
        return 0.1 * RNG.normal(size=length).clip(-3, 3), 20.0


class Judge:
    """Says bass, and remembers the peaks of what it heard."""

    classes = ("bass", "middle", "treble")

    def __init__(self):
        self.peaks = []

    def predict_waveform(self, waveform):
        self.peaks.append(np.abs(waveform).max())
        return SimpleNamespace(ranking=[("bass", 0.9)])


@pytest.fixture
def maker(tiny_corpus, tiny_store):
    split = make_split(tiny_corpus, "50/50", 0, None)
    return ClipMaker(Copier(), Judge(), Reference(tiny_store, split, (0, 2), SECONDS), seed=0)


@pytest.fixture
def samples(tmp_path):
    found = []
    for genre in ("bass", "treble"):
        for number, level in enumerate((0.5, 0.05, 0.01)):
            write_wav(tmp_path / f"{genre}_{number}.wav", level * np.sin(np.arange(2 * RATE) * (number + 1) / 10))
            found.append(GeneratedFile(genre, tmp_path / f"{genre}_{number}.wav", 0.0))
    return found


def test_each_kind_has_as_many_clips_of_each_genre_equally_long_and_equally_loud(maker, samples):
    test = maker.make(samples, 2)
    kinds = [(clip.genre, clip.kind) for clip, _ in test.clips]
    assert kinds == [(genre, kind) for genre in ("bass", "treble") for kind in KINDS for _ in range(2)]
    assert {len(waveform) for _, waveform in test.clips} == {RATE}
    meter = pyloudnorm.Meter(RATE)
    loudness = [meter.integrated_loudness(waveform.astype(float)) for _, waveform in test.clips]
    assert np.ptp(loudness) < 0.1
    assert max(np.abs(waveform).max() for _, waveform in test.clips) < 1
    assert test.genres == Judge.classes


def test_peaks_that_leave_no_room_soften_all_clips_alike(maker, samples):
    clicks = np.zeros(2 * RATE)
    clicks[:: RATE // 4] = 1.0
    write_wav(samples[0].path, clicks)
    waveforms = [waveform.astype(float) for _, waveform in maker.make(samples, 2).clips]
    loudness = [pyloudnorm.Meter(RATE).integrated_loudness(waveform) for waveform in waveforms]
    assert max(loudness) < -19
    assert np.ptp(loudness) < 0.1


def test_the_judge_hears_what_it_was_meant_to_hear_before_mastering(maker, samples):
    maker.make(samples, 1)
    real, copy, generated = maker.judge.peaks[:3]
    assert real > 0.2
    assert copy == pytest.approx(0.03, rel=0.1)
    assert generated == pytest.approx(0.5, rel=0.1)


def test_tracks_are_held_out_and_copies_are_of_other_tracks(maker, samples):
    test = maker.make(samples, 2)
    held_out = {maker.reference.store.corpus.tracks[i].name for i in maker.reference.test}
    real, copies = ({c.source for c, _ in test.clips if c.kind == kind} for kind in ("real", "copy"))
    assert len(real) == len(copies) == 4
    assert real | copies <= held_out
    assert not real & copies


def test_where_tracks_are_few_those_that_are_heard_are_copied(maker, samples):
    test = maker.make(samples, 3)  # of 4 held-out tracks
    assert len(test.clips) == 2 * 3 * 3
    assert len({c.source for c, _ in test.clips if c.kind == "real"}) == 6


def test_what_cannot_be_compared_is_named(maker, samples):
    write_wav(samples[1].path, np.zeros(2 * RATE))
    with pytest.raises(UserError, match=r"bass_1.wav is silent"):
        maker.make(samples, 2)
    long = Reference(maker.reference.store, maker.reference.split, (0, 2), 60.0)
    with pytest.raises(UserError, match="No held-out track of bass has 60 s of sound"):
        ClipMaker(Copier(), Judge(), long, seed=0).make(samples, 1)


def test_listeners_and_judge_hear_what_was_generated_and_not_the_song_that_it_continues(maker, samples):
    song, generated = np.full(RATE, 0.3), 0.1 * np.sin(np.arange(RATE) / 10)
    write_wav(samples[0].path, np.concatenate([song, generated]))
    continued = [samples[0]._replace(start=1.0), *samples[1:]]
    clip = next(waveform for clip, waveform in maker.make(continued, 1).clips if clip.kind == "generated")
    assert maker.judge.peaks[2] == pytest.approx(0.1, rel=0.01)
    assert np.corrcoef(clip[1000:-1000], generated[1000:-1000])[0, 1] > 0.99
