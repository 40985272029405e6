"""Augmentation of training segments: on features, on the device, and a function of (seed, epoch)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Augmentation(nn.Module):
    """Changes a batch of segments and its labels at random; a term of 0 is off.

    ``mixup`` and ``label_smoothing`` take any segments, the other terms log-mel spectrograms.

    Random numbers are drawn on the CPU from torch's generator, which ``SeedEveryEpoch`` seeds, so that they are the
    same on every device and a resumed run goes on with them; the batch never leaves its device.

    Args:
        mixup: each segment is blended with another of the batch, as are their labels, with weights drawn from
            Beta(``mixup``, ``mixup``) (Zhang et al. 2018, "mixup: beyond empirical risk minimization").
        label_smoothing: share of a label that is spread evenly over all genres (Szegedy et al. 2016).
        gain: greatest change of a segment's level, in dB.
        mel_shift: greatest shift up or down, in mel bands; at the edge the last band is repeated.
        time_stretch: greatest change of tempo, as a share: 0.1 is from 1 / 1.1 to 1.1 times as fast. It keeps the
            segment's length, repeating frames at the edge where it runs out of them.
        band_mask: greatest share of neighbouring bands that are replaced by their training mean; with ``time_mask``,
            SpecAugment (Park et al. 2019).
        time_mask: likewise of neighbouring frames.
    """

    def __init__(
        self,
        mixup: float = 0.0,
        label_smoothing: float = 0.0,
        gain: float = 0.0,
        mel_shift: float = 0.0,
        time_stretch: float = 0.0,
        band_mask: float = 0.0,
        time_mask: float = 0.0,
    ) -> None:
        super().__init__()
        self.mixup, self.label_smoothing = mixup, label_smoothing
        self.gain, self.mel_shift, self.time_stretch = gain, mel_shift, time_stretch
        self.band_mask, self.time_mask = band_mask, time_mask

    def forward(self, x: Tensor, y: Tensor, n_classes: int, fill: Tensor) -> tuple[Tensor, Tensor]:
        """An augmented batch.

        Args:
            x: ``(batch, ...)``; for the spectral terms ``(batch, 1, bands, frames)``, in dB, not yet standardised.
            y: ``(batch,)``, genre numbers.
            n_classes: genres there are.
            fill: what masked places are set to, broadcast with ``x``: the training mean.

        Returns:
            Segments like ``x``, and the probabilities of genres that a net should give for them,
            ``(batch, n_classes)``.
        """
        if self.mel_shift or self.time_stretch:
            x = self._warp(x)
        if self.gain:
            x = x + _uniform(-self.gain, self.gain, x)
        if self.band_mask:
            x = torch.where(_gap(x, 2, self.band_mask), fill, x)
        if self.time_mask:
            x = torch.where(_gap(x, 3, self.time_mask), fill, x)
        targets = F.one_hot(y, n_classes).to(x)
        if self.mixup:
            share = torch.distributions.Beta(self.mixup, self.mixup).sample((len(x),)).to(x)
            other = torch.randperm(len(x)).to(x.device)
            x = torch.lerp(x[other], x, share.view(-1, *[1] * (x.dim() - 1)))
            targets = torch.lerp(targets[other], targets, share[:, None])
        return x, targets * (1 - self.label_smoothing) + self.label_smoothing / n_classes

    def _warp(self, x: Tensor) -> Tensor:
        """Shift and stretch in one interpolation."""
        whole = x.float()  # in half precision, a place would be wrong by several frames
        shift = _uniform(-self.mel_shift, self.mel_shift, whole).flatten()
        stretch = (1 + self.time_stretch) ** _uniform(-1, 1, whole).flatten()
        # Rows say which frame and which band of the input, from -1 to 1, is found where.
        where = torch.zeros(len(x), 2, 3, device=x.device)
        where[:, 0, 0], where[:, 1, 1], where[:, 1, 2] = stretch, 1, -2 * shift / x.shape[2]
        with torch.autocast(x.device.type, enabled=False):
            grid = F.affine_grid(where, list(x.shape), align_corners=False)
            return F.grid_sample(whole, grid, padding_mode="border", align_corners=False).to(x.dtype)


def _uniform(low: float, high: float, x: Tensor) -> Tensor:
    """A random number for each spectrogram of ``x``, ``(batch, 1, 1, 1)``."""
    return torch.empty(len(x), 1, 1, 1).uniform_(low, high).to(x)


def _gap(x: Tensor, dim: int, share: float) -> Tensor:
    """Where each spectrogram has a gap along ``dim`` of at most ``share`` of it, at a random place."""
    length = x.shape[dim]
    width = _uniform(0, share * length, x)
    start = _uniform(0, 1, x) * (length - width)
    place = torch.arange(length, device=x.device).view(-1, *[1] * (3 - dim))
    return (place >= start) & (place < start + width)
