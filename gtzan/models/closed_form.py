"""The LightningModule of nets whose weights have a closed form."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gtzan.data.datamodule import GenreDataModule
from gtzan.errors import UserError
from gtzan.models.classifier import Classifier
from gtzan.models.nets.lda import TooFewExamples


class ClosedFormClassifier(Classifier):
    """A classifier whose net has a method ``fit(x, y, class_weights)``, which sets its weights before the first epoch.

    Epochs measure and change nothing: one is enough. Everything else, checkpoints and prediction included, is a
    classifier's.
    """

    def initialise(self, datamodule: GenreDataModule) -> None:
        """Fit the net.

        Raises:
            UserError: too few segments for it.
        """
        super().initialise(datamodule)
        batch = datamodule.train[np.arange(len(datamodule.train))]
        try:
            self.net.fit(self.standardiser(batch.x), batch.y, self.class_weights)  # type: ignore[operator]
        except TooFewExamples as error:
            raise UserError(f"{error}: add tracks, or lower segment_seconds or hop_seconds.") from error

    def optimizer_step(
        self, epoch: int, batch_idx: int, optimizer: Any, optimizer_closure: Callable[[], Any] | None = None
    ) -> None:
        """Take the loss, and leave the weights as they are."""
        if optimizer_closure is not None:
            optimizer_closure()
