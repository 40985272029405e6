"""Which tracks are alike by their embeddings, and how often those that are share a genre."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NEIGHBOURS = 10
QUERIES = 256  # compared with all tracks at once, which bounds memory


def nearest(query: np.ndarray, embeddings: np.ndarray, n: int) -> list[tuple[int, float]]:
    """Rows with the largest cosine similarity to a query, the most similar first, as row number and similarity.

    Dimensions are centred before, for activations after a ReLU are all of one sign, and standardised, for none to
    outweigh the others.

    Args:
        query: ``(width,)``.
        embeddings: ``(tracks, width)``.
        n: how many.
    """
    similarity = _standardised(embeddings, embeddings) @ _standardised(query, embeddings)
    order = np.argsort(-similarity, kind="stable")[:n]
    return [(int(i), float(similarity[i])) for i in order]


@dataclass(frozen=True)
class Precision:
    """Artist-filtered precision at 10: of the ten tracks most similar to a track, the share that has its genre.

    Tracks of the query's own artist, and other copies of it, are no candidates: they would be found by their artist's
    voice or their recording's sound (E. Pampalk, A. Flexer, G. Widmer, *Improvements of audio-based music similarity
    and genre classification*, ISMIR 2005). Queries share candidates, so that no interval is given.

    Attributes:
        value: mean over queries.
        chance: its expectation if candidates were drawn at random.
        most: what it would be if all candidates of a query's genre came first: below 1 where there are fewer than ten.
        queries: their number; tracks with fewer than ten candidates, or none of their genre, are none.
    """

    value: float
    chance: float
    most: float
    queries: int

    @classmethod
    def of(cls, embeddings: np.ndarray, genres: ArrayLike, groups: ArrayLike) -> "Precision | None":
        """Each track as a query among the others, by the similarity of :func:`nearest`; ``None`` without any query.

        Args:
            embeddings: ``(tracks, width)``.
            genres: of each track.
            groups: of each track; those of one group, such as an artist, are not compared.
        """
        genre, group = (np.unique(np.asarray(names), return_inverse=True)[1] for names in (genres, groups))
        rows = []
        unit = _standardised(embeddings, embeddings)
        for first in range(0, len(unit), QUERIES):
            these = slice(first, first + QUERIES)
            candidates = group[these, None] != group
            same = candidates & (genre[these, None] == genre)
            similarity = np.where(candidates, unit[these] @ unit.T, -np.inf)
            order = np.argsort(-similarity, axis=1, kind="stable")[:, :NEIGHBOURS]
            found = np.take_along_axis(same, order, axis=1).sum(axis=1)
            rows.append(np.stack([candidates.sum(axis=1), same.sum(axis=1), found], axis=1))
        n, relevant, found = np.concatenate(rows).T if rows else np.empty((3, 0))
        enough = (n >= NEIGHBOURS) & (relevant > 0)
        if not enough.any():
            return None
        n, relevant, found = n[enough], relevant[enough], found[enough]
        return cls(
            value=float(found.mean() / NEIGHBOURS),
            chance=float((relevant / n).mean()),
            most=float(np.minimum(relevant, NEIGHBOURS).mean() / NEIGHBOURS),
            queries=len(n),
        )


def _standardised(x: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """``(…, width)``, each dimension standardised over the embeddings ``(tracks, width)``, of length 1."""
    deviation = embeddings.std(axis=0)
    scaled = (x - embeddings.mean(axis=0)) / np.where(deviation > 1e-6, deviation, np.inf)  # what never varies: 0
    return scaled / np.maximum(np.linalg.norm(scaled, axis=-1, keepdims=True), 1e-12)
