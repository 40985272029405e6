"""Keras' default initialisation, which the paper's networks were trained from.

PyTorch's own default draws smaller weights and random biases, and is slow to leave them at the paper's learning rate of
1e-4.
"""

from torch import nn


def glorot_(net: nn.Module) -> None:
    """Glorot-uniform weights (Glorot & Bengio 2010), zero biases, in every linear and convolution layer of ``net``."""
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
