"""Predictions of several classifiers together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gtzan.errors import UserError
from gtzan.models.predictor import Prediction, Predictor


@dataclass(frozen=True)
class EnsemblePrediction(Prediction):
    """The mean of several predictions, in segments of the first one's.

    Attributes:
        members: the predictions.
    """

    members: tuple[Prediction, ...] = ()

    @classmethod
    def of(cls, members: Sequence[Prediction]) -> "EnsemblePrediction":
        """Average the predictions of one piece of audio; segments of other lengths count by their overlap in time."""
        first = members[0]
        segments = []
        for member in members:
            ends = np.minimum.outer(first.edges[1:], member.edges[1:])
            overlap = (ends - np.maximum.outer(first.edges[:-1], member.edges[:-1])).clip(min=0)
            segments.append(overlap / overlap.sum(axis=1, keepdims=True) @ member.segments)
        return cls(first.classes, first.seconds, first.edges, np.mean(segments, axis=0), members=tuple(members))

    @property
    def probabilities(self) -> np.ndarray:
        """Of the whole, ``(n_classes,)``: the mean over the members."""
        return np.mean([member.probabilities for member in self.members], axis=0)


class EnsemblePredictor:
    """Predicts files with the mean probabilities of several classifiers, whose features may differ.

    Args:
        members: the classifiers' predictors.

    Attributes:
        classes: genre names.
        corpus: labels of the corpora that the classifiers were trained on.
        name: the nets' names.

    Raises:
        UserError: they do not know the same genres.
    """

    def __init__(self, members: Sequence[Predictor]) -> None:
        self.members = tuple(members)
        self.classes = self.members[0].classes
        for member in self.members:
            if member.classes != self.classes:
                raise UserError(
                    f"The models do not know the same genres ({', '.join(self.classes)}; {', '.join(member.classes)}): "
                    "an ensemble's members must."
                )
        self.corpus = " and ".join(dict.fromkeys(member.corpus for member in self.members))
        self.name = " + ".join(member.name for member in self.members)

    def predict_file(self, path: str | Path) -> EnsemblePrediction:
        """Predict an audio file of any format, sample rate and length.

        Raises:
            BrokenAudioError: it cannot be read.
        """
        return EnsemblePrediction.of([member.predict_file(path) for member in self.members])
