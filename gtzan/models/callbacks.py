"""Callbacks: seeds, averaged weights, the history of metrics, the best checkpoint."""

import logging
import time

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, Checkpoint, ModelCheckpoint, WeightAveraging
from torch import Tensor

from gtzan.data.datamodule import datamodule_of

log = logging.getLogger(__name__)

NOT_STOPPED = -1  # by early stopping; Lightning's 0 is a training's first epoch, too
LOGGED = ("train/loss", "train/accuracy", "train/mse", "val/loss", "val/accuracy", "val/mse")


class SeedEveryEpoch(Callback):
    """Seeds torch before each epoch, so that dropout is a function of (seed, epoch) and resuming changes nothing.

    Of several processes, each has numbers of its own.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        torch.manual_seed((trainer.global_rank << 48) + self.seed * 1_000_003 + trainer.current_epoch)


class StayStopped(Callback):
    """Ends a resumed training at once if early stopping had already ended it."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for callback in trainer.early_stopping_callbacks:  # before a checkpoint's state is loaded
            callback.stopped_epoch = NOT_STOPPED

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        last = trainer.current_epoch - 1
        if any(0 <= callback.stopped_epoch == last for callback in trainer.early_stopping_callbacks):
            trainer.should_stop = True


class AverageWeights(WeightAveraging):
    """Validates, tests and saves an exponential moving average of the weights: no last step's noise, and no schedule.

    Unlike a learning rate that falls towards the last epoch, it leaves epoch 20 the same whether 20 or 100 are asked
    for.

    Args:
        steps: the average's time constant; it is shorter at the start, a tenth of the steps so far.
    """

    def __init__(self, steps: int = 200) -> None:
        super().__init__(use_buffers=True, avg_fn=self.average)
        self.steps = steps

    def average(self, average: Tensor, current: Tensor, n_averaged: Tensor) -> Tensor:
        weight = max(1 / self.steps, 10 / (float(n_averaged) + 10))
        return average + weight * (current - average)


class History(Checkpoint):
    """The metrics of every epoch, carried in the checkpoint, so that the curves of a resumed run have no gap.

    It is a ``Checkpoint`` because only those are called after the module has logged its epoch. A line in the log every
    half minute shows the progress of training where there is no progress bar.

    Attributes:
        rows: one dictionary for each epoch, with ``epoch`` from 1 and metrics such as ``val/accuracy``.
        earlier: seconds that earlier sessions of a resumed run have trained for, up to the checkpoint.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.earlier = 0.0
        self.started = self.last_log_time = time.monotonic()
        self.first_epoch = 0
        self.validated = -1

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.started, self.first_epoch = time.monotonic(), trainer.current_epoch

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.validated = trainer.current_epoch

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if self.validated != trainer.current_epoch:  # Lightning goes on showing the numbers of the last validation
            metrics = {name: value for name, value in metrics.items() if not name.startswith("val/")}
        self.rows.append({"epoch": trainer.current_epoch + 1, **metrics})
        now, done, epochs = time.monotonic(), trainer.current_epoch + 1, trainer.max_epochs or 0
        if now - self.last_log_time > 30:
            self.last_log_time = now
            minutes = (epochs - done) * (now - self.started) / (done - self.first_epoch) / 60
            progress = f"of {epochs}, about {minutes:.0f} min left" if epochs >= done else "so far"
            values = ", ".join(f"{name} {metrics[name]:.3f}" for name in LOGGED if name in metrics)
            log.info("epoch %d %s: %s", done, progress, values)

    def state_dict(self) -> dict:
        return {"rows": self.rows, "seconds": self.earlier + time.monotonic() - self.started}

    def load_state_dict(self, state_dict: dict) -> None:
        self.rows = state_dict["rows"]
        self.earlier = state_dict.get("seconds", 0.0)  # which older checkpoints lack


class BestOnValidation(ModelCheckpoint):
    """Keeps the epoch that is best on validation tracks, where the split has a validation part of its own.

    On a two-part split it keeps nothing: to choose an epoch on the held-out part would flatter it.
    """

    def __init__(self, dirpath: str, monitor: str = "val/accuracy", mode: str = "max") -> None:
        super().__init__(dirpath, filename="best", monitor=monitor, mode=mode, enable_version_counter=False)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if datamodule_of(trainer).chooses:
            super().on_validation_end(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if datamodule_of(trainer).chooses:
            super().on_train_epoch_end(trainer, pl_module)

    def load_state_dict(self, state_dict: dict) -> None:
        # Lightning forgets the best score when a run's folder was moved; here it is the same file in a new place.
        best = f"{self.dirpath}/best.ckpt"
        moved = {"dirpath": str(self.dirpath), "best_model_path": best, "kth_best_model_path": best}
        scores = dict.fromkeys([best][: len(state_dict["best_k_models"])], state_dict["best_model_score"])
        super().load_state_dict({**state_dict, **moved, "best_k_models": scores})
