"""Temperature scaling: probabilities that are as high as predictions are often right.

After Guo, Pleiss, Sun and Weinberger, *On calibration of modern neural networks*, ICML 2017, but of whole tracks: the
temperature acts on a track's mean probabilities, so that no prediction changes and no accuracy with it.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

LOWEST, HIGHEST = 0.05, 20.0
"""Bounds of a temperature: a classifier that is always right, or knows nothing, has none of its own."""

SMALLEST = 1e-9  # probability, in the fit: one track that was thought impossible must not decide alone


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities ``(…, n_classes)`` to the power of 1 / temperature, normalised; the order of genres stays."""
    if temperature == 1:
        return probabilities
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities.astype(np.float64)) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def fit_temperature(probabilities: np.ndarray, y: np.ndarray) -> float:
    """The temperature at which some tracks' true genres are likeliest, between ``LOWEST`` and ``HIGHEST``.

    Args:
        probabilities: ``(tracks, n_classes)``, of tracks that trained nothing; one track at least.
        y: ``(tracks,)``, genre numbers.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        return float(np.mean(np.logaddexp.reduce(scaled, axis=1) - scaled[np.arange(len(y)), y]))

    found = minimize_scalar(loss, bounds=(math.log(LOWEST), math.log(HIGHEST)), method="bounded")
    return math.exp(found.x)


@dataclass(frozen=True)
class Reliability:
    """How often predictions are right, by how probable they were said to be, in ranges of equal width.

    Attributes:
        tracks: ``(bins,)``, their number in each range.
        confidence: ``(bins,)``, mean probability of the predicted genre; 0 where there is no track.
        right: ``(bins,)``, correct predictions.
    """

    tracks: np.ndarray
    confidence: np.ndarray
    right: np.ndarray

    @classmethod
    def of(cls, probabilities: np.ndarray, y: np.ndarray, bins: int = 10) -> "Reliability":
        """Sort tracks by the probability of their predicted genre.

        Args:
            probabilities: ``(tracks, n_classes)``.
            y: ``(tracks,)``, genre numbers.
            bins: ranges between 0 and 1.
        """
        confidence = probabilities.max(axis=1)
        place = np.clip((confidence * bins).astype(int), 0, bins - 1)
        tracks = np.bincount(place, minlength=bins)
        sums = np.bincount(place, confidence, bins)
        right = np.bincount(place, probabilities.argmax(axis=1) == y, bins).astype(int)
        return cls(tracks, sums / np.maximum(tracks, 1), right)

    @property
    def error(self) -> float:
        """Expected calibration error: the mean over tracks of |accuracy - confidence| of their ranges."""
        return float(np.abs(self.right - self.confidence * self.tracks).sum() / max(1, self.tracks.sum()))
