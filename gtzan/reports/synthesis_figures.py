"""Figures of a whole synthesis: confusion matrices, classification reports, and the PCA with real tracks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.generated import GeneratedFile
from gtzan.evaluation.classification_report import classification_report, write_report
from gtzan.evaluation.pca import real_and_generated
from gtzan.models.metrics import confusion_matrix
from gtzan.reports.pca_report import pca_report
from gtzan.reports.plots import classification as figures
from gtzan.reports.plots.sample import side_by_side
from gtzan.reports.plots.style import pixels
from gtzan.synthesis.judging import Judgement
from gtzan.synthesis.reference import Reference
from gtzan.synthesis.synthesizer import Synthesizer

MOST_GENRES = 4  # with spectrograms


def draw_synthesis_figures(
    judgement: Judgement,
    reference: Reference | None,
    samples: Sequence[GeneratedFile],
    folder: Path,
    synthesizer: Synthesizer,
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, what it shows in words, and RGB pixels of each picture; tables are written beside.

    Args:
        judgement: predictions of guide and judge.
        reference: real tracks, for spectrograms and principal components.
        samples: what was generated.
        folder: for ``report_judge.csv``, ``report_guide.csv`` and ``separability.csv``.
        synthesizer: what made the samples.
    """
    title = f"generated music, trained on {synthesizer.generator.hparams['corpus']}"
    predictions = judgement.sets["synth"]
    for who in ("judge", "guide"):
        predicted = getattr(predictions, who).argmax(axis=1)
        matrix = confusion_matrix(
            torch.from_numpy(predictions.y), torch.from_numpy(predicted), len(judgement.classes)
        ).numpy()
        words = f"Confusion matrix of the {who}: requested genres and predicted genres of the waveforms"
        figure = figures.confusion(matrix, judgement.classes, f"{who}, {title}", judgement.genres)
        yield f"confusion_{who}", words, pixels(figure)
        report = classification_report(predictions.y, predicted, judgement.classes, judgement.genres)
        write_report(report, folder / f"report_{who}.csv")
        words = f"Classification report of the {who}: precision, recall and F1 of each requested genre"
        yield f"report_{who}", words, pixels(figures.report(report, f"{who}, {title}", "samples"))
    if reference is None:
        return
    genres = [judgement.classes[g] for g in judgement.genres]
    held_out = dict(zip(reversed(reference.labels(reference.test)), reversed(reference.test), strict=True))
    firsts = {judgement.classes[g]: held_out[g] for g in judgement.genres if g in held_out}
    rows = {genre: _spectra(genre, firsts[genre], reference, samples, synthesizer) for genre in [*firsts][:MOST_GENRES]}
    if rows:
        seconds = synthesizer.hop / synthesizer.sample_rate
        yield (
            "spectrograms",
            spectrograms_in_words([*rows], len(genres)),
            pixels(side_by_side(rows, seconds, synthesizer.sample_rate, title)),
        )
    parts = real_and_generated(reference.store, reference.split, samples, genres)
    pca = pca_report(*parts, f"{reference.store.corpus.label} · split {reference.split.protocol}")
    pca.write_table(folder)
    alternatives = {
        "pca": "Principal components: real and generated tracks of each genre, with ellipses that hold 95 % "
        "of the normal distribution fitted to each",
        "pca_variance": "Explained variance of each principal component, and cumulative",
        "pca_loadings": "Loadings of the first two principal components by feature",
    }
    for name, picture in pca.pictures.items():
        yield name, alternatives[name], picture


def spectrograms_in_words(shown: Sequence[str], n_genres: int) -> str:
    """What the figure of spectrograms shows, which may not be all genres."""
    some = f" (the first {len(shown)} of {n_genres} genres)" if len(shown) < n_genres else ""
    return (
        f"Spectrograms of {', '.join(shown)}{some}: of each genre a held-out track, its copy through MFCCs and "
        "inversion, and a generated one"
    )


def _spectra(
    genre: str,
    track: int,
    reference: Reference,
    samples: Sequence[GeneratedFile],
    synthesizer: Synthesizer,
) -> dict[str, np.ndarray]:
    """Log-mel spectrograms ``(frames, n_mels)``, in dB, of a track, its copy, and the genre's first sample."""
    extractor = FeatureExtractor(**synthesizer.generator.hparams["features"])
    (real,) = reference.mfccs([track])
    copy, _ = synthesizer.render(real)
    generated = next(sample for sample in samples if sample.genre == genre).waveform(synthesizer.sample_rate)

    def log_mel(mfcc: torch.Tensor) -> np.ndarray:
        return synthesizer.inversion.log_mel(mfcc[None].to(synthesizer.device))[0].cpu().numpy()

    def of_waveform(waveform: np.ndarray) -> np.ndarray:
        return log_mel(extractor(torch.from_numpy(waveform)[None])[0, :, extractor.columns["mfcc"]])

    return {"real": log_mel(real), "copy": of_waveform(copy), "generated": of_waveform(generated)}
