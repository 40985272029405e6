"""Tracks whose genre is probably wrong, by confident learning."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.groups import artists_of
from gtzan.data.store import FeatureStore
from gtzan.data.views import Blocks
from gtzan.errors import UserError

FOLDS = 5
L2 = 0.1  # of the logistic regression, as in gtzan.models.nets.logistic
MOST_SECONDS = 60.0  # of a track, a bound on memory


@dataclass(frozen=True)
class SuspectLabel:
    """A track that other tracks' labels speak against.

    Attributes:
        track: index into the corpus.
        suggested: the genre that is likeliest instead.
        given: out-of-fold probability of the genre that the track has.
        likeliest: and of the suggested one.
    """

    track: int
    suggested: str
    given: float
    likeliest: float


def suspect_labels(store: FeatureStore) -> list[SuspectLabel]:
    """Rank tracks by how little a classifier that never heard them believes their genre.

    Each track is predicted from its block-level features by a logistic regression that is fitted on other folds, where
    none of its recording and, if known, its artist is. Confident learning (Northcutt, Jiang and Chuang, JAIR 70, 2021)
    then chooses the labels that are wrong more probably than not, given how confident the classifier is in each genre;
    those with the smallest probability of the given label come first.

    Args:
        store: with as many MFCCs as mel bands. Broken tracks are left out.

    Raises:
        UserError: all tracks of a genre are of one artist or the same recording.
    """
    from cleanlab.filter import find_label_issues  # of the extra labels

    tracks = np.flatnonzero(store.lengths)
    corpus = store.corpus
    genres = np.array(corpus.genres)
    labels = np.searchsorted(genres, [corpus.tracks[i].genre for i in tracks])
    probabilities = out_of_fold(_features(store, tracks), labels, artists_of(corpus.tracks)[tracks], corpus)
    ranked = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [
        SuspectLabel(
            track=int(tracks[row]),
            suggested=str(genres[probabilities[row].argmax()]),
            given=float(probabilities[row, labels[row]]),
            likeliest=float(probabilities[row].max()),
        )
        for row in ranked
    ]


def out_of_fold(x: np.ndarray, labels: np.ndarray, groups: np.ndarray, corpus: Corpus) -> np.ndarray:
    """Probabilities ``(tracks, n_classes)``, each track's by a classifier that was fitted without its group.

    Args:
        x: ``(tracks, n_features)``.
        labels: ``(tracks,)``, genre numbers.
        groups: ``(tracks,)``, equal for tracks that must be in one fold.
        corpus: for error messages.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    n_groups = Counter(label for label, _ in set(zip(labels.tolist(), groups.tolist(), strict=True)))
    fewest = min(range(len(corpus.genres)), key=lambda label: n_groups[label])
    if n_groups[fewest] < 2:
        raise UserError(
            f"The labels of {corpus.genres[fewest]} cannot be checked: all its tracks are of one artist or the same "
            "recording, so that none can be held out. Add tracks of another."
        )
    folds = min(FOLDS, n_groups[fewest])
    regression = LogisticRegression(C=1 / (L2 * len(x) * (folds - 1) / folds), max_iter=1000)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    return cross_val_predict(
        make_pipeline(StandardScaler(), regression), x, labels, groups=groups, cv=splitter, method="predict_proba"
    )


def _features(store: FeatureStore, tracks: np.ndarray) -> np.ndarray:
    """Block-level features of each track's beginning, ``(tracks, n_features)``."""
    view, columns = Blocks(), store.columns_of(["mfcc"])
    most = round(MOST_SECONDS * store.settings["sample_rate"] / store.settings["hop_length"])
    rows = []
    for i in tracks:
        first = store.offsets[i]
        frames = np.array(store.frames[first : first + min(store.lengths[i], most)][:, columns])
        frames = np.resize(frames, (max(4, len(frames)), frames.shape[1]))  # the fewest that have a slope
        rows.append(view(torch.from_numpy(frames)[None])[0].numpy())
    return np.stack(rows)
