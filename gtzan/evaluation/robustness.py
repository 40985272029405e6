"""Accuracy of a classifier on deformed music, each deformation tested against the same tracks as they are."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import torch
from tqdm import tqdm

from gtzan.audio.deformations import DEFORMATIONS
from gtzan.audio.files import read_audio
from gtzan.audio.streaming import features_of_stream
from gtzan.audio.thread_pool import single_threaded_workers
from gtzan.corpora.corpus import Track
from gtzan.data.segments import Segments
from gtzan.evaluation.comparison import Comparison
from gtzan.models.metrics import wilson_interval
from gtzan.models.predictor import Predictor

CLEAN = "clean"


@dataclass(frozen=True)
class Robustness:
    """What a deformation does to a classifier's accuracy.

    Attributes:
        name: of the deformation.
        comparison: of the deformed (*a*) with the clean tracks (*b*).
        p_holm: McNemar's exact p, corrected by Holm's method for all deformations that were tested with it.
    """

    name: str
    comparison: Comparison
    p_holm: float

    @property
    def accuracy(self) -> float:
        return self.comparison.right_a / self.comparison.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        return wilson_interval(self.comparison.right_a, self.comparison.n)

    @property
    def difference(self) -> float:
        """Accuracy minus that of the clean tracks."""
        return (self.comparison.right_a - self.comparison.right_b) / self.comparison.n


def compare_each(predictions: Mapping[str, Sequence[Mapping[str, str]]]) -> list[Robustness]:
    """Compare the predictions of :func:`predict_deformed` under each deformation with those of clean tracks."""
    comparisons = {n: Comparison.of(rows, predictions[CLEAN]) for n, rows in predictions.items() if n != CLEAN}
    corrected = holm([comparison.p for comparison in comparisons.values()])
    return [Robustness(name, comparisons[name], p) for name, p in zip(comparisons, corrected, strict=True)]


def holm(p: Sequence[float]) -> list[float]:
    """Corrected p-values of several tests (S. Holm, Scand. J. Stat. 6, 1979): any below 0.05 errs in 5 % at most."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(np.minimum(1, np.asarray(p)[order] * np.arange(len(p), 0, -1)))
    return steps[np.argsort(order)].tolist()


def predict_deformed(
    predictor: Predictor, tracks: Sequence[Track], names: Iterable[str]
) -> dict[str, list[dict[str, str]]]:
    """Predict tracks as they are and deformed, each decoded once, on all cores.

    Args:
        predictor: the classifier, on the CPU.
        tracks: whose audio is read.
        names: of deformations.

    Returns:
        By deformation, and for ``clean``: ``track``, ``truth`` and ``prediction`` of each track.

    Raises:
        BrokenAudioError: a track cannot be read.
    """
    names = [CLEAN, *names]
    with single_threaded_workers(os.cpu_count()) as pool:
        results = pool.map(lambda track: _predict_track(predictor, track, names), tracks)
        found = list(tqdm(results, "Robustness", len(tracks), unit="track", disable=None))
    return {
        name: [
            {"track": track.name, "truth": track.genre, "prediction": genres[i]}
            for track, genres in zip(tracks, found, strict=True)
        ]
        for i, name in enumerate(names)
    }


def _predict_track(predictor: Predictor, track: Track, names: Sequence[str]) -> list[str]:
    waveform = read_audio(track.path, predictor.sample_rate)
    genres = []
    for name in names:
        deformed = waveform
        if name != CLEAN:
            # The same noise whenever and with whatever else a track is deformed.
            seed = int.from_bytes(sha256(f"{track.name}\n{name}".encode("utf-8", "surrogateescape")).digest()[:8])
            deformed = DEFORMATIONS[name](waveform, predictor.sample_rate, np.random.default_rng(seed))
        genres.append(predictor.classes[_probabilities(predictor, deformed).argmax()])
    return genres


@torch.inference_mode()
def _probabilities(predictor: Predictor, waveform: np.ndarray) -> np.ndarray:
    """Of a waveform, ``(n_classes,)``: the mean over whole segments, as a run's test has it.

    :class:`Predictor` itself also hears the rest at the end, and cuts long audio into parts.
    """
    frames = np.concatenate(list(features_of_stream(predictor.extractor, lambda: [waveform])))
    one, lengths = np.zeros(1, dtype=np.int64), np.array([len(frames)])
    segments = Segments.of(one, lengths, predictor.length, predictor.length)
    rows = segments.rows(np.arange(len(segments)), one, lengths)
    x = predictor.classifier.view(torch.from_numpy(frames[rows][..., predictor.columns]))
    return predictor.classifier(x).float().softmax(dim=1).mean(dim=0).numpy()
