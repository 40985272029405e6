import numpy as np
import pytest

from gtzan.errors import UserError
from gtzan.evaluation.track_map import principal_components, umap_layout


def embeddings(tracks: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Ten dimensions that mostly follow one feature, and two features."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(tracks, 2))
    return -features[:, 1:] + 0.3 * rng.normal(size=(tracks, 10)), features


def test_an_axis_is_named_by_the_feature_that_it_follows_and_turned_to_it():
    vectors, features = embeddings()
    points, (first, second) = principal_components(vectors, features, ["level", "centroid"])
    assert (first.feature, first.correlation > 0.9) == ("centroid", True)
    assert np.corrcoef(points[:, 0], features[:, 1])[0, 1] == pytest.approx(first.correlation)
    assert 1 >= first.variance > second.variance > 0


def test_features_that_do_not_vary_or_are_not_there_name_nothing():
    vectors, _ = embeddings()
    _, (first, _) = principal_components(vectors, np.ones((60, 1)), ["level"])
    assert first.correlation == 0
    _, (first, _) = principal_components(vectors, np.empty((60, 0)), [])
    assert first.feature is None


def test_equal_tracks_span_no_plane():
    with pytest.raises(UserError, match="three tracks that differ; there are 1"):
        principal_components(np.ones((5, 4)), np.empty((5, 0)), [])


@pytest.mark.slow
@pytest.mark.parametrize("tracks", [3, 40])
def test_umap_keeps_groups_apart_and_is_the_same_each_time(tracks):
    pytest.importorskip("umap", reason="pip install 'gtzan[map]'")
    vectors, _ = embeddings(tracks)
    vectors[tracks // 2 :] += 50
    points = umap_layout(vectors)
    assert points.shape == (tracks, 2)
    assert np.array_equal(points, umap_layout(vectors))
    if tracks > 3:
        low, high = sorted((points[:20], points[20:]), key=lambda half: half[0, 0])
        apart = np.linalg.norm(low.mean(axis=0) - high.mean(axis=0))
        assert apart > 2 * max(half.std(axis=0).max() for half in (low, high))
