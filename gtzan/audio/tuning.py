"""How far a recording is tuned away from A440, estimated as ``librosa.estimate_tuning`` does.

Chroma that ignores it smears every note of a detuned recording over two pitch classes. Spectral peaks between 150 Hz
and 4 kHz are refined by parabolic interpolation (J. O. Smith, "Spectral Audio Signal Processing", "Quadratic
interpolation of spectral peaks"); the louder half of them votes, in steps of one cent, on its distance from the
nearest semitone.
"""

import numpy as np
from torch import Tensor

LOWEST_PITCH, HIGHEST_PITCH = 150.0, 4000.0  # Hz
PEAK_THRESHOLD = 0.1  # of the frame's strongest bin
STEPS = 100  # of a chroma bin


def estimate_tuning(power: Tensor, sample_rate: int, bins_per_octave: int = 12) -> list[float]:
    """The tuning of every clip of a batch, in fractions of a chroma bin, from −0.5 up to 0.49.

    Args:
        power: power spectrograms ``(batch, frames, bins)``, with bins from 0 Hz to half the sample rate.
        sample_rate: in Hz.
        bins_per_octave: chroma bins, 12 for semitones.

    A clip without any peak, such as silence, has the tuning 0.
    """
    tunings = []
    for clip in power:
        votes = TuningVotes(sample_rate, bins_per_octave)
        votes.add(clip)
        tunings.append(votes.winner())
    return tunings


class TuningVotes:
    """The peaks of one clip's spectrum, gathered part by part, and the tuning that the louder half of them votes for.

    Args:
        sample_rate: in Hz.
        bins_per_octave: chroma bins, 12 for semitones.
    """

    def __init__(self, sample_rate: int, bins_per_octave: int = 12) -> None:
        self.sample_rate, self.bins_per_octave = sample_rate, bins_per_octave
        self._heights: list[np.ndarray] = []
        self._steps: list[np.ndarray] = []

    def add(self, power: Tensor) -> None:
        """Take the peaks of some more frames ``(frames, bins)``, with bins from 0 Hz to half the sample rate."""
        bins = power.shape[-1]
        bin_width = self.sample_rate / 2 / (bins - 1)
        low = max(1, int(np.ceil(LOWEST_PITCH / bin_width)))
        high = min(bins - 1, int(np.ceil(HIGHEST_PITCH / bin_width)))
        if low >= high:
            return
        band = power[..., low - 1 : high + 1].cpu().numpy()
        floor = (PEAK_THRESHOLD * power.amax(dim=-1, keepdim=True)).cpu().numpy()
        heights, steps = _votes(*_peaks(band, floor, low), bin_width, self.bins_per_octave)
        self._heights.append(heights)
        self._steps.append(steps)

    def winner(self) -> float:
        """In fractions of a chroma bin, from −0.5 up to 0.49; 0 where there is no peak."""
        heights = np.concatenate([np.empty(0, np.float32), *self._heights])
        if not len(heights):
            return 0.0
        steps = np.concatenate(self._steps)[heights >= np.median(heights)]
        votes = np.bincount(steps, minlength=STEPS)
        return float(np.linspace(-0.5, 0.5, STEPS + 1)[votes.argmax()])


def _peaks(band: np.ndarray, floor: np.ndarray, low: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The bin of each local maximum above its frame's floor, and the power left of it, there, and right of it."""
    # Loud bins are few: look for them first, and for peaks only among them.
    frame, bin_ = divmod(np.flatnonzero(band[:, 1:-1] > floor), band.shape[1] - 2)
    left, middle, right = (band[frame, bin_ + k] for k in range(3))
    is_peak = (middle > left) & (middle >= right)
    return bin_[is_peak] + low, left[is_peak], middle[is_peak], right[is_peak]


def _votes(
    bin_: np.ndarray, left: np.ndarray, middle: np.ndarray, right: np.ndarray, bin_width: float, bins_per_octave: int
) -> tuple[np.ndarray, np.ndarray]:
    """The height of each peak, and its distance from the nearest semitone in steps from the lowest possible."""
    # 32 and 64 bits alternate as in librosa: rounded otherwise, some votes fall on the other side of a cent.
    curvature = left + right - 2 * middle.astype(np.float64)
    slope = (right - left) / 2
    shift = np.zeros(len(bin_), np.float32)
    np.divide(-slope, curvature, out=shift, where=np.abs(slope) < np.abs(curvature), casting="same_kind")
    height = middle + 0.5 * slope * shift
    pitch = ((bin_ + shift) * bin_width).astype(np.float32)
    distance = np.mod(bins_per_octave * np.log2(pitch / (440 / 16)), 1)
    distance[distance >= 0.5] -= 1
    return height, ((distance.astype(np.float64) + 0.5) * STEPS).astype(np.uint8)
