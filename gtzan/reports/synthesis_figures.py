"""Figures of a whole synthesis: confusion matrices, classification reports, and the PCA with real tracks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from gtzan.evaluation.classification_report import classification_report, write_report
from gtzan.evaluation.pca import real_and_generated
from gtzan.models.metrics import confusion_matrix
from gtzan.reports.pca_report import pca_report
from gtzan.reports.plots import classification as figures
from gtzan.reports.plots.style import pixels
from gtzan.synthesis.judging import Judgement
from gtzan.synthesis.reference import Reference


def draw_synthesis_figures(
    judgement: Judgement,
    reference: Reference | None,
    samples: Sequence[tuple[str, Path, float]],
    folder: Path,
    corpus: str,
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, what it shows in words, and RGB pixels of each picture; tables are written beside.

    Args:
        judgement: predictions of guide and judge.
        reference: real tracks, for the principal components.
        samples: genre, WAV and gain in dB of each.
        folder: for ``report.csv`` and ``separability.csv``.
        corpus: the label of the music that the generator was trained on.
    """
    title = f"generated music, trained on {corpus}"
    predictions = judgement.sets["synth"]
    for who in ("judge", "guide"):
        predicted = getattr(predictions, who).argmax(axis=1)
        matrix = confusion_matrix(
            torch.from_numpy(predictions.y), torch.from_numpy(predicted), len(judgement.classes)
        ).numpy()
        words = f"Confusion matrix of the {who}: requested genres and predicted genres of the waveforms"
        yield f"confusion_{who}", words, pixels(figures.confusion(matrix, judgement.classes, f"{who}, {title}"))
        report = classification_report(predictions.y, predicted, judgement.classes)
        write_report(report, folder / f"report_{who}.csv")
        words = f"Classification report of the {who}: precision, recall and F1 of each genre"
        yield f"report_{who}", words, pixels(figures.report(report, f"{who}, {title}"))
    if reference is None:
        return
    genres = [judgement.classes[g] for g in judgement.genres]
    parts = real_and_generated(reference.store, reference.split, samples, genres)
    pca = pca_report(*parts, f"{reference.store.corpus.label} · split {reference.split.protocol}")
    pca.write_table(folder)
    alternatives = {
        "pca": "Principal components: real and generated tracks of each genre, with 95 % confidence ellipses",
        "pca_variance": "Explained variance of each principal component, and cumulative",
        "pca_loadings": "Loadings of the first two principal components by feature",
    }
    for name, picture in pca.pictures.items():
        yield name, alternatives[name], picture
