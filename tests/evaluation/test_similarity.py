import numpy as np
import pytest

from gtzan.evaluation.similarity import nearest


def test_the_nearest_tracks_come_first_whatever_the_dimensions_scale():
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(50, 4)) * [1, 1, 1, 1000] + [0, 5, 0, 100]
    (first, similarity), *others = nearest(embeddings[7], embeddings, 5)
    assert first == 7
    assert similarity == pytest.approx(1)
    assert [s for _, s in others] == sorted((s for _, s in others), reverse=True)
    assert len(others) == 4


def test_a_dimension_that_never_varies_says_nothing():
    embeddings = np.array([[1.0, 0, 5], [-1, 0, 5], [0.5, 0, 5]])
    assert [i for i, _ in nearest(np.array([1.0, 3, 9]), embeddings, 2)] == [0, 2]
