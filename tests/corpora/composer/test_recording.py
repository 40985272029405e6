from dataclasses import replace

import numpy as np
import pytest

from gtzan.corpora.composer.recording import Recording
from gtzan.corpora.composer.style import Sound

RATE = 22_050
PLAIN = Recording(
    equaliser=(0.0,) * 7, low_cut=20, high_cut=10_000, reverb_time=0.5, reverb_level=-60, noise_level=-80,
    noise_slope=-3, saturation=0, loudness=-18,
)  # fmt: skip


def tone(frequency, seconds=1.0):
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def level(signal, frequency):
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    return 20 * np.log10(spectrum[round(frequency * len(signal) / RATE)])


def test_the_record_has_the_asked_loudness_and_no_offset():
    record = PLAIN.master(tone(440) + 0.3, RATE, np.random.default_rng(0))
    assert 20 * np.log10(record.std()) == pytest.approx(-18, abs=0.1)
    assert abs(record.mean()) < 1e-6


def test_hot_peaks_are_rounded_below_full_scale():
    clicks = tone(200)
    clicks[::2000] *= 60
    record = replace(PLAIN, loudness=-8).master(clicks, RATE, np.random.default_rng(0))
    assert np.abs(record).max() <= 0.98


def test_the_equaliser_and_the_band_limit_shape_the_spectrum():
    mix = tone(150) + tone(1800) + tone(9000)
    flat = PLAIN.master(mix, RATE, np.random.default_rng(0))
    bent = replace(PLAIN, equaliser=(0, 6, 0, 0, 0, 0, 0), high_cut=5000).master(mix, RATE, np.random.default_rng(0))
    change = {f: level(bent, f) - level(flat, f) for f in (150, 1800, 9000)}
    assert change[150] - change[1800] == pytest.approx(6, abs=0.3)
    assert change[9000] - change[1800] < -12


def test_noise_is_as_loud_as_asked():
    record = replace(PLAIN, noise_level=-30).master(tone(1000), RATE, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(record)) ** 2
    signal = spectrum[990:1011].sum()
    assert 10 * np.log10((spectrum.sum() - signal) / signal) == pytest.approx(-30, abs=1.5)


def test_reverb_sounds_on_after_the_music():
    burst = np.concatenate([tone(500, 0.3), np.zeros(RATE // 2)])
    dry = PLAIN.master(burst, RATE, np.random.default_rng(0))
    wet = replace(PLAIN, reverb_level=-9, reverb_time=1.5).master(burst, RATE, np.random.default_rng(0))
    after = slice(int(0.4 * RATE), int(0.6 * RATE))
    assert wet[after].std() > 5 * dry[after].std()


def test_songs_of_one_artist_stay_near_its_sound():
    rng = np.random.default_rng(0)
    artist = Recording.draw(Sound((0,) * 7, -18, -18, -45), rng)
    songs = [artist.nearby(rng) for _ in range(50)]
    assert np.mean([s.loudness for s in songs]) == pytest.approx(artist.loudness, abs=1)
    assert len({s.loudness for s in songs}) == 50
