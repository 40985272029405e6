"""The paper's convolutional classifier."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gtzan.models.nets.glorot import glorot_

POOLINGS = ("flatten", "mean")


class Cnn(nn.Module):
    """Three same-padded 3 × 3 convolutions (64 → 128 → 256), each with ReLU and 2 × 2 max pooling, then a dense layer.

    Maps standardised MFCCs ``(batch, 1, n_mfcc, frames)`` to logits ``(batch, n_classes)``. The default arguments make
    the paper's network.

    Args:
        input_shape: of one example: ``(1, n_mfcc, frames)``.
        dropout: before the dense layer and before the logits.
        batch_norm: after each convolution.
        pooling: what the dense layer sees: ``"flatten"``, every position of the last map; ``"mean"``, each channel's
            mean, which makes the net indifferent to the number of frames.

    Raises:
        ValueError: an input too small to be halved once per convolution, or an unknown pooling.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        n_classes: int,
        channels: Sequence[int] = (64, 128, 256),
        hidden: int = 128,
        dropout: float = 0.0,
        batch_norm: bool = False,
        pooling: str = "flatten",
    ) -> None:
        super().__init__()
        width, n_mfcc, frames = input_shape
        smallest = 2 ** len(channels)
        if min(n_mfcc, frames) < smallest:
            raise ValueError(
                f"Cnn needs at least {smallest} MFCCs and {smallest} frames per segment to halve both "
                f"{len(channels)} times, not {n_mfcc} and {frames}."
            )
        if pooling not in POOLINGS:
            raise ValueError(f"pooling={pooling} is unknown: choose from {', '.join(POOLINGS)}.")
        self.pooling = pooling
        layers: list[nn.Module] = []
        for filters in channels:
            layers.append(nn.Conv2d(width, filters, 3, padding="same", bias=not batch_norm))
            if batch_norm:
                layers.append(nn.BatchNorm2d(filters))
            # ReLU commutes with max pooling, and after it there is a quarter of the work.
            layers += [nn.MaxPool2d(2), nn.ReLU()]
            width = filters
        self.convolutions = nn.Sequential(*layers)
        if pooling == "flatten":
            width *= (n_mfcc // smallest) * (frames // smallest)
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, n_classes)
        )
        glorot_(self)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this overload

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolutions(x.contiguous(memory_format=torch.channels_last))
        x = x.mean((2, 3)) if self.pooling == "mean" else x.flatten(1)
        return self.head(x)
