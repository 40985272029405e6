"""Distances between sets of tracks."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.distance import pdist
from sklearn.metrics.pairwise import rbf_kernel

from gtzan.synthesis.distances import KernelAudioDistance, diversity, frechet, kernel_distance, nearest, passages

RNG = np.random.default_rng(0)


def test_frechet_is_its_equation():
    a, b = RNG.normal(size=(80, 6)) @ RNG.normal(size=(6, 6)), RNG.normal(size=(50, 6)) + 0.5
    covariances = np.cov(a.T), np.cov(b.T)
    root = sqrtm(covariances[0] @ covariances[1]).real
    expected = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(sum(covariances) - 2 * root)
    assert frechet(a, b) == pytest.approx(expected)
    assert frechet(a, a) == pytest.approx(0, abs=1e-8)


def test_frechet_takes_fewer_items_than_dimensions():
    a, b = RNG.normal(size=(5, 40)), RNG.normal(size=(7, 40))
    assert np.isfinite(frechet(a, b))
    assert np.isnan(frechet(a[:1], b))


def test_the_kernel_distance_of_one_distribution_is_about_zero():
    tracks = np.arange(60), np.arange(40)
    same = [kernel_distance(RNG.normal(size=(60, 5)), RNG.normal(size=(40, 5)), *tracks) for _ in range(50)]
    other = [kernel_distance(RNG.normal(size=(60, 5)), RNG.normal(size=(40, 5)) + 1, *tracks) for _ in range(50)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(50)
    assert np.mean(other) > 20 * abs(np.mean(same))
    assert np.isnan(kernel_distance(np.zeros((1, 5)), np.zeros((3, 5)), np.zeros(1), np.arange(3)))
    assert np.isnan(kernel_distance(np.zeros((3, 5)), np.zeros((3, 5)), np.zeros(3), np.arange(3)))


def test_segments_that_are_alike_within_a_track_do_not_move_the_kernel_distance():
    owner = np.repeat(np.arange(10), 4)

    def of_tracks() -> np.ndarray:
        return RNG.normal(size=(10, 5))[owner] + 0.1 * RNG.normal(size=(40, 5))

    distances = [kernel_distance(of_tracks(), of_tracks(), owner, owner) for _ in range(200)]
    assert abs(np.mean(distances)) < 3 * np.std(distances) / np.sqrt(200)


def test_diversity_counts_within_genres_only():
    x = np.array([[0.0], [1.0], [100.0], [103.0], [7.0]])
    assert diversity(x, np.array([0, 0, 1, 1, 2])) == pytest.approx((1 + 3) / 2)
    assert np.isnan(diversity(x[:2], np.array([0, 1])))


def test_a_copy_is_at_distance_zero():
    frames = RNG.normal(size=(50, 3))
    known = passages(frames, 10)
    assert known.shape == (5, 30)
    assert nearest(passages(frames[10:30], 10), known).max() == 0
    shifted = nearest(passages(frames[:10] + 2, 10), known[:1])
    assert shifted == pytest.approx([2.0])  # root mean square


def test_large_sets_are_summed_in_blocks(monkeypatch):
    a, b = RNG.normal(size=(30, 4)), RNG.normal(size=(23, 4))
    owners = np.arange(30) // 2, np.arange(23) // 2
    whole = kernel_distance(a, b, *owners)
    monkeypatch.setattr("gtzan.synthesis.distances.MOST_ROWS", 7)
    assert kernel_distance(a, b, *owners) == pytest.approx(whole)
    kernel = rbf_kernel(b, gamma=1 / (2 * np.median(pdist(b[::4])) ** 2))
    assert KernelAudioDistance(a, b).reference == pytest.approx(kernel[~np.eye(23, dtype=bool)].mean())
