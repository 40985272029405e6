import numpy as np
import pytest
import torch

from gtzan.models.calibration import HIGHEST, LOWEST, Reliability, fit_temperature, with_temperature


def overconfident(n=20_000, temperature=2.5, classes=4):
    """Probabilities of a net whose logits are too large by a factor, and genres drawn by the right ones."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (n, classes))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (honest.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return torch.softmax(torch.from_numpy(temperature * logits).float(), dim=1).numpy(), y


def test_the_temperature_that_made_probabilities_too_sure_is_found():
    probabilities, y = overconfident()
    assert fit_temperature(probabilities, y) == pytest.approx(2.5, rel=0.05)


def test_calibration_lowers_the_error_and_changes_no_prediction():
    probabilities, y = overconfident()
    calibrated = with_temperature(probabilities, fit_temperature(probabilities, y))
    assert (calibrated.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)
    before, after = Reliability.of(probabilities, y).error, Reliability.of(calibrated, y).error
    assert before > 0.1
    assert after < 0.02


def test_extremes_stay_finite_and_within_bounds():
    always_right = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    assert fit_temperature(always_right, np.array([0, 1])) >= LOWEST
    assert fit_temperature(always_right, np.array([1, 0])) <= HIGHEST
    assert with_temperature(always_right, 0.05).tolist() == always_right.tolist()
    assert Reliability.of(always_right, np.array([0, 1])).error == 0


def test_the_error_is_the_gap_weighted_by_tracks():
    probabilities = np.array([[0.95, 0.05]] * 3 + [[0.45, 0.55]])
    found = Reliability.of(probabilities, np.array([0, 0, 1, 1]))
    assert found.tracks.sum() == 4
    assert found.right.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert found.error == pytest.approx((3 * (0.95 - 2 / 3) + 0.45) / 4)
