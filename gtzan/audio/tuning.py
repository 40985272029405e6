"""How far a recording is tuned away from A440, estimated as ``librosa.estimate_tuning`` does.

Chroma without it smears every note of a detuned recording over two pitch classes. Spectral peaks between 150 Hz and
4 kHz are refined by parabolic interpolation (J. O. Smith, "Spectral Audio Signal Processing", "Quadratic interpolation
of spectral peaks"); the louder half of them votes, in steps of one cent, on its distance from the nearest semitone.
"""

import torch
from torch import Tensor

LOWEST_PITCH, HIGHEST_PITCH = 150.0, 4000.0  # Hz; above and below, peaks are rarely notes
PEAK_THRESHOLD = 0.1  # of the frame's strongest bin
STEPS = 100  # of a semitone


def estimate_tuning(power: Tensor, peak: Tensor, sample_rate: int, bins_per_octave: int = 12) -> list[float]:
    """The tuning of every clip of a batch, in fractions of a chroma bin, from −0.5 up to 0.49.

    Args:
        power: power spectrograms ``(batch, frames, bins)``, with bins from 0 Hz to half the sample rate.
        peak: the largest value of every frame, ``(batch, frames)``.
        sample_rate: in Hz.
        bins_per_octave: chroma bins, 12 for semitones.

    A clip without any peak, such as silence, has the tuning 0.
    """
    bin_width = sample_rate / 2 / (power.shape[-1] - 1)
    # As in librosa, a peak has to lie below half the sample rate too; the bins at both ends have no two neighbours.
    bins = torch.arange(1, power.shape[-1] - 1)
    bins = bins[(bins * bin_width >= LOWEST_PITCH) & (bins * bin_width < HIGHEST_PITCH)]
    if not len(bins):
        return [0.0] * len(power)
    low, high = int(bins[0]), int(bins[-1]) + 1
    return [
        _clip_tuning(*args, low, bin_width, bins_per_octave)
        for args in zip(power[..., low - 1 : high + 1], peak, strict=True)
    ]


def _clip_tuning(power: Tensor, peak: Tensor, low: int, bin_width: float, bins_per_octave: int) -> float:
    centre = power[:, 1:-1]
    is_peak = (centre > PEAK_THRESHOLD * peak[:, None]) & (centre > power[:, :-2]) & (centre >= power[:, 2:])
    frame, bin_ = is_peak.nonzero(as_tuple=True)
    if not len(frame):
        return 0.0
    left, middle, right = (power[frame, bin_ + k].double() for k in range(3))
    curvature = left + right - 2 * middle
    slope = (right - left) / 2
    shift = torch.where(slope.abs() < curvature.abs(), -slope / curvature, 0.0)
    height = (middle + 0.5 * slope * shift).float()
    pitch = ((bin_ + low + shift) * bin_width).float()

    # librosa keeps pitches in 32 bits, and so must the vote: in 64 bits some of them fall on the other side of a cent.
    pitch = pitch[height >= _median(height)]
    distance = torch.remainder(bins_per_octave * torch.log2(pitch / (440 / 16)), 1)
    distance = torch.where(distance >= 0.5, distance - 1, distance)
    votes = torch.bincount(((distance.double() + 0.5) * STEPS).long().clamp(max=STEPS - 1), minlength=STEPS)
    return (int(votes.argmax()) - STEPS // 2) / STEPS


def _median(values: Tensor) -> Tensor:
    """The median as NumPy has it: the mean of the two middle values of an even number (torch takes the lower one)."""
    lower = values.median()
    if len(values) % 2 or (values <= lower).sum() > len(values) // 2:
        return lower
    return (lower + values[values > lower].min()) / 2
