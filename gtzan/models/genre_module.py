"""What the classifier and the generator have in common as LightningModules."""

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torchmetrics import Metric

from gtzan.data.datamodule import Batch, GenreDataModule
from gtzan.models.instantiation import instantiate_from


class Standardiser(nn.Module):
    """Subtracts the training tracks' mean, divides by their standard deviation; a checkpoint has both, as buffers."""

    mean: Tensor
    std: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape))

    def fit(self, mean: Tensor, std: Tensor) -> None:
        self.mean.copy_(mean)
        self.std.copy_(std)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class GenreModule(LightningModule):
    """Optimises ``net``, and logs the metrics of training and validation once an epoch.

    Subclasses set ``net``, ``standardiser`` and the two metrics, and define ``step``.

    Attributes:
        train_scores, val_scores: metrics whose ``compute`` returns a dictionary.
    """

    net: nn.Module
    standardiser: Standardiser
    train_scores: Metric
    val_scores: Metric

    def initialise(self, datamodule: GenreDataModule) -> None:
        """Set what follows from the training tracks alone, before the first epoch."""
        self.standardiser.fit(*datamodule.statistics())

    def step(self, batch: Batch, scores: Metric) -> Tensor:
        """The loss of a batch, after updating ``scores`` with it."""
        raise NotImplementedError

    def training_step(self, batch: Batch, _: int) -> Tensor:
        return self.step(batch, self.train_scores)

    def validation_step(self, batch: Batch, _: int) -> None:
        self.step(batch, self.val_scores)

    def on_train_epoch_end(self) -> None:
        self._log_scores("train", self.train_scores)

    def on_validation_epoch_end(self) -> None:
        self._log_scores("val", self.val_scores)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        settings = dict(self.hparams["optimizer"])
        if settings.get("fused") and self.trainer.gradient_clip_val and "mixed" in self.trainer.precision:
            settings["fused"] = False  # else Lightning refuses to clip: it may be the optimizer that unscales gradients
        return instantiate_from(settings, "optimizer", params=self.net.parameters())

    def _log_scores(self, stage: str, scores: Metric) -> None:
        # From sums, once an epoch: Lightning's logging of every step costs more than a step of the Dense net.
        self.log_dict({f"{stage}/{name}": value for name, value in scores.compute().items()})
        scores.reset()
