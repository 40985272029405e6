"""Principal component analysis of tracks' features, and how well it separates genres."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from torch import Tensor, from_numpy

from gtzan.audio.features import PITCH_CLASSES, FeatureExtractor, feature_matrix
from gtzan.audio.generated import GeneratedFile
from gtzan.corpora.splits import Split
from gtzan.data.store import FeatureStore
from gtzan.errors import UserError

N_MFCC = 20  # the paper's; stores made for a generator hold more
LEVEL = "mfcc 1"  # a gain adds a constant to every mel band, in dB, which moves this coefficient alone


@dataclass(frozen=True)
class TrackFeatures:
    """The paper's feature matrix: each track's six features, averaged over its frames.

    Attributes:
        x: ``(tracks, columns)``, in the features' own units.
        genre: ``(tracks,)``, indices into ``genres``.
        genres: the genres that are looked at.
        names: of the columns, such as ``mfcc 1``, ``chroma C#``, ``spectral centroid``.
    """

    x: np.ndarray
    genre: np.ndarray
    genres: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of_store(cls, store: FeatureStore, tracks: np.ndarray, genres: Sequence[str]) -> "TrackFeatures":
        """Those of a corpus's tracks that have one of the genres; broken ones are left out.

        Args:
            store: the features.
            tracks: indices into the corpus, such as a split's part.
            genres: their order is that of every table and legend.
        """
        number = {genre: i for i, genre in enumerate(genres)}
        found = [number.get(store.corpus.tracks[i].genre) for i in tracks]
        kept = [(i, g) for i, g in zip(tracks, found, strict=True) if g is not None and store.lengths[i]]
        rows = (slice(store.offsets[i], store.offsets[i] + store.lengths[i]) for i, _ in kept)
        frames = (from_numpy(np.array(store.frames[span])) for span in rows)
        return cls.of_frames(frames, [g for _, g in kept], genres, store.columns)

    @classmethod
    def of_frames(
        cls, frames: Iterable[Tensor], genre: Sequence[int], genres: Sequence[str], columns: dict[str, tuple[int, int]]
    ) -> "TrackFeatures":
        """Tracks that are in no store, such as generated ones.

        Args:
            frames: of each track, ``(frames, n_features)``: what ``FeatureExtractor`` returns, without the batch.
            genre: of each track, an index into ``genres``.
            genres: see above.
            columns: the first and the last-plus-one column of each feature, as a store has them.
        """
        named = _named_columns(columns)
        numbers = list(named.values())
        rows = [feature_matrix(track[:, numbers]).numpy() for track in frames]
        x = np.array(rows, dtype=np.float64).reshape(len(rows), len(named))
        return cls(x, np.array(genre, dtype=np.int64), tuple(genres), tuple(named))

    @classmethod
    def of_files(
        cls, samples: Iterable[GeneratedFile], store: FeatureStore, genres: Sequence[str]
    ) -> "TrackFeatures | None":
        """Generated audio files, at the level that they were generated at, extracted as a store's tracks were.

        Args:
            samples: those of other genres are left out.
            store: real tracks' features.
            genres: see above.

        Returns:
            ``None`` where no file is of one of the genres.
        """
        known = [sample for sample in samples if sample.genre in genres]
        if not known:
            return None
        extractor = FeatureExtractor(**store.settings)
        waveforms = (sample.waveform(extractor.settings["sample_rate"]) for sample in known)
        frames = (extractor(from_numpy(waveform)[None])[0] for waveform in waveforms)
        columns = {name: (span.start, span.stop) for name, span in extractor.columns.items()}
        return cls.of_frames(frames, [genres.index(sample.genre) for sample in known], genres, columns)

    def without_level(self) -> "TrackFeatures":
        """All columns but the one that moves with a recording's level: the first MFCC."""
        kept = [i for i, name in enumerate(self.names) if name != LEVEL]
        return replace(self, x=self.x[:, kept], names=tuple(self.names[i] for i in kept))

    def __len__(self) -> int:
        return len(self.x)


def real_and_generated(
    store: FeatureStore,
    split: Split,
    samples: Sequence[GeneratedFile],
    genres: Sequence[str],
) -> tuple[TrackFeatures, TrackFeatures, TrackFeatures | None]:
    """Training, held-out and generated tracks of some genres, whose levels can be compared.

    Real tracks keep their level, which tells genres apart, and generated ones are taken at the level that they were
    generated at: what mastering made of it for listeners is undone, as for judging. Where the gain of one file
    is not known, nobody's level is looked at: all three lack the first MFCC.

    Args:
        store: the real tracks' features.
        split: of its corpus.
        samples: the generated tracks.
        genres: their order is that of every table and legend.
    """
    train, test = (TrackFeatures.of_store(store, part, genres) for part in (split.train, split.test))
    generated = TrackFeatures.of_files(samples, store, genres)
    if all(sample.gain_db is not None for sample in samples if sample.genre in genres):
        return train, test, generated
    return train.without_level(), test.without_level(), None if generated is None else generated.without_level()


class Projection:
    """Standardised features on the axes along which the training tracks vary most; scikit-learn's PCA.

    Attributes:
        names: of the columns.
        explained_variance_ratio: ``(components,)``, each component's share of the training tracks' variance.
        loadings: ``(columns, components)``, the correlation of each feature with each component, over the training
            tracks.
    """

    def __init__(self, names: tuple[str, ...], scaler, pca, n_tracks: int) -> None:
        self.names, self._scaler, self._pca = names, scaler, pca
        self.explained_variance_ratio = pca.explained_variance_ratio_
        # The scaler divides by the population's deviation, the PCA estimates with one degree of freedom less.
        self.loadings = pca.components_.T * np.sqrt(pca.explained_variance_ * (n_tracks - 1) / n_tracks)

    @classmethod
    def fit(cls, train: TrackFeatures) -> "Projection":
        """Standardiser and axes of the training tracks; nothing else moves them.

        Raises:
            UserError: fewer than three tracks that differ, which span no plane.
        """
        from sklearn.decomposition import PCA
        from sklearn.preprocessing import StandardScaler

        if (different := len(np.unique(train.x, axis=0))) < 3:
            raise UserError(
                f"A PCA needs three training tracks that differ; there are {different} of {', '.join(train.genres)}."
            )
        scaler = StandardScaler().fit(train.x)
        # The solver is named because scikit-learn's own choice depends on the number of tracks.
        return cls(train.names, scaler, PCA(svd_solver="full").fit(scaler.transform(train.x)), len(train))

    def transform(self, tracks: TrackFeatures) -> np.ndarray:
        """Where tracks lie: ``(tracks, components)``; the unit is a standard deviation of a feature.

        Raises:
            ValueError: the columns are not those of the training tracks.
        """
        if tracks.names != self.names:
            raise ValueError("the tracks' columns are not those that the projection was fitted on")
        if not len(tracks):
            return np.empty((0, len(self.explained_variance_ratio)))
        return self._pca.transform(self._scaler.transform(tracks.x))


def separability(points: np.ndarray, genre: np.ndarray, genres: Sequence[str]) -> list[dict]:
    """How well each pair of genres keeps apart.

    The space is the caller's. The tables hold the plane of the first two components, so that they describe the picture
    beside them.

    Args:
        points: ``(tracks, dimensions)``.
        genre: ``(tracks,)``, indices into ``genres``.

    Returns:
        A row for each pair, in the genres' order, with ``genre_a``, ``genre_b``, ``silhouette`` (the mean over the two
        genres' tracks, from −1 over 0, where they overlap, to 1; NaN where a genre has fewer than two tracks) and
        ``centroid_distance`` (in the points' unit; NaN where a genre has none).
    """
    from sklearn.metrics import silhouette_score

    rows = []
    for a, b in combinations(range(len(genres)), 2):
        two = (points[genre == a], points[genre == b])
        silhouette = distance = float("nan")
        if min(map(len, two)) > 0:
            distance = float(np.linalg.norm(two[0].mean(axis=0) - two[1].mean(axis=0)))
        if min(map(len, two)) > 1:
            silhouette = float(silhouette_score(np.concatenate(two), [0] * len(two[0]) + [1] * len(two[1])))
        pair = {"genre_a": genres[a], "genre_b": genres[b]}
        rows.append(pair | {"silhouette": silhouette, "centroid_distance": distance})
    return rows


def data_ellipse(points: np.ndarray, share: float = 0.95) -> np.ndarray | None:
    """Outline of the ellipse that holds ``share`` of the normal distribution with the points' mean and covariance.

    It shows where the points lie and how far they spread. Of few points, it holds fewer than ``share`` of new ones.

    Args:
        points: ``(tracks, 2)``.

    Returns:
        ``(181, 2)``, closed; ``None`` for fewer than three points, which have no ellipse.
    """
    if len(points) < 3:
        return None
    from scipy.stats import chi2

    variances, directions = np.linalg.eigh(np.cov(points.T))
    radii = np.sqrt(chi2.ppf(share, df=2) * variances.clip(min=0))  # rounding may leave points on a line below 0
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points.mean(axis=0) + (circle * radii) @ directions.T


def _named_columns(columns: dict[str, tuple[int, int]]) -> dict[str, int]:
    """The number of each column of the feature matrix by its name."""
    named: dict[str, int] = {}
    for feature, (start, stop) in columns.items():
        numbers = range(start, stop)[:N_MFCC] if feature == "mfcc" else range(start, stop)
        spoken = feature.replace("_", " ")
        pitches = feature == "chroma" and len(numbers) == len(PITCH_CLASSES)
        labels: Sequence[object] = PITCH_CLASSES if pitches else range(1, len(numbers) + 1)
        named |= {
            spoken if len(numbers) == 1 else f"{spoken} {label}": number
            for label, number in zip(labels, numbers, strict=True)
        }
    return named
