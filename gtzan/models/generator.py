"""The LightningModule that trains a conditional generator of MFCCs, through a trained classifier where it helps."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics import Metric

from gtzan.data.datamodule import Batch, GenreDataModule
from gtzan.data.segments import InOrder
from gtzan.data.views import VIEWS, Frames
from gtzan.errors import UserError
from gtzan.models.classifier import Classifier, build
from gtzan.models.genre_module import GenreModule, Standardiser
from gtzan.models.metrics import ReconstructionScores
from gtzan.models.nets.flow import Flow, Given
from gtzan.models.nets.generator import Cvae, Reconstruction

NETS = (Cvae, Flow)


class Generator(GenreModule):
    """Standardiser, generating net and the *guide*, a frozen classifier that predicts the genre of reconstructed MFCCs.

    The loss is a weighted sum of the terms that its net has, of the mean squared error of the standardised MFCCs
    (``mse``) and of the guide's cross-entropy (``guide``). Like a classifier's, the arguments are plain Python types,
    and a checkpoint, which holds the guide too, rebuilds all of it.

    Args:
        net: ``_target_``, one of ``NETS``, and its arguments.
        view: ``_target_``, :class:`gtzan.data.views.Frames` of MFCCs alone.
        input_shape: of one example: ``(1, n_mfcc, frames)``.
        classes: genre names, in the order of the genre numbers.
        features: arguments of the feature extractor.
        segment_seconds: length of the segments it is trained on; samples may have any.
        optimizer: ``_target_`` and arguments of a torch optimizer.
        corpus: label of the corpus.
        weights: of the loss's terms; those without one are left out.
        guide: the hyper-parameters of the classifier.

    Raises:
        UserError: a guide that cannot judge these MFCCs.
    """

    net: Cvae | Flow

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
        weights: dict[str, float],
        guide: dict,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.view = build(view, (Frames,))
        self.net = build(net, NETS, input_shape=tuple(input_shape), n_classes=len(classes))
        self.standardiser = Standardiser((1, input_shape[1], 1))
        self.guide = Classifier(**guide).requires_grad_(False).eval()
        # Lightning collects a module's arguments from all constructors that are running: from this one, too.
        self.guide.hparams.clear()
        self.guide.hparams.update(guide)
        check_judges(guide, features, classes, segment_seconds)
        self.train_scores, self.val_scores = ReconstructionScores(classes), ReconstructionScores(classes)

    def initialise(self, datamodule: GenreDataModule) -> None:
        super().initialise(datamodule)
        if isinstance(self.net, Flow):
            segments = (datamodule.train[which] for which in InOrder(datamodule.train.segments, 256))
            self.net.fit(self.standardiser.std[0], ((self.standardiser(x)[:, 0], y) for x, y, *_ in segments))

    def train(self, mode: bool = True) -> "Generator":
        super().train(mode)
        self.guide.eval()  # frozen: no dropout, no new batch statistics
        return self

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Reconstruct raw MFCC segments ``x`` ``(batch, 1, n_mfcc, frames)`` of genres ``y``."""
        return self._raw(self.net(self.standardiser(x)[:, 0], y, noisy=False).x)

    def sample(self, y: Tensor, noise: Any, temperature: float = 1.0) -> Tensor:
        """New raw MFCCs ``(batch, 1, n_mfcc, frames)`` from what the net's ``noise`` gives; see its ``sample``."""
        return self._raw(self.net.sample(y, noise, temperature))

    def vary(self, y: Tensor, noise: Any, mfcc: Tensor, strength: float = 1.0, known: int = 0) -> Tensor:
        """The same, beginning with raw MFCCs ``(batch, n_mfcc, frames)``; see :class:`gtzan.models.nets.flow.Given`."""
        assert isinstance(self.net, Flow)  # Synthesizer.completed has seen to it
        x = self.standardiser(mfcc[:, None])[:, 0]
        return self._raw(self.net.sample(y, noise, given=Given(x, strength, known)))

    def judge(self, x: Tensor) -> Tensor:
        """The guide's logits ``(batch, n_classes)`` of raw MFCCs ``(batch, 1, n_mfcc, frames)``, of which it
        uses as many as it was trained on."""
        n_mfcc = self.hparams["guide"]["features"]["n_mfcc"]
        frames = x[:, 0, :n_mfcc].transpose(1, 2)
        return self.guide(self.guide.view(frames))

    def predict_step(self, batch: Batch, _: int) -> tuple[Tensor, ...]:
        """Of each segment: squared error, KL in nats, whether the guide is right, genre number and track.

        The KL is NaN for a net without latents.
        """
        error, output = self._reconstruct(batch, noisy=False)
        right = self.judge(self._raw(output.x)).argmax(dim=1) == batch.y
        return error, _or_nan(output.kl, error), right, batch.y, batch.track

    def _reconstruct(self, batch: Batch, noisy: bool) -> tuple[Tensor, Reconstruction]:
        """Squared error ``(batch,)``, and what the net returns."""
        x = self.standardiser(batch.x)[:, 0]
        output = self.net(x, batch.y, noisy)
        return (output.x - x).square().mean(dim=(1, 2)), output

    def step(self, batch: Batch, scores: Metric) -> Tensor:
        error, output = self._reconstruct(batch, noisy=self.training)
        terms, weights, right = {"mse": error, **output.terms}, self.hparams["weights"], None
        if weights["guide"] or not self.training:  # where it has no say, training does not wait for it
            logits = self.judge(self._raw(output.x)).float()
            terms["guide"] = F.cross_entropy(logits, batch.y, reduction="none")
            right = logits.argmax(dim=1) == batch.y
        loss = sum(weights[name] * term for name, term in terms.items())
        kl, right = (_or_nan(values, error) for values in (output.kl, right))
        scores.update(*batch.counted(loss.detach(), error.detach(), kl.detach(), right, batch.y))
        return loss.mean()

    def _raw(self, x: Tensor) -> Tensor:
        x = x[:, None]
        return x * self.standardiser.std + self.standardiser.mean


def _or_nan(values: Tensor | None, like: Tensor) -> Tensor:
    return torch.full_like(like, torch.nan) if values is None else values


def check_judges(classifier: dict, features: dict, classes: list[str], segment_seconds: float) -> None:
    """Check that a classifier, given by its hyper-parameters, accepts a generator's MFCCs.

    Raises:
        UserError: it uses other features, segments or genres.
    """
    if list(build(classifier["view"], VIEWS).features) != ["mfcc"]:
        raise UserError(
            "The classifier uses other features than MFCCs: choose one that was trained with "
            "++model.view.features=[mfcc]."
        )
    own = classifier["features"]
    for key in ("sample_rate", "n_fft", "hop_length", "n_mels"):
        if own[key] != features[key]:
            raise UserError(
                f"The classifier's features do not match: its {key} is {own[key]}, not {features[key]}. Train one with "
                f"features.{key}={features[key]}, or the generator with features.{key}={own[key]}."
            )
    if own["n_mfcc"] > features["n_mfcc"]:
        raise UserError(
            f"The classifier's features do not match: it uses {own['n_mfcc']} MFCCs, only {features['n_mfcc']} are "
            f"generated. Set features.n_mfcc."
        )
    if classifier["classes"] != classes:
        raise UserError(
            f"The classifier knows the genres {', '.join(classifier['classes'])}; it takes one of {', '.join(classes)}."
        )
    if classifier["segment_seconds"] != segment_seconds:
        raise UserError(
            f"The classifier takes segments of {classifier['segment_seconds']} s, not of {segment_seconds} s."
        )
