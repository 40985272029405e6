"""Which tracks are alike by their embeddings."""

import numpy as np


def nearest(query: np.ndarray, embeddings: np.ndarray, n: int) -> list[tuple[int, float]]:
    """Rows with the largest cosine similarity to a query, the most similar first, as row number and similarity.

    Dimensions are centred before, for activations after a ReLU are all of one sign, and standardised, for none to
    outweigh the others.

    Args:
        query: ``(width,)``.
        embeddings: ``(tracks, width)``.
        n: how many.
    """
    mean, deviation = embeddings.mean(axis=0), embeddings.std(axis=0)
    scale = np.where(deviation > 1e-6, deviation, np.inf)  # what never varies says nothing
    similarity = _unit((embeddings - mean) / scale) @ _unit((query - mean) / scale)
    order = np.argsort(-similarity, kind="stable")[:n]
    return [(int(i), float(similarity[i])) for i in order]


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)
