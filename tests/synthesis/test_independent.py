"""FAD and KAD: distances with intervals, from equally many tracks."""

import numpy as np
import pytest

from gtzan.synthesis.distances import KernelAudioDistance
from gtzan.synthesis.independent import PassageSet, distances_from_training, jackknifed

RNG = np.random.default_rng(0)


def passages(y, shift: float = 0.0, width: int = 6, spread: float = 1.0) -> PassageSet:
    """Tracks of four passages that are alike, around a place for each track."""
    places = RNG.normal(size=(len(y), 1, width)) + shift
    return PassageSet(np.array(y), list(places + 0.3 * spread * RNG.normal(size=(len(y), 4, width))))


def test_kad_is_its_equation():
    a, b = RNG.normal(size=(7, 3)), RNG.normal(size=(9, 3)) + 1
    width = np.median([np.linalg.norm(b[i] - b[j]) for i in range(9) for j in range(i)])
    kernel = lambda x, y: np.exp(-np.square(x - y).sum() / (2 * width**2))  # noqa: E731
    within = [np.mean([kernel(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j]) for x in (a, b)]
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert KernelAudioDistance(a, b)(np.ones(7, dtype=bool)) == pytest.approx(100 * (sum(within) - 2 * across))


def test_some_rows_are_measured_as_if_they_were_all():
    a, b, kept = RNG.normal(size=(12, 3)), RNG.normal(size=(9, 3)), RNG.random(12) < 0.6
    everything = np.ones(kept.sum(), dtype=bool)
    assert KernelAudioDistance(a, b)(kept) == pytest.approx(KernelAudioDistance(a[kept], b)(everything))


def test_music_of_another_distribution_is_farther_away_beyond_the_intervals():
    y = [0] * 15 + [1] * 15
    sets = {"train": passages(y * 4), "real": passages(y), "copy": passages(y, 0.1), "synth": passages(y, 1.0)}
    metrics = distances_from_training(sets)
    for metric in ("fad", "kad"):
        assert metrics[f"synth/{metric}_low"] > metrics[f"real/{metric}_high"]
        for name in ("real", "copy", "synth"):
            low, value, high = (metrics[f"{name}/{metric}{end}"] for end in ("_low", "", "_high"))
            assert low < value < high


def test_sets_of_other_sizes_are_cut_to_the_smallest_so_that_more_tracks_look_no_better():
    train, many = passages([0] * 60), passages([0] * 40)
    few = PassageSet(many.y[:8], many.passages[:8])
    alone = distances_from_training({"train": train, "synth": many})["synth/fad"]
    beside = distances_from_training({"train": train, "synth": many, "real": few})
    assert beside["synth/fad"] > 1.2 * alone
    assert beside["synth/fad"] == pytest.approx(beside["real/fad"], rel=0.6)
    again = distances_from_training({"train": train, "synth": many, "real": few})
    assert again == beside


def test_the_interval_covers_the_mean_of_tracks_as_often_as_it_says():
    """Of tracks, not of passages, which are alike: as if passages were independent, it would be half as wide."""
    covered = 0
    for _ in range(200):
        sample = passages([0] * 25, width=1)
        rows, owner = np.concatenate(sample.passages)[:, 0], np.repeat(np.arange(25), 4)
        _, low, high = jackknifed(lambda kept, rows=rows: rows[kept].mean(), owner)
        covered += low < 0 < high
    assert 0.88 < covered / 200 < 0.99


def test_too_few_tracks_have_no_value_rather_than_a_wrong_one():
    nothing = PassageSet(np.array([], dtype=int), [])
    one = PassageSet(np.array([0]), [RNG.normal(size=(1, 6))])
    for found in (one, nothing):
        metrics = distances_from_training({"train": passages([0] * 5), "synth": found})
        assert np.isnan(metrics["synth/fad"])
        assert np.isnan(metrics["synth/kad"])
        assert np.isnan(metrics["synth/fad_low"])
