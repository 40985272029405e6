"""Predictions of a trained classifier for every track, and the metrics computed from them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import LightningModule, Trainer
from torch import Tensor

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.groups import artists_of
from gtzan.corpora.splits import Split
from gtzan.data.datamodule import GenreDataModule
from gtzan.evaluation.classification_report import classification_report
from gtzan.evaluation.similarity import Precision
from gtzan.models.calibration import Reliability, fit_temperature, with_temperature
from gtzan.models.checkpoints import load_weights
from gtzan.models.classifier import Classifier
from gtzan.models.embeddings import TrackEmbeddings, inputs_of_last_linear
from gtzan.models.metrics import Scores, confusion_matrix, proportion_by_genre


def predict_segments(
    trainer: Trainer, model: LightningModule, datamodule: GenreDataModule, checkpoint: Path | None
) -> list[Tensor]:
    """What ``predict_step`` returns of every segment, with the weights of a checkpoint or as the model is."""
    if checkpoint is not None:
        load_weights(model, checkpoint)
    batches = trainer.predict(model, datamodule) or []
    return [torch.cat(parts) for parts in zip(*batches, strict=True)]


@dataclass(frozen=True)
class Results:
    """Logits of every segment of every usable track, from one pass in evaluation mode.

    Attributes:
        corpus: the tracks.
        split: their parts.
        logits: ``(segments, n_classes)``.
        y: ``(segments,)``, genre numbers.
        track: ``(segments,)``, index of each segment's track.
        start: ``(segments,)``, seconds from its track's beginning.
        embeddings: ``(test tracks, width)``, of :mod:`gtzan.models.embeddings`; ``None`` for a net without any.
    """

    corpus: Corpus
    split: Split
    logits: Tensor
    y: Tensor
    track: Tensor
    start: Tensor
    embeddings: Tensor | None = None

    @classmethod
    def of(
        cls, trainer: Trainer, classifier: Classifier, datamodule: GenreDataModule, checkpoint: Path | None = None
    ) -> "Results":
        """Predict every track, with the weights of a checkpoint or as the classifier is."""
        callbacks: Any = trainer.callbacks  # type: ignore[attr-defined]  # Lightning does not declare them
        with inputs_of_last_linear(classifier.net) as inputs:
            callbacks.append(embeddings := TrackEmbeddings(inputs, datamodule.split.test))
            logits, y, track = predict_segments(trainer, classifier, datamodule, checkpoint)
            callbacks.remove(embeddings)
        loader: Any = trainer.predict_dataloaders
        settings = datamodule.store.settings
        return cls(
            corpus=datamodule.store.corpus,
            split=datamodule.split,
            logits=logits,
            y=y,
            track=track,
            start=torch.from_numpy(loader.dataset.segments.start) * settings["hop_length"] / settings["sample_rate"],
            embeddings=embeddings.means,
        )

    def scores(self, tracks: np.ndarray) -> Scores:
        """Scores of the segments of some tracks."""
        inside = torch.isin(self.track, torch.from_numpy(tracks))
        scores = Scores(self.logits.shape[1], len(self.corpus.tracks))
        scores.update(self.logits[inside], self.y[inside], self.track[inside])
        return scores

    def metrics(self) -> dict[str, float | int | list[str]]:
        """Flat metrics of every part, such as ``test/accuracy`` with its 95 % interval, over all genres and for each
        (``test/accuracy/blues``, its recall), and the numbers of tracks. ``untested`` names genres without a usable
        test track, where there are any.

        ``all/accuracy`` counts training tracks too: most likely what the paper calls overall accuracy. It measures
        memorisation, not generalisation.

        ``temperature`` calibrates the probabilities; it is fitted on validation tracks and missing where there are
        none. ``test/ece`` is the expected calibration error of the held-out tracks before, ``test/ece_calibrated``
        after.

        ``test/precision_at_10`` is the artist-filtered precision of similarity among held-out tracks,
        ``test/precision_at_10_chance`` that of random tracks, and ``test/precision_at_10_most`` the most that there
        could be; they are missing where nothing could be measured.
        """
        metrics: dict[str, float | int | list[str]] = {}
        for part, tracks in self.split.metric_parts.items():
            scores = self.scores(tracks)
            _, y, probabilities = scores.tracks()
            right = probabilities.argmax(dim=1) == y
            metrics |= {f"{part}/{name}": float(value) for name, value in scores.compute().items()}
            metrics |= proportion_by_genre(f"{part}/accuracy", right, y, self.corpus.genres) | {f"n_{part}": len(y)}
        if untested := [genre for genre in self.corpus.genres if f"test/accuracy/{genre}" not in metrics]:
            metrics["untested"] = untested
        temperature = self.temperature
        metrics["test/ece"] = self.reliability().error
        if temperature is not None:
            metrics |= {"temperature": temperature, "test/ece_calibrated": self.reliability(temperature).error}
        if precision := self.precision:
            bounds = {"chance": precision.chance, "most": precision.most}
            metrics["test/precision_at_10"] = precision.value
            metrics |= {f"test/precision_at_10_{name}": value for name, value in bounds.items()}
        return metrics

    @cached_property
    def held_out(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of usable held-out tracks: indices, genre numbers and probabilities, as :meth:`Scores.tracks` has them."""
        return self.scores(self.split.test).tracks()

    @cached_property
    def temperature(self) -> float | None:
        """What calibrates the probabilities, by the validation tracks; ``None`` where there are none."""
        if not len(self.split.valid):
            return None
        _, y, probabilities = self.scores(self.split.valid).tracks()
        return fit_temperature(probabilities.numpy(), y.numpy()) if len(y) else None

    def reliability(self, temperature: float = 1.0) -> Reliability:
        """How often held-out tracks are predicted correctly, by the probability that was given to it."""
        _, y, probabilities = self.held_out
        return Reliability.of(with_temperature(probabilities.numpy(), temperature), y.numpy())

    @cached_property
    def precision(self) -> Precision | None:
        """How often similar held-out tracks of different artists share a genre; ``None`` where that has no answer.

        Held-out tracks alone are compared: the embeddings of training tracks were fitted to their genres.
        """
        if self.embeddings is None:
            return None
        usable, _, _ = self.held_out
        tracks = [self.corpus.tracks[i] for i in usable.tolist()]
        groups = artists_of(tracks)
        rows = np.isin(self.split.test, usable.numpy())
        return Precision.of(self.embeddings[rows].numpy(), [track.genre for track in tracks], groups)

    def predictions(self) -> tuple[list[str], list[list[str]]]:
        """The header and a row for each held-out track: truth, prediction, artist, title, every genre's probability."""
        genres = self.corpus.genres
        index, y, probabilities = self.held_out
        rows = []
        for i, truth, p in zip(index.tolist(), y.tolist(), probabilities, strict=True):
            track = self.corpus.tracks[i]
            row = [track.name, genres[truth], genres[int(p.argmax())], track.artist or "", track.title or ""]
            rows.append([*row, *(f"{value:.6f}" for value in p.tolist())])
        return ["track", "truth", "prediction", "artist", "title", *genres], rows

    def confusion_matrix(self) -> Tensor:
        """Counts of held-out tracks, ``(n_classes, n_classes)``: true genres in rows, predicted ones in columns."""
        _, y, probabilities = self.held_out
        return confusion_matrix(y, probabilities.argmax(dim=1), len(self.corpus.genres)).int()

    def classification_report(self) -> list[dict]:
        """Precision, recall and F1 of each genre: rows as of :mod:`gtzan.evaluation.classification_report`."""
        _, y, probabilities = self.held_out
        return classification_report(y.numpy(), probabilities.argmax(dim=1).numpy(), self.corpus.genres)

    @staticmethod
    def headline(metrics: dict) -> str:
        """Accuracy of held-out tracks with its interval, and the genres that it says nothing about."""
        untested = metrics.get("untested")
        return (
            f"test accuracy {metrics['test/accuracy']:.1%} "
            f"[{metrics['test/accuracy_low']:.1%}, {metrics['test/accuracy_high']:.1%}] of {metrics['n_test']} tracks"
        ) + (f" (NONE OF {', '.join(untested)})" if untested else "")
