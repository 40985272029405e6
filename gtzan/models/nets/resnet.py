"""A residual convolutional classifier of spectrograms."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """Two 3 × 3 convolutions with batch norm, added to their input (He et al. 2016, the basic block).

    Maps ``(batch, width, bands, frames)`` to ``(batch, channels, bands / stride, frames / stride)``, rounded up. Where
    the shape changes, the input passes a 1 × 1 convolution.
    """

    def __init__(self, width: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, channels, 3, stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.stride = stride
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(width, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.first_norm(self.first(x)))
        # Strided 1 × 1 convolutions of one channel, channels last, write outside their memory on CPUs (torch 2.13,
        # oneDNN 3.12): the same places are taken first, and convolved without a stride.
        places = x[..., :: self.stride, :: self.stride]
        return functional.relu(self.second_norm(self.second(y)) + self.shortcut(places))


class Resnet(nn.Module):
    """One residual block for each number of channels, each halving bands and frames, then the mean over the last map.

    Maps standardised log-mel spectrograms ``(batch, 1, bands, frames)`` to logits ``(batch, n_classes)``, of any number
    of bands and frames.

    Args:
        input_shape: of one example: ``(1, bands, frames)``.
        channels: of the blocks, in order.
        dropout: before the logits.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        n_classes: int,
        channels: Sequence[int] = (24, 48, 96, 160),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        width = input_shape[0]
        blocks: list[nn.Module] = []
        for filters in channels:
            blocks.append(Residual(width, filters, stride=2))
            width = filters
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, n_classes))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this overload

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x.contiguous(memory_format=torch.channels_last))
        return self.head(x.mean((2, 3)))
