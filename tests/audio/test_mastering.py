"""What a listener may rely on."""

import numpy as np
import pyloudnorm
import pytest

from gtzan.audio.mastering import PEAK, before_mastering, master

RATE = 22050
T = np.arange(3 * RATE) / RATE


@pytest.mark.parametrize("level", [1e-4, 0.1, 30.0])
def test_everything_is_equally_loud(level):
    tone = level * np.sin(2 * np.pi * 440 * T) * (1 + 0.5 * np.sin(2 * np.pi * 2 * T))
    waveform, gain = master(tone, RATE, -18)
    assert pyloudnorm.Meter(RATE).integrated_loudness(waveform.astype(float)) == pytest.approx(-18, abs=0.2)
    middle = slice(RATE, 2 * RATE)
    assert before_mastering(waveform, gain)[middle] == pytest.approx(tone[middle], rel=1e-3, abs=level * 1e-3)


def test_peaks_are_never_clipped():
    clicks = np.zeros(3 * RATE)
    clicks[:: RATE // 2] = 1.0
    waveform, _ = master(clicks, RATE, -5)
    assert np.abs(waveform).max() == pytest.approx(PEAK, abs=1e-6)


def test_no_dc_and_no_click_at_the_ends():
    waveform, _ = master(0.3 + 0.1 * np.cos(2 * np.pi * 100 * T), RATE, -18)
    assert abs(waveform.mean()) < 1e-3
    assert abs(waveform[[0, -1]]).max() < 1e-3


@pytest.mark.parametrize("samples", [1, 100, RATE])
def test_silence_stays_silent(samples):
    waveform, gain = master(np.zeros(samples), RATE, -18)
    assert not waveform.any()
    assert gain == 0


@pytest.mark.parametrize("samples", [2, 500, RATE // 5])
def test_short_sounds_are_mastered_too(samples):
    waveform, _ = master(np.random.default_rng(0).normal(size=samples), RATE, -18)
    assert len(waveform) == samples
    assert np.isfinite(waveform).all()
    assert np.abs(waveform).max() <= PEAK + 1e-6
