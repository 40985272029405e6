"""Numbers about predictions: per segment, and per track, which is the headline.

No state of a metric is float64, which Apple's MPS does not have.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from scipy.stats import binomtest
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat


class Scores(Metric):
    """Loss, mean squared error, accuracy and macro-F1 of segments and of tracks.

    A track's probabilities are the mean over its segments. The mean squared error is that between probabilities and
    one-hot labels, averaged over classes, as the paper plots it. Batches are only kept until then: a step of training
    waits for nothing that can be computed once an epoch.

    Args:
        n_classes: number of genres.
        n_tracks: number of tracks of the corpus; batches name theirs by index.
    """

    full_state_update = False
    logits: list[Tensor]
    y: list[Tensor]
    track: list[Tensor]

    def __init__(self, n_classes: int, n_tracks: int) -> None:
        super().__init__()
        self.n_classes, self.n_tracks = n_classes, n_tracks
        for name in ("logits", "y", "track"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, logits: Tensor, y: Tensor, track: Tensor) -> None:
        """Add a batch: logits ``(batch, n_classes)``, genre numbers ``(batch,)`` and track indices ``(batch,)``."""
        self.logits.append(logits.float())
        self.y.append(y)
        self.track.append(track)

    @property
    def segments(self) -> Tensor:
        """The confusion matrix of segments, ``(n_classes, n_classes)``."""
        return confusion_matrix(dim_zero_cat(self.y), dim_zero_cat(self.logits).argmax(dim=1), self.n_classes)

    def tracks(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of tracks seen: indices ``(tracks,)``, genre numbers ``(tracks,)``, probabilities ``(tracks, n_classes)``."""
        logits, y, track = (dim_zero_cat(state) for state in (self.logits, self.y, self.track))
        sums = logits.new_zeros(self.n_tracks, self.n_classes).index_add_(0, track, logits.softmax(dim=1))
        segments = torch.bincount(track, minlength=self.n_tracks)
        genres = torch.zeros_like(segments).index_copy_(0, track, y)
        index = segments.nonzero().squeeze(1)
        return index, genres[index], sums[index] / segments[index, None]

    def compute(self) -> dict[str, Tensor]:
        """``loss``, ``mse``, ``accuracy``, ``f1_macro`` (of tracks), ``segment_accuracy`` and ``segment_f1_macro``."""
        logits, y = dim_zero_cat(self.logits), dim_zero_cat(self.y)
        _, truth, probabilities = self.tracks()
        tracks, segments = confusion_matrix(truth, probabilities.argmax(dim=1), self.n_classes), self.segments
        return {
            "loss": F.cross_entropy(logits, y),
            "mse": (logits.softmax(dim=1) - F.one_hot(y, self.n_classes)).square().mean(),
            "accuracy": accuracy(tracks),
            "f1_macro": f1_macro(tracks),
            "segment_accuracy": accuracy(segments),
            "segment_f1_macro": f1_macro(segments),
        }


class ReconstructionScores(Metric):
    """How well a generator reconstructs segments: means over all of them and over those of each genre.

    Args:
        classes: genre names.
    """

    full_state_update = False
    sums: Tensor
    counts: Tensor
    NAMES = ("loss", "mse", "kl", "reconstruction_accuracy")

    def __init__(self, classes: Sequence[str]) -> None:
        super().__init__()
        self.classes, n_classes = tuple(classes), len(classes)
        self.add_state("sums", torch.zeros(n_classes, len(self.NAMES)), dist_reduce_fx="sum")
        self.add_state("counts", torch.zeros(n_classes), dist_reduce_fx="sum")

    def update(self, loss: Tensor, mse: Tensor, kl: Tensor, right: Tensor, y: Tensor) -> None:
        """Add a batch, ``(batch,)`` each: loss, squared error, KL, whether the guide is right, genre number.

        KL is NaN where the net has no latents, and ``right`` where the guide was not asked.
        """
        self.sums.index_add_(0, y, torch.stack([loss, mse, kl, right], dim=1).to(self.sums))
        self.counts.index_add_(0, y, torch.ones_like(y, dtype=self.counts.dtype))

    def compute(self) -> dict[str, Tensor]:
        """``loss``, ``mse``, ``kl``, ``reconstruction_accuracy``, and ``mse/<genre>`` and so on for the genres seen.

        What is NaN is left out, except for a loss that is.
        """
        means = self.sums.sum(dim=0) / self.counts.sum().clamp_min(1)
        values = dict(zip(self.NAMES, means, strict=True))
        for genre, sums, count in zip(self.classes, self.sums, self.counts, strict=True):
            if count:
                values |= {f"{n}/{genre}": v for n, v in zip(self.NAMES[1:], (sums / count)[1:], strict=True)}
        return {name: value for name, value in values.items() if name == "loss" or not value.isnan()}


def confusion_matrix(y: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    """Counts ``(n_classes, n_classes)``: a row for each true, a column for each predicted genre."""
    return torch.bincount(y * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes).float()


def accuracy(confusion: Tensor) -> Tensor:
    return confusion.trace() / confusion.sum().clamp_min(1)


def f1_macro(confusion: Tensor) -> Tensor:
    """Mean F1 over the genres that occur, as truth or as prediction: scikit-learn's ``average="macro"``."""
    both = confusion.sum(dim=0) + confusion.sum(dim=1)
    present = both > 0
    return (2 * confusion.diagonal()[present] / both[present]).sum() / present.sum().clamp_min(1)


def wilson_interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    interval = binomtest(correct, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def proportion_by_genre(name: str, right: Tensor, y: Tensor, genres: Sequence[str]) -> dict[str, float]:
    """The proportion of correct predictions with its 95 % interval, over all genres and for each that has tracks.

    Args:
        name: of the metric; its interval is ``<name>_low`` and ``<name>_high``, a genre's own ``<name>/<genre>``.
        right: ``(tracks,)``, boolean.
        y: ``(tracks,)``, genre numbers.
        genres: their names.
    """
    metrics: dict[str, float] = {}
    groups = [("", right), *((f"/{genre}", right[y == number]) for number, genre in enumerate(genres))]
    for group, answers in groups:
        if len(answers):
            correct = int(answers.sum())
            low, high = wilson_interval(correct, len(answers))
            values = {name: correct / len(answers), f"{name}_low": low, f"{name}_high": high}
            metrics |= {f"{key}{group}": value for key, value in values.items()}
    return metrics
