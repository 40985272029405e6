"""Phases for magnitude spectrograms, by phase gradient heap integration."""

from heapq import heappop, heappush

import numpy as np
from numba import njit
from numpy.typing import NDArray

HANN = 0.25645  # the Gaussian nearest to a Hann window of n samples has a time-frequency ratio of HANN · n²
FLOOR = 1e-5  # of the loudest bin: phases of softer ones are not heard, and stay random
SEED = 0


def phases_of(magnitude: NDArray, hop_length: int) -> NDArray:
    """The phases that magnitudes themselves imply, float32 ``(frames, bins)``, in radians.

    For a Gaussian window, the derivatives of the phase over time and frequency follow from those of the magnitude's
    logarithm over frequency and time. Integrated from the loudest bins outwards, they give the phases up to a constant
    (Průša, Balazs & Søndergaard, "A noniterative method for reconstruction of phase from STFT magnitude", 2017,
    algorithm 1). Where bins are too soft to be heard, the phases are random, but always the same.

    Args:
        magnitude: ``(frames, bins)``, of frames of ``2 * (bins - 1)`` samples under a periodic Hann window, the first
            sample of each counting as time 0 of its transform, as in ``numpy.fft.rfft``.
        hop_length: distance of two frames, in samples.
    """
    level = np.log(np.maximum(magnitude, magnitude.max(initial=0) * FLOOR**2 + 1e-20)).astype(np.float32)
    phase = np.random.default_rng(SEED).uniform(0, 2 * np.pi, level.shape).astype(np.float32)
    _integrate(level, phase, np.argsort(-level, axis=None), hop_length, level.max(initial=0) + np.log(FLOOR))
    return phase


@njit(cache=True)
def _slope(level: NDArray, i: int, j: int, over_time: bool) -> float:
    """The central difference of the level over frames or bins; at the borders, that to the only neighbour."""
    n = level.shape[0] if over_time else level.shape[1]
    at = i if over_time else j
    low, high = max(at - 1, 0), min(at + 1, n - 1)
    if low == high:
        return 0.0
    return (level[high, j] - level[low, j] if over_time else level[i, high] - level[i, low]) / (high - low)


@njit(cache=True)
def _integrate(level: NDArray, phase: NDArray, loudest: NDArray, hop_length: int, floor: float) -> None:
    """Write the phases of all bins above a floor, those of a connected part from its loudest bin on."""
    frames, bins = level.shape
    n_fft = 2 * (bins - 1)
    ratio = hop_length * n_fft / (HANN * n_fft**2)
    todo = level > floor
    border = [(level[0, 0], 0, 0)]
    border.clear()
    for start in loudest:
        frame, k = start // bins, start % bins
        if not todo[frame, k]:
            continue
        todo[frame, k], phase[frame, k] = False, 0
        heappush(border, (-level[frame, k], frame, k))
        while len(border) > 0:
            _, frame, k = heappop(border)
            for i, j in ((frame + 1, k), (frame - 1, k), (frame, k + 1), (frame, k - 1)):
                if not (0 <= i < frames and 0 <= j < bins and todo[i, j]):
                    continue
                if j == k:
                    slope = ratio * (_slope(level, frame, k, False) + _slope(level, i, k, False)) / 2
                    step = (i - frame) * (2 * np.pi * hop_length * k / n_fft + slope)
                else:
                    slope = (_slope(level, frame, k, True) + _slope(level, frame, j, True)) / (2 * ratio)
                    step = (j - k) * (np.pi - slope)
                todo[i, j], phase[i, j] = False, (phase[frame, k] + step) % (2 * np.pi)
                heappush(border, (-level[i, j], i, j))
