"""A net's input from a segment's features: the frames in order, as MFCCs or log-mels, or numbers that sum them up.

They are chosen in the model's configuration, used by the data module and by prediction alike, and travel in the
checkpoint as plain settings.
"""

from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import cache
from typing import get_args

import torch
from torch import Tensor

from gtzan.audio._torchaudio import torchaudio
from gtzan.audio.features import feature_matrix
from gtzan.data.blocks import block_features
from gtzan.errors import UserError

EVERY_FEATURE = (
    "mfcc",
    "chroma",
    "spectral_centroid",
    "spectral_bandwidth",
    "spectral_rolloff",
    "zero_crossing_rate",
)


@dataclass(frozen=True)
class Frames:
    """Frames in order, as a picture with one channel: ``(batch, frames, columns)`` to ``(batch, 1, columns, frames)``.

    Attributes:
        features: the names of the features, which give the columns.
    """

    features: SequenceOf[str] = ("mfcc",)
    pooled_dims = (0, 3)  # what the standardiser averages over: it keeps one mean for each column

    def __call__(self, frames: Tensor) -> Tensor:
        return frames.transpose(1, 2).unsqueeze(1)


@dataclass(frozen=True)
class Statistics:
    """The paper's feature matrix: ``(batch, frames, columns)`` to ``(batch, columns * len(statistics))``.

    Attributes:
        features: the names of the features, which give the columns.
        statistics: over a segment's frames: ``mean`` (the paper's), ``std``, ``delta_std`` (see ``feature_matrix``).
    """

    features: SequenceOf[str] = EVERY_FEATURE
    statistics: SequenceOf[str] = ("mean",)
    pooled_dims = (0,)

    def __call__(self, frames: Tensor) -> Tensor:
        return feature_matrix(frames, tuple(self.statistics))


@dataclass(frozen=True)
class LogMels:
    """The log-mel spectrogram as a picture: ``(batch, frames, n_mfcc)`` to ``(batch, 1, bands, frames)``, in dB.

    It is the inverse DCT of the MFCCs, exact where there are as many of them as mel bands (``n_mfcc=n_mels``), so that
    it needs no feature of its own. As in the MFCCs, nothing lies more than 80 dB below the clip's loudest band.

    Attributes:
        bands: averages neighbouring mel bands, in dB, until so many are left; ``None`` keeps all.
    """

    bands: int | None = None
    features = ("mfcc",)
    pooled_dims = (0, 3)

    def __call__(self, frames: Tensor) -> Tensor:
        decibels = log_mels(frames)
        if self.bands is not None:
            if decibels.shape[-1] % self.bands:
                raise UserError(f"{decibels.shape[-1]} mel bands cannot be averaged to {self.bands}: choose a divisor.")
            decibels = decibels.unflatten(-1, (self.bands, -1)).mean(dim=-1)
        return decibels.transpose(1, 2).unsqueeze(1)


@dataclass(frozen=True)
class Blocks:
    """Block-level features: ``(batch, frames, n_mfcc)`` to ``(batch, n)``; see :mod:`gtzan.data.blocks`.

    Like log-mel spectrograms, they need as many MFCCs as mel bands (``n_mfcc=n_mels``).
    """

    features = ("mfcc",)
    pooled_dims = (0,)

    def __call__(self, frames: Tensor) -> Tensor:
        return block_features(frames, log_mels(frames))


View = Frames | Statistics | LogMels | Blocks
VIEWS: tuple[type, ...] = get_args(View)


def log_mels(mfcc: Tensor) -> Tensor:
    """The log-mel spectrogram ``(…, n_mels)``, in dB, of as many MFCCs as there are mel bands, ``(…, n_mels)``."""
    return mfcc @ _dct(mfcc.shape[-1]).T.to(mfcc)


@cache
def _dct(n_mels: int) -> Tensor:
    """The orthonormal DCT-II that MFCCs are made with, ``(n_mels, n_mels)``."""
    with torch.inference_mode(False):  # whoever asks first, others compute gradients with it
        return torchaudio.functional.create_dct(n_mels, n_mels, norm="ortho")


def mean_and_std(batches, dims: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over ``dims`` of many batches, in float64 and one pass; a constant's deviation is 1.

    Returns:
        Two float32 tensors with the shape of one example, its pooled axes of length 1.
    """
    count = 0
    total = squares = torch.zeros((), dtype=torch.float64)
    for batch in batches:
        x = batch.double()
        count += x.numel() // x.sum(dims).numel()
        total = total + x.sum(dims, keepdim=True)
        squares = squares + x.square().sum(dims, keepdim=True)
    mean = total / count
    std = (squares / count - mean.square()).clamp_min(0).sqrt()
    std = torch.where(std > 1e-6 * mean.abs().clamp_min(1e-3), std, torch.ones_like(std))
    return mean[0].float(), std[0].float()
