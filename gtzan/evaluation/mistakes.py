"""The most confidently misclassified tracks, and the mean MFCCs of each genre to compare them with."""

from dataclasses import dataclass

import numpy as np
import torch

from gtzan.data.store import FeatureStore
from gtzan.evaluation.classification import Results

SHOWN_SECONDS = 30.0  # of a track's MFCCs: GTZAN's length, and a bound on memory where tracks are longer


@dataclass(frozen=True)
class Mistake:
    """One misclassified track of the test part.

    Attributes:
        track: index into the corpus.
        truth, predicted: genre numbers.
        probabilities: of the track, ``(n_classes,)``.
        start: seconds from the track's beginning of the segment that was most confidently wrong.
    """

    track: int
    truth: int
    predicted: int
    probabilities: np.ndarray
    start: float


def find_mistakes(results: Results, most: int = 6) -> list[Mistake]:
    """The most confident mistakes, those of different (true, predicted) pairs of genres before any pair's second."""
    index, y, probabilities = (part.numpy() for part in results.held_out)
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    wrong = [int(i) for i in np.argsort(-confidence, kind="stable") if predicted[i] != y[i]]
    firsts = {(y[i], predicted[i]): i for i in reversed(wrong)}.values()
    chosen = sorted(wrong, key=lambda i: i not in firsts)[:most]  # a stable sort
    return [
        Mistake(
            track=int(index[i]),
            truth=int(y[i]),
            predicted=int(predicted[i]),
            probabilities=probabilities[i],
            start=_most_confident_segment(results, int(index[i]), int(predicted[i])),
        )
        for i in chosen
    ]


def _most_confident_segment(results: Results, track: int, genre: int) -> float:
    segments = (results.track == track).nonzero().squeeze(1)
    best = torch.softmax(results.logits[segments], dim=1)[:, genre].argmax()
    return float(results.start[segments[best]])


@dataclass(frozen=True)
class GenreMeans:
    """MFCCs of the training tracks, averaged.

    Attributes:
        means: of each genre at each frame, ``(n_classes, frames, n_mfcc)``, in dB; NaN for a genre without tracks. The
            frames end where half of some genre's tracks do.
        deviation: of the tracks' time-averaged coefficients, ``(n_mfcc,)``; 1 where they are all the same.
    """

    means: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, store: FeatureStore, tracks: np.ndarray) -> "GenreMeans":
        """One track at a time, so that memory stays bounded whatever the corpus's size."""
        tracks = tracks[store.lengths[tracks] > 0]
        genres = store.corpus.genres
        labels = np.array([genres.index(store.corpus.tracks[i].genre) for i in tracks])
        lengths = store.lengths[tracks]
        n_frames = min(int(np.median(lengths[labels == genre])) for genre in np.unique(labels))
        n_frames = min(n_frames, shown_frames(store))
        totals = np.zeros((len(genres), n_frames, len(store.columns_of(["mfcc"]))))
        counts = np.zeros((len(genres), n_frames, 1))
        averages = np.empty((len(tracks), totals.shape[2]))
        for row, (track, label) in enumerate(zip(tracks, labels, strict=True)):
            frames = mfccs(store, track)[:n_frames]
            totals[label, : len(frames)] += frames
            counts[label, : len(frames)] += 1
            averages[row] = frames.mean(axis=0)
        deviation = averages.std(axis=0)
        with np.errstate(invalid="ignore"):
            return cls(totals / counts, np.where(deviation > 0, deviation, 1))


def mfccs(store: FeatureStore, track: int) -> np.ndarray:
    """MFCCs of a track's first half minute, ``(frames, n_mfcc)``, in dB."""
    first = store.offsets[track]
    rows = store.frames[first : first + min(store.lengths[track], shown_frames(store))]
    return np.array(rows[:, store.columns_of(["mfcc"])])


def shown_frames(store: FeatureStore) -> int:
    return max(1, round(SHOWN_SECONDS / seconds_per_frame(store)))


def seconds_per_frame(store: FeatureStore) -> float:
    return store.settings["hop_length"] / store.settings["sample_rate"]
