import numpy as np
import pytest

from gtzan.audio.cells import Cells, mel_band_edges
from tests.conftest import RATE


def tones(seconds: float, *hertz: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(0.2 * np.sin(2 * np.pi * f * t) for f in hertz).astype(np.float32)


def level(waveform: np.ndarray, hertz: float) -> float:
    """Amplitude of a tone."""
    t = np.arange(len(waveform)) / RATE
    return float(2 * abs(np.mean(waveform * np.exp(-2j * np.pi * hertz * t))))


@pytest.mark.parametrize("seconds", [0.1, 1.0, 2.345])
def test_gains_of_one_change_nothing(seconds):
    waveform = np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    cells = Cells(waveform, RATE, np.linspace(0, seconds, 4), mel_band_edges(RATE, 8))
    np.testing.assert_allclose(cells.with_gains(np.ones((3, 8))), waveform, atol=1e-6)


def test_a_cell_is_a_band_in_a_window():
    cells = Cells(tones(3, 300, 5000), RATE, np.arange(4), np.array([0, 1000, RATE / 2]))
    gains = np.ones((3, 2))
    gains[1, 0] = 0.1
    changed = cells.with_gains(gains)
    for window, low in enumerate([0.2, 0.02, 0.2]):
        inside = changed[round((window + 0.2) * RATE) : round((window + 0.8) * RATE)]
        assert level(inside, 300) == pytest.approx(low, rel=0.02)
        assert level(inside, 5000) == pytest.approx(0.2, rel=0.02)
