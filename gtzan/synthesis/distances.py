"""How far two sets of tracks lie apart: in distribution, within one of them, and passage by passage."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist
from sklearn.metrics.pairwise import rbf_kernel

KAD_SCALE = 100
MOST_ROWS = 4000  # that are compared with each other at once
TINY = 1e-12


def frechet(a: NDArray, b: NDArray) -> float:
    """Fréchet distance of two sets of embeddings ``(items, width)``, each taken for a normal distribution.

    ``|μ_a − μ_b|² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½)``, as Heusel et al. 2017 (arXiv 1706.08500) compare pictures and
    Kilgour et al. 2019 (arXiv 1812.08466) sounds. It grows with the dimensions and shrinks with the number of items:
    only distances of like sets may be compared. NaN for fewer than two items.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    mean = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    # The trace of the root is the sum of singular values of the centred sets' product, which needs no matrix root, and
    # which knows a long set by its triangular factor.
    a, b = ((x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (a.astype(np.float64), b.astype(np.float64)))
    a, b = (np.asarray(np.linalg.qr(x, mode="r")) if len(x) > x.shape[1] else x for x in (a, b))
    return float(mean + np.square(a).sum() + np.square(b).sum() - 2 * np.linalg.svd(a @ b.T, compute_uv=False).sum())


def kernel_distance(a: NDArray, b: NDArray, owner_a: NDArray, owner_b: NDArray) -> float:
    """Squared maximum mean discrepancy with a cubic kernel, the unbiased estimate (Bińkowski et al. 2018, the "KID").

    Around 0 for sets of one distribution, whatever their sizes: within a set, only items of different tracks are
    compared, as those of one track are alike. NaN for fewer than two tracks.

    Args:
        a, b: ``(items, width)``.
        owner_a, owner_b: ``(items,)``, the track of each item.
    """
    if min(len(np.unique(owner)) for owner in (owner_a, owner_b)) < 2:
        return float("nan")

    def kernel(x: NDArray, y: NDArray) -> NDArray:
        return (x @ y.T / x.shape[1] + 1) ** 3

    within = 0.0
    for x, owner in ((a, owner_a), (b, owner_b)):
        tracks = [x[owner == track] for track in np.unique(owner)]
        pairs = len(x) ** 2 - sum(len(track) ** 2 for track in tracks)
        within += (_sum(kernel, x, x) - sum(kernel(track, track).sum() for track in tracks)) / pairs
    return float(within - 2 * _sum(kernel, a, b) / (len(a) * len(b)))


class KernelAudioDistance:
    """KAD of a set of embeddings, or of some of its rows, from a reference (Chung et al. 2025, arXiv 2502.15602).

    The squared maximum mean discrepancy, by its unbiased estimate, with a Gaussian kernel as wide as the median
    distance of two rows of the reference, times 100, as in the authors' program; of a reference of more than 4,000
    rows, the median is that of every second, third … row. Like the program, this takes the rows for independent: where
    several are of one track, two halves of one corpus are above 0, the more the fewer tracks they have, so that only
    sets of as many tracks may be compared.

    Args:
        a: ``(items, width)``.
        reference: ``(items, width)``.
    """

    def __init__(self, a: NDArray, reference: NDArray) -> None:
        self.enough = len(reference) > 1
        if not self.enough or not len(a):
            self.within = np.empty((len(a), len(a)))
            return
        width = max(float(np.median(pdist(reference[:: -(-len(reference) // MOST_ROWS)]))), TINY)
        kernel = partial(rbf_kernel, gamma=1 / (2 * width**2))
        self.within, self.across, n = kernel(a, a), kernel(a, reference).mean(axis=1), len(reference)
        self.reference = (_sum(kernel, reference, reference) - n) / (n * (n - 1))  # each row with itself: 1

    def __call__(self, kept: NDArray) -> float:
        """Of the rows that a mask ``(items,)`` keeps; NaN for fewer than two, or a reference of fewer than two."""
        n = int(kept.sum())
        if n < 2 or not self.enough:
            return float("nan")
        within = self.within[np.ix_(kept, kept)]
        own = (within.sum() - within.trace()) / (n * (n - 1))
        return float(KAD_SCALE * (own + self.reference - 2 * self.across[kept].mean()))


def _sum(kernel: Callable[[NDArray, NDArray], NDArray], x: NDArray, y: NDArray) -> float:
    """The sum of a kernel over all pairs of rows, a block at a time: of large sets, no memory holds all."""
    return math.fsum(float(kernel(x[i : i + MOST_ROWS], y).sum()) for i in range(0, len(x), MOST_ROWS))


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
