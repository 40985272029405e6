"""Phases for magnitude spectrograms, by phase gradient heap integration."""

from heapq import heappop, heappush

import numpy as np
from numba import njit
from numpy.typing import NDArray

HANN = 0.25645  # the Gaussian nearest to a Hann window of n samples has a time-frequency ratio of HANN · n²
FLOOR = 1e-5  # of the loudest bin: phases of softer ones are not heard, and stay random
SEED = 0


def phases_of(magnitude: NDArray, hop_length: int, known: NDArray | None = None) -> NDArray:
    """The phases that magnitudes themselves imply, float32 ``(frames, bins)``, in radians.

    For a Gaussian window, the derivatives of the phase over time and frequency follow from those of the magnitude's
    logarithm over frequency and time. Integrated from the loudest bins outwards, they give the phases up to a constant
    (Průša, Balazs & Søndergaard, "A noniterative method for reconstruction of phase from STFT magnitude", 2017,
    algorithm 1). Where bins are too soft to be heard, the phases are random, but always the same.

    Args:
        magnitude: ``(frames, bins)``, of frames of ``2 * (bins - 1)`` samples under a periodic Hann window, the first
            sample of each counting as time 0 of its transform, as in ``numpy.fft.rfft``.
        hop_length: distance of two frames, in samples.
        known: phases of the first frames, ``(known frames, bins)``, which the others follow.
    """
    level = np.log(np.maximum(magnitude, magnitude.max(initial=0) * FLOOR**2 + 1e-20)).astype(np.float32)
    phase = np.random.default_rng(SEED).uniform(0, 2 * np.pi, level.shape).astype(np.float32)
    n_known = 0 if known is None else len(known)
    phase[:n_known] = known
    floor = level.max(initial=0) + np.log(FLOOR)
    _integrate(level, phase, np.argsort(-level, axis=None), hop_length, floor, n_known)
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
def _integrate(level: NDArray, phase: NDArray, loudest: NDArray, hop_length: int, floor: float, n_known: int) -> None:
    """Write the phases of all bins above a floor: from those of the first frames that are known, and those of a part
    that is not connected with them from its loudest bin on."""
    frames, bins = level.shape
    n_fft = 2 * (bins - 1)
    ratio = hop_length * n_fft / (HANN * n_fft**2)
    todo = level > floor
    border = [(level[0, 0], 0, 0)]
    border.clear()
    if n_known:
        todo[:n_known] = False
        for k in range(bins):
            if level[n_known - 1, k] > floor:
                heappush(border, (-level[n_known - 1, k], n_known - 1, k))
    for rank in range(-1, loudest.size):  # the first time round, from what is known
        if rank >= 0:
            frame, k = loudest[rank] // bins, loudest[rank] % bins
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
