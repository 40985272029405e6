"""What a trained classifier says of every track, and the metrics that follow."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning import Trainer
from torch import Tensor

from gtzan.classifier import Classifier
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.datamodule import GenreDataModule
from gtzan.metrics import Scores, wilson_interval


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
    """

    corpus: Corpus
    split: Split
    logits: Tensor
    y: Tensor
    track: Tensor
    start: Tensor

    @classmethod
    def of(
        cls, trainer: Trainer, classifier: Classifier, datamodule: GenreDataModule, checkpoint: Path | None = None
    ) -> "Results":
        """Predict every track, with the weights of a checkpoint or as the classifier is."""
        if checkpoint is not None:
            # Not by Lightning, which would restore the callbacks too: the history, and the weights before averaging.
            classifier.load_state_dict(torch.load(checkpoint, weights_only=True, map_location="cpu")["state_dict"])
        logits, y, track = map(torch.cat, zip(*trainer.predict(classifier, datamodule), strict=True))
        segments = trainer.predict_dataloaders.dataset.segments
        settings = datamodule.store.settings
        return cls(
            corpus=datamodule.store.corpus,
            split=datamodule.split,
            logits=logits,
            y=y,
            track=track,
            start=torch.from_numpy(segments.start) * settings["hop_length"] / settings["sample_rate"],
        )

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """Track indices by the names of metrics: ``train``, ``val`` where the split has it, ``test`` and ``all``."""
        split = self.split
        parts = {"train": split.train, "val": split.valid, "test": split.test}
        parts = {name: tracks for name, tracks in parts.items() if len(tracks)}
        return parts | {"all": np.concatenate(list(parts.values()))}

    def scores(self, tracks: np.ndarray) -> Scores:
        """Scores of the segments of some tracks."""
        inside = torch.isin(self.track, torch.from_numpy(tracks))
        scores = Scores(self.logits.shape[1], len(self.corpus.tracks))
        scores.update(self.logits[inside], self.y[inside], self.track[inside])
        return scores

    def metrics(self) -> dict[str, float | int]:
        """Flat metrics of every part, such as ``test/accuracy`` with its 95 % interval, and the numbers of tracks.

        ``all/accuracy`` counts training tracks too: most likely what the paper calls overall accuracy. It says how well
        a net remembers, not how well it hears.
        """
        metrics: dict[str, float | int] = {}
        for part, tracks in self.parts.items():
            scores = self.scores(tracks)
            _, y, probabilities = scores.tracks()
            correct = int((probabilities.argmax(dim=1) == y).sum())
            low, high = wilson_interval(correct, len(y))
            metrics |= {f"{part}/{name}": float(value) for name, value in scores.compute().items()}
            metrics |= {f"{part}/accuracy_low": low, f"{part}/accuracy_high": high, f"n_{part}": len(y)}
        return metrics

    def write_predictions(self, path: Path) -> None:
        """CSV with one row for each held-out track: truth, prediction, artist, title, and every genre's probability."""
        genres = self.corpus.genres
        index, y, probabilities = self.scores(self.split.test).tracks()
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["track", "truth", "prediction", "artist", "title", *genres])
            for i, truth, p in zip(index.tolist(), y.tolist(), probabilities, strict=True):
                track = self.corpus.tracks[i]
                row = [track.name, genres[truth], genres[int(p.argmax())], track.artist or "", track.title or ""]
                table.writerow([*row, *(f"{value:.6f}" for value in p.tolist())])
