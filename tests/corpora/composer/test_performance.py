import numpy as np
import pytest

from gtzan.corpora.composer.performance import Feel, play, swung
from gtzan.corpora.composer.song import compose

MACHINE = Feel(timing=0, dynamics=0, lag=0)


def test_swing_moves_the_off_beat_and_leaves_the_beat():
    beats = np.array([0.0, 0.5, 1.0, 1.25, 1.5])
    np.testing.assert_allclose(swung(beats, 2 / 3, 1.0), [0, 2 / 3, 1, 1 + 1 / 3, 1 + 2 / 3])
    np.testing.assert_allclose(swung(beats, 0.5, 1.0), beats)
    np.testing.assert_allclose(swung(np.array([0.25, 0.5]), 0.6, 0.5), [0.3, 0.5])


def test_a_machine_plays_what_is_written_but_for_the_swing():
    song = compose(0, "jazz", 0, 10.0)
    for part, notes in zip(song.parts, play(song, MACHINE, np.random.default_rng(0)), strict=True):
        written = swung(np.array([n.start for n in part.notes]), song.swing, song.swing_unit)
        assert [n.start for n in notes] == pytest.approx(list(written))


def test_people_deviate_a_little_and_chords_stay_together():
    song = compose(0, "pop", 0, 10.0)
    human = play(song, Feel(timing=10, dynamics=6, lag=0), np.random.default_rng(0))
    exact = play(song, MACHINE, np.random.default_rng(0))
    off = np.array(
        [
            (a.start - b.start) * 60_000 / song.tempo
            for h, e in zip(human, exact, strict=True)
            for a, b in zip(h, e, strict=True)
        ]
    )
    assert 5 < off.std() < 15
    assert np.abs(off).max() < 60
    assert all(20 <= n.velocity <= 127 for part in human for n in part)
