"""Stop training when the loss or a weight is no longer finite."""

from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint, ModelCheckpoint

from gtzan.errors import UserError
from gtzan.models.checkpoint_files import LAST


class StopOnDivergence(Checkpoint):
    """Stops training when the loss or a weight is not finite, before the epoch's checkpoint would replace a good one.

    It is a ``Checkpoint`` because those are called after the module has logged its epoch; it must stand before the
    others of its kind, which write files.

    Raises:
        UserError: names the epoch and the last good checkpoint.
    """

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.sanity_checking:
            self._check_loss(trainer, "val/loss")

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._check_loss(trainer, "train/loss")

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        if not all_finite(checkpoint["state_dict"]) or not all_finite(checkpoint.get("current_model_state", {})):
            raise UserError(_message("a weight", trainer))

    @staticmethod
    def _check_loss(trainer: Trainer, name: str) -> None:
        loss = trainer.callback_metrics.get(name)
        if loss is not None and not torch.isfinite(loss):
            raise UserError(_message("loss", trainer))


def all_finite(state: dict[str, Any]) -> bool:
    """Whether no tensor of a state dictionary holds NaN or an infinite number."""
    return all(bool(torch.isfinite(value).all()) for value in state.values() if torch.is_tensor(value))


def _message(what: str, trainer: Trainer) -> str:
    folders = [Path(c.dirpath) for c in trainer.checkpoint_callbacks if isinstance(c, ModelCheckpoint) and c.dirpath]
    good = next((folder / LAST for folder in folders if (folder / LAST).exists()), None)
    lr = trainer.optimizers[0].param_groups[0]["lr"]
    return (
        f"{what} is not finite in epoch {trainer.current_epoch + 1}; "
        f"{f'the last good checkpoint is {good}' if good else 'there is no good checkpoint yet'}. "
        f"Try a learning rate lower than lr={lr:g}."
    )
