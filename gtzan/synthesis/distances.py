"""How far two sets of tracks lie apart: in distribution, within one of them, and passage by passage."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist
from sklearn.metrics.pairwise import polynomial_kernel


def frechet(a: NDArray, b: NDArray) -> float:
    """Fréchet distance of two sets of embeddings ``(items, width)``, each taken for a normal distribution.

    ``|μ_a − μ_b|² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½)``, as Heusel et al. 2017 (arXiv 1706.08500) compare pictures and
    Kilgour et al. 2019 (arXiv 1812.08466) sounds. It grows with the dimensions and shrinks with the number of items:
    only distances of like sets may be compared. NaN for fewer than two items.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    mean = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    # The trace of the root is the sum of singular values of the centred sets' product, which needs no matrix root.
    a, b = ((x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (a.astype(np.float64), b.astype(np.float64)))
    return float(mean + np.square(a).sum() + np.square(b).sum() - 2 * np.linalg.svd(a @ b.T, compute_uv=False).sum())


def kernel_distance(a: NDArray, b: NDArray) -> float:
    """Squared maximum mean discrepancy with a cubic kernel, the unbiased estimate (Bińkowski et al. 2018, the "KID").

    Around 0 for sets of one distribution, whatever their sizes; NaN for fewer than two items.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    within = [polynomial_kernel(x, degree=3, coef0=1) for x in (a, b)]
    means = [(k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in within]
    return float(sum(means) - 2 * polynomial_kernel(a, b, degree=3, coef0=1).mean())


def diversity(x: NDArray, genre: NDArray) -> float:
    """Mean Euclidean distance of two tracks of one genre, averaged over the genres that have two.

    Args:
        x: ``(tracks, width)``.
        genre: ``(tracks,)``.
    """
    distances = [pdist(x[genre == g]).mean() for g in np.unique(genre) if (genre == g).sum() > 1]
    return float(np.mean(distances)) if distances else float("nan")


def passages(frames: NDArray, length: int) -> NDArray:
    """Frames ``(frames, columns)`` cut into passages of ``length`` frames, flattened: ``(passages, length * columns)``.

    Frames that fill no last passage are dropped.
    """
    n = len(frames) // length
    return frames[: n * length].reshape(n, length * frames.shape[1])


def nearest(a: NDArray, b: NDArray) -> NDArray:
    """Root mean square difference of each row of ``a`` to the row of ``b`` that is nearest, ``(len(a),)``."""
    return cdist(a, b).min(axis=1) / np.sqrt(a.shape[1])
