"""From checkpoint files to the models in them."""

from pathlib import Path

import torch
from lightning import LightningModule

from gtzan.errors import UserError


def load(cls: type[LightningModule], path: str | Path, what: str) -> LightningModule:
    """Rebuild a model from its checkpoint alone, which is read as data: it cannot run code.

    Args:
        cls: what the checkpoint should be of.
        path: the checkpoint file.
        what: the same in words, for the error.

    Raises:
        UserError: not a checkpoint, or one of something else.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # which one depends on the bytes: to the unpickler, any file is a program
        raise UserError(f"{path} is no checkpoint that can be read safely.") from error
    try:
        model = cls(**checkpoint["hyper_parameters"])
        model.load_state_dict(checkpoint["state_dict"])
    except (KeyError, IndexError, TypeError, RuntimeError) as error:
        raise UserError(f"{path} is a checkpoint of something else than {what}.") from error
    return model.eval()


def restore(model: LightningModule, path: Path) -> None:
    """Give a model the weights of its run's checkpoint.

    Not by Lightning, which would restore the callbacks too: the history, and the weights before averaging.
    """
    model.load_state_dict(torch.load(path, weights_only=True, map_location="cpu")["state_dict"])
