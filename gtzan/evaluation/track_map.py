"""Where the tracks of a folder lie in a plane by their embeddings, and what the plane's axes measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from gtzan.errors import UserError

NEIGHBOURS = 15  # UMAP's default, where there are as many


@dataclass(frozen=True)
class Axis:
    """What a principal component of embeddings measures.

    Attributes:
        variance: its share of the embeddings' variance.
        feature: the audio feature that correlates most with it; ``None`` where none was measured.
        correlation: Pearson's r of that feature, from 0 to 1, for the axis is turned to it.
    """

    variance: float
    feature: str | None = None
    correlation: float = 0.0


def principal_components(
    embeddings: np.ndarray, features: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, tuple[Axis, ...]]:
    """Tracks on the two axes along which they differ most, each dimension standardised over them; scikit-learn's PCA.

    Args:
        embeddings: ``(tracks, width)``.
        features: ``(tracks, features)``, means over each track, to name the axes by.
        names: of the features.

    Returns:
        Points ``(tracks, 2)``, and the axes.

    Raises:
        UserError: fewer than three tracks that differ.
    """
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    _check_spread(embeddings)
    pca = PCA(n_components=2, svd_solver="full")
    points = pca.fit_transform(StandardScaler().fit_transform(embeddings.astype(np.float64)))
    axes = []
    for i, variance in enumerate(pca.explained_variance_ratio_.tolist()):
        correlations = [_correlation(points[:, i], feature) for feature in features.T]
        if not correlations:
            axes.append(Axis(variance))
            continue
        most = int(np.argmax(np.abs(correlations)))
        points[:, i] *= -1 if correlations[most] < 0 else 1
        axes.append(Axis(variance, names[most], abs(correlations[most])))
    return points, tuple(axes)


def umap_layout(embeddings: np.ndarray) -> np.ndarray:
    """Tracks in a plane, ``(tracks, 2)``, where neighbours by their embeddings stay neighbours; the same each time.

    McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection", arXiv:1802.03426.

    Args:
        embeddings: ``(tracks, width)``.

    Raises:
        UserError: fewer than three tracks that differ.
    """
    from sklearn.preprocessing import StandardScaler
    from umap import UMAP

    _check_spread(embeddings)
    neighbours = min(NEIGHBOURS, len(embeddings) - 1)
    # Its own start, the graph's eigenvectors, takes more tracks than a small folder has.
    umap = UMAP(n_neighbors=neighbours, init="pca", random_state=0, n_jobs=1)
    return umap.fit_transform(StandardScaler().fit_transform(embeddings.astype(np.float64)))


def check_umap() -> None:
    """Raises a :class:`UserError` where UMAP is not installed."""
    if find_spec("umap") is None:
        raise UserError("--umap needs an extra: pip install 'gtzan[map]'.")


def _check_spread(embeddings: np.ndarray) -> None:
    if (different := len(np.unique(embeddings, axis=0))) < 3:
        raise UserError(f"A map needs three tracks that differ; there are {different}.")


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's r; 0 where either does not vary."""
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / scale if scale > 1e-12 else 0.0
