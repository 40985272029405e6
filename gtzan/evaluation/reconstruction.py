"""Reconstruction error and accuracy of a trained generator for every track."""

from dataclasses import dataclass
from pathlib import Path

import torch
from lightning import Trainer
from torch import Tensor

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.data.datamodule import GenreDataModule
from gtzan.evaluation.classification import predict_segments
from gtzan.models.generator import Generator
from gtzan.models.metrics import ReconstructionScores, proportion_by_genre


@dataclass(frozen=True)
class Reconstructions:
    """Measures of every segment of every usable track, from one pass without noise.

    Attributes:
        corpus: the tracks.
        split: their parts.
        mse: ``(segments,)``, mean squared error of the standardised MFCCs.
        kl: ``(segments,)``, nats.
        right: ``(segments,)``, whether the guide recognises the reconstruction's genre.
        y: ``(segments,)``, genre numbers.
        track: ``(segments,)``, index of each segment's track.
    """

    corpus: Corpus
    split: Split
    mse: Tensor
    kl: Tensor
    right: Tensor
    y: Tensor
    track: Tensor

    @classmethod
    def of(
        cls, trainer: Trainer, generator: Generator, datamodule: GenreDataModule, checkpoint: Path | None = None
    ) -> "Reconstructions":
        """Reconstruct every track, with the weights of a checkpoint or as the generator is."""
        columns = predict_segments(trainer, generator, datamodule, checkpoint)
        return cls(datamodule.store.corpus, datamodule.split, *columns)

    def metrics(self) -> dict[str, float | int]:
        """Flat metrics of every part, over all genres and for each: ``test/mse``,
        ``test/reconstruction_accuracy/blues``; and ``test/track_reconstruction_accuracy`` with its 95 % interval: a
        track counts as correct when most of its segments are.
        """
        metrics: dict[str, float | int] = {}
        for part, tracks in self.split.metric_parts.items():
            inside = torch.isin(self.track, torch.from_numpy(tracks))
            scores = ReconstructionScores(self.corpus.genres)
            mse, kl, right, y = (column[inside] for column in (self.mse, self.kl, self.right, self.y))
            scores.update(mse, mse, kl, right, y)
            values = {f"{part}/{name}": float(value) for name, value in scores.compute().items()}
            del values[f"{part}/loss"]
            seen, number = self.track[inside].unique(return_inverse=True)
            votes = torch.zeros(len(seen)).index_add_(0, number, right.float() * 2 - 1)
            genre = torch.zeros(len(seen), dtype=y.dtype).index_put_((number,), y)
            accuracy = proportion_by_genre(
                f"{part}/track_reconstruction_accuracy", votes > 0, genre, self.corpus.genres
            )
            metrics |= values | accuracy | {f"n_{part}": len(seen)}
        return metrics

    @staticmethod
    def headline(metrics: dict) -> str:
        """Mean squared error and reconstruction accuracy of held-out tracks, in one line."""
        return (
            f"reconstructed {metrics['n_test']} test tracks: MSE {metrics['test/mse']:.3f}, reconstruction accuracy "
            f"{metrics['test/reconstruction_accuracy']:.1%} of segments"
        )
