"""The paper's dense classifier."""

from collections.abc import Sequence

from torch import Tensor, nn

from gtzan.models.nets.glorot import glorot_


class Dense(nn.Module):
    """Fully connected layers (512 → 256 → 128) with ReLU, dropout between them.

    Maps standardised feature matrices ``(batch, n_features)`` to logits ``(batch, n_classes)``.

    Args:
        input_shape: of one example: ``(n_features,)``.
        dropout: after each hidden layer but the last, as in the peer; the logits see undisturbed features.
    """

    def __init__(
        self, input_shape: Sequence[int], n_classes: int, hidden: Sequence[int] = (512, 256, 128), dropout: float = 0.3
    ) -> None:
        super().__init__()
        (width,) = input_shape
        layers: list[nn.Module] = []
        for size in hidden:
            if layers:
                layers.append(nn.Dropout(dropout))
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        self.layers = nn.Sequential(*layers, nn.Linear(width, n_classes))
        glorot_(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
