"""Block-level features: what a passage of some seconds sounds like, in some 1,700 numbers.

After Seyerlehner, Widmer and Pohle, *Fusing block-level features for music similarity estimation*, DAFx 2010: spectral
shape and contrast, rhythm by its modulation spectrum, and how bands move together; with mel bands for their cent scale.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

BANDS = 32  # averages of neighbouring mel bands
COEFFICIENTS = 20  # MFCCs
BLOCK = 256  # frames of a modulation spectrum, 5.9 s at the default rate
MODULATIONS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 26, 32, 42, 52, 66, 84, 108, 129)
"""Edges of the bands of modulation frequency, in bins of a block's transform: 0.17 to 21.5 Hz at the default rate."""
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
RISES = (0.5, 0.9, 0.98)
STEP = 3  # frames over which bands rise
NEIGHBOURS = 8  # mel bands whose peaks and valleys are compared
MIN_DEVIATION = 1e-3  # dB: below, a band is silent


def block_features(mfcc: Tensor, decibels: Tensor) -> Tensor:
    """Features ``(batch, n)`` of passages, one after the other: MFCCs, modulations, levels, rises, contrast, bands.

    Args:
        mfcc: ``(batch, frames, n_mels)``; frames from 4 up.
        decibels: the log-mel spectrogram, of the same shape.
    """
    bands = decibels.unflatten(-1, (BANDS, -1)).mean(dim=-1)
    parts = [
        mfcc_statistics(mfcc[..., :COEFFICIENTS]),
        modulation_spectrum(bands),
        percentiles(bands, LEVELS),
        percentiles((bands[:, STEP:] - bands[:, :-STEP]).clamp_min(0), RISES),
        spectral_contrast(decibels),
        band_correlations(bands),
    ]
    return torch.cat(parts, dim=1)


def mfcc_statistics(mfcc: Tensor) -> Tensor:
    """Mean, deviation, mean absolute slope and its deviation, and covariances: ``(batch, 4 k + k (k + 1) / 2)``."""
    slope = mfcc[:, 2:] - mfcc[:, :-2]
    moments = [mfcc.mean(dim=1), mfcc.std(dim=1, correction=0), slope.abs().mean(dim=1), slope.std(dim=1, correction=0)]
    row, column = torch.triu_indices(mfcc.shape[-1], mfcc.shape[-1])
    return torch.cat([*moments, _covariance(mfcc)[:, row, column]], dim=1)


def modulation_spectrum(bands: Tensor) -> Tensor:
    """Log power of each band's fluctuations by their frequency, mean over half-overlapping blocks: ``(batch, b m)``."""
    length = min(BLOCK, bands.shape[1])
    blocks = bands.unfold(1, length, max(1, length // 2))  # (batch, blocks, bands, length)
    blocks = (blocks - blocks.mean(dim=-1, keepdim=True)) * torch.hann_window(length, device=bands.device)
    power = torch.fft.rfft(blocks, n=BLOCK, dim=-1).abs().square()
    grouped = torch.stack([power[..., low:high].mean(dim=-1) for low, high in pairwise(MODULATIONS)], dim=-1)
    return grouped.log1p().mean(dim=1).flatten(1)


def percentiles(bands: Tensor, levels: tuple[float, ...]) -> Tensor:
    """The levels that a band stays below for a share of the time: ``(batch, len(levels) * bands)``."""
    rows = [round(level * (bands.shape[1] - 1)) for level in levels]
    return _ordered(bands.mT)[..., rows].mT.flatten(1)


def spectral_contrast(decibels: Tensor) -> Tensor:
    """Mean and deviation of how far peaks stand above valleys among neighbouring mel bands, in dB."""
    levels = _ordered(decibels.unflatten(-1, (-1, NEIGHBOURS)))
    contrast = levels[..., -2:].mean(dim=-1) - levels[..., :2].mean(dim=-1)
    return torch.cat([contrast.mean(dim=1), contrast.std(dim=1, correction=0)], dim=1)


def band_correlations(bands: Tensor) -> Tensor:
    """Correlations of every two bands over time: ``(batch, b (b - 1) / 2)``; those with a silent band are 0."""
    covariance = _covariance(bands)
    deviation = covariance.diagonal(dim1=1, dim2=2).clamp_min(0).sqrt().clamp_min(MIN_DEVIATION)
    row, column = torch.triu_indices(bands.shape[-1], bands.shape[-1], offset=1)
    return covariance[:, row, column] / (deviation[:, row] * deviation[:, column])


def _ordered(x: Tensor) -> Tensor:
    """Sorted along the last axis; by NumPy where it can be, which is ten times as fast on CPUs."""
    if torch.compiler.is_exporting():  # ONNX has no sort
        return x.topk(x.shape[-1], largest=False).values
    if x.device.type == "cpu" and not x.requires_grad:
        return torch.from_numpy(np.sort(x.numpy()))
    return x.sort(dim=-1).values


def _covariance(x: Tensor) -> Tensor:
    centred = x - x.mean(dim=1, keepdim=True)
    return centred.mT @ centred / x.shape[1]
