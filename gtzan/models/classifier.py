"""The LightningModule that trains and evaluates any net."""

import torch
import torch.nn.functional as F
from hydra.utils import get_class
from torch import Tensor, nn
from torchmetrics import Metric

from gtzan.data.datamodule import Batch, datamodule_of
from gtzan.data.views import VIEWS
from gtzan.errors import UserError, first_line
from gtzan.models.augmentation import Augmentation
from gtzan.models.genre_module import GenreModule, Standardiser
from gtzan.models.metrics import Scores


class Classifier(GenreModule):
    """Standardiser and net, cross-entropy, and the scores of every stage.

    Every argument is a plain Python type, so that a checkpoint loads with ``weights_only=True`` and rebuilds all of it.

    Args:
        net: ``_target_``, an ``nn.Module`` class that takes ``input_shape`` and ``n_classes``, and its other arguments.
        view: ``_target_``, one of :mod:`gtzan.data.views`, and its arguments.
        input_shape: of one example, without the batch.
        classes: genre names, in the order of the logits.
        features: arguments of the feature extractor.
        segment_seconds: length of the segments it is trained on.
        optimizer: ``_target_`` and arguments of a torch optimizer.
        corpus: label of the corpus it is trained on, to be named wherever its predictions appear.
        class_weights: of each genre in the training loss; ``None`` for equal ones.
        augment: arguments of :class:`gtzan.models.augmentation.Augmentation`; ``None`` trains on segments as they are.

    Raises:
        UserError: a ``_target_`` that is not what it should be.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        net: dict,
        view: dict,
        input_shape: list[int],
        classes: list[str],
        features: dict,
        segment_seconds: float,
        optimizer: dict,
        corpus: str,
        class_weights: list[float] | None = None,
        augment: dict | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        weights = None if class_weights is None else torch.tensor(class_weights)
        self.register_buffer("class_weights", weights, persistent=False)  # a hyper-parameter already
        self.augmentation = None if augment is None else Augmentation(**augment)
        self.view = build(view, VIEWS)
        self.net = build(net, (nn.Module,), input_shape=tuple(input_shape), n_classes=len(classes))
        pooled = self.view.pooled_dims
        self.standardiser = Standardiser(tuple(1 if i + 1 in pooled else n for i, n in enumerate(input_shape)))

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``(batch, n_classes)`` of raw segments ``(batch, *input_shape)``."""
        return self.net(self.standardiser(x))

    def setup(self, stage: str) -> None:
        n_tracks = len(datamodule_of(self.trainer).store.corpus.tracks)
        self.train_scores = Scores(len(self.hparams["classes"]), n_tracks)
        self.val_scores = Scores(len(self.hparams["classes"]), n_tracks)

    def predict_step(self, batch: Batch, _: int) -> tuple[Tensor, Tensor, Tensor]:
        with torch.autocast(batch.x.device.type, enabled=False):  # as the predictor, whatever it was trained in
            return self(batch.x).float(), batch.y, batch.track

    def training_step(self, batch: Batch, _: int) -> Tensor:
        if self.augmentation is None:
            return self.step(batch, self.train_scores)
        x, targets = self.augmentation(batch.x, batch.y, len(self.hparams["classes"]), self.standardiser.mean)
        return self._loss(x, targets, batch, self.train_scores)

    def step(self, batch: Batch, scores: Metric) -> Tensor:
        return self._loss(batch.x, batch.y, batch, scores)

    def _loss(self, x: Tensor, targets: Tensor, batch: Batch, scores: Metric) -> Tensor:
        """Of inputs and targets, genre numbers or probabilities; scores count whether the batch's own genre is met."""
        logits = self(x)
        scores.update(*batch.counted(logits.detach(), batch.y, batch.track))
        if self.class_weights is None:
            return F.cross_entropy(logits, targets)
        # Divided by the examples, not by their weights: so the mean over processes is that of the whole batch.
        return F.cross_entropy(logits, targets, weight=self.class_weights, reduction="none").mean()


def build(settings: dict, kinds: tuple[type, ...], **arguments):
    """An object of ``settings["_target_"]``, which must be a class of one of ``kinds``.

    Stricter than Hydra's ``instantiate``: checkpoints come from other people, and theirs must not name any callable.

    Raises:
        UserError: another target, or arguments that it does not take.
    """
    settings = dict(settings)
    target = settings.pop("_target_")
    try:
        cls = get_class(target)
    except (ImportError, ValueError) as error:
        raise UserError(f"_target_={target} cannot be imported: {str(error).splitlines()[-1]}") from error
    if not issubclass(cls, kinds):
        raise UserError(f"_target_={target} is not a {' or '.join(kind.__name__ for kind in kinds)}.")
    try:
        return cls(**settings, **arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"_target_={target}: {first_line(error)}") from error
