import librosa
import numpy as np
import pytest

from gtzan.audio.phases import phases_of
from tests.audio.test_inversion import music

N_FFT, HOP = 1024, 128


def turned(phase: np.ndarray) -> np.ndarray:
    """Angles within ±π."""
    return (phase + np.pi) % (2 * np.pi) - np.pi


def convergence(magnitude: np.ndarray, phase: np.ndarray) -> float:
    """The error, in dB, of the magnitudes that a waveform of these magnitudes and phases has."""
    waveform = librosa.istft((magnitude * np.exp(1j * phase)).T, n_fft=N_FFT, hop_length=HOP)
    again = np.abs(librosa.stft(waveform, n_fft=N_FFT, hop_length=HOP)).T[: len(magnitude)]
    return 20 * np.log10(np.linalg.norm(again - magnitude[: len(again)]) / np.linalg.norm(magnitude))


def magnitude_of(waveform: np.ndarray) -> np.ndarray:
    return np.abs(librosa.stft(waveform, n_fft=N_FFT, hop_length=HOP)).T


def test_the_waveform_of_its_phases_has_the_magnitudes():
    """To −18 dB for chords over a hissing beat; random phases stay at −7 dB."""
    magnitude = magnitude_of(music()[0].numpy())
    random = np.random.default_rng(0).uniform(0, 2 * np.pi, magnitude.shape)
    assert convergence(magnitude, phases_of(magnitude, HOP)) < -18 < -8 < convergence(magnitude, random)


def test_a_tone_s_phase_turns_by_its_frequency():
    k = 100  # bins: between two, the peak's own bin turns likewise
    tone = np.sin(2 * np.pi * (k + 0.3) * np.arange(20 * HOP + N_FFT) / N_FFT).astype(np.float32)
    phase = phases_of(np.abs(librosa.stft(tone, n_fft=N_FFT, hop_length=HOP, center=False)).T, HOP)
    step = np.diff(phase[2:-2, k])
    np.testing.assert_allclose(turned(step - 2 * np.pi * (k + 0.3) * HOP / N_FFT), 0, atol=0.02)


def test_a_click_s_phase_is_that_of_its_time():
    """Linear over frequency: the click's distance from the frame's first sample."""
    click = np.zeros(N_FFT, dtype=np.float32)
    click[at := 600] = 1
    frames = np.pad(click, 2 * HOP)
    magnitude = np.abs(librosa.stft(frames, n_fft=N_FFT, hop_length=HOP, center=False)).T
    phase = phases_of(magnitude, HOP)
    slope = turned(np.diff(phase[2, 50:-50]))
    np.testing.assert_allclose(turned(slope + 2 * np.pi * at / N_FFT), 0, atol=0.05)


def test_known_phases_are_kept_and_followed():
    """A tone whose first frames are known goes on in phase with them."""
    k = 100
    tone = np.sin(2 * np.pi * (k + 0.3) * np.arange(20 * HOP + N_FFT) / N_FFT + 1).astype(np.float32)
    spectrum = librosa.stft(tone, n_fft=N_FFT, hop_length=HOP, center=False).T
    phase = phases_of(np.abs(spectrum), HOP, np.angle(spectrum[:5]))
    np.testing.assert_array_equal(phase[:5], np.angle(spectrum[:5]))
    np.testing.assert_allclose(turned(phase[:-2, k] - np.angle(spectrum[:-2, k])), 0, atol=0.3)
    alone = phases_of(np.abs(spectrum), HOP)
    assert np.abs(turned(alone[:-2, k] - np.angle(spectrum[:-2, k]))).max() > 0.3


def test_equal_magnitudes_give_equal_phases_at_any_level():
    magnitude = magnitude_of(music(8000)[0].numpy())
    phase = phases_of(magnitude, HOP)
    assert phase.dtype == np.float32
    assert phase.shape == magnitude.shape
    np.testing.assert_array_equal(phases_of(magnitude, HOP), phase)
    louder = phases_of(1024 * magnitude, HOP)
    assert np.median(np.abs(turned(louder - phase))) < 1e-3


@pytest.mark.parametrize("shape", [(1, 9), (7, 2), (1, 2), (0, 9)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_any_number_of_frames_and_silence(shape, value):
    assert np.isfinite(phases_of(np.full(shape, value, dtype=np.float32), 4)).all()
