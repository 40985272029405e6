"""What a listener may rely on."""

import numpy as np
import pyloudnorm
import pytest

from gtzan.audio.mastering import before_mastering, master, true_peak

RATE = 22050
T = np.arange(3 * RATE) / RATE


@pytest.mark.parametrize("level", [1e-4, 0.1, 30.0])
def test_everything_is_equally_loud(level):
    tone = level * np.sin(2 * np.pi * 440 * T) * (1 + 0.5 * np.sin(2 * np.pi * 2 * T))
    waveform, gain = master(tone, RATE, -18)
    assert pyloudnorm.Meter(RATE).integrated_loudness(waveform.astype(float)) == pytest.approx(-18, abs=0.2)
    middle = slice(RATE, 2 * RATE)
    assert before_mastering(waveform, gain)[middle] == pytest.approx(tone[middle], rel=1e-3, abs=level * 1e-3)


def test_the_true_peak_of_a_tone_between_its_samples_is_found():
    """At a quarter of the sample rate and 45 degrees, all samples of a tone are 3 dB below its peak."""
    tone = 0.5 * np.sin(2 * np.pi * np.arange(200_000) / 4 + np.pi / 4)
    assert np.abs(tone).max() == pytest.approx(0.5 / np.sqrt(2))
    fade = np.minimum(1, np.minimum(np.arange(200_000), np.arange(200_000)[::-1]) / 1000)
    assert true_peak(tone * fade, RATE) == pytest.approx(20 * np.log10(0.5), abs=0.05)
    assert true_peak(np.zeros(100), RATE) == true_peak(np.zeros(0), RATE) == -np.inf


@pytest.mark.parametrize("sound", ["clicks", "noise"])
def test_true_peaks_are_at_most_minus_one_dbtp(sound):
    rng = np.random.default_rng(0)
    waveform = np.zeros(3 * RATE) if sound == "clicks" else rng.normal(size=3 * RATE)
    waveform[:: RATE // 2] = 10.0
    mastered, _ = master(waveform, RATE, -5)
    assert true_peak(mastered, RATE) == pytest.approx(-1, abs=1e-3)


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
    assert true_peak(waveform, RATE) <= -1 + 1e-3
