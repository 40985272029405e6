"""What is said of generated music."""

from dataclasses import replace

import numpy as np
import pytest

from gtzan.synthesis.judging import Judgement, Predictions

RNG = np.random.default_rng(0)
CLASSES = ("a", "b", "c")


def predictions(y, guide, judge, scale: float = 1.0, shift: float = 0.0, frames=None) -> Predictions:
    """Tracks of two segments; what is predicted gets all of the probability."""
    y = np.array(y)
    one_hot = np.eye(len(CLASSES))
    owner = np.repeat(np.arange(len(y)), 2)
    centre = 10.0 * y[owner, None]
    return Predictions(
        y,
        one_hot[guide],
        one_hot[judge],
        centre + RNG.normal(size=(len(owner), 4)),
        centre + shift + scale * RNG.normal(size=(len(owner), 5)),
        owner,
        frames or [RNG.normal(size=(40, 20)) for _ in y],
    )


Y = [0, 0, 0, 1, 1, 1]


def judgement(**changes) -> Judgement:
    sets = {
        "train": predictions(Y * 2, Y * 2, Y * 2),
        "real": predictions(Y, Y, [0, 0, 1, 1, 1, 1]),
        "copy": predictions(Y, Y, [0, 1, 1, 1, 1, 1]),
        "features": predictions(Y, Y, Y),
        "synth": predictions(Y, [0, 0, 0, 1, 1, 2], [0, 0, 2, 2, 2, 1]),
    }
    return Judgement(CLASSES, (0, 1), sets | changes, passage=10)


def test_accuracies_are_counted_over_all_genres_and_in_each():
    metrics = judgement().metrics()
    expected = {
        "synth/guide_accuracy": 5 / 6,
        "synth/judge_accuracy": 3 / 6,
        "synth/judge_accuracy/a": 2 / 3,
        "synth/judge_accuracy/b": 1 / 3,
        "synth/judge_accuracy_features": 1,
        "real/judge_accuracy": 5 / 6,
        "copy/judge_accuracy": 4 / 6,
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected)
    assert metrics["synth/judge_accuracy_low"] < 0.5 < metrics["synth/judge_accuracy_high"]


def test_music_of_another_distribution_is_farther_away():
    near, far = judgement().metrics(), judgement(synth=predictions(Y, Y, Y, shift=20)).metrics()
    for name in ("synth/frechet", "synth/mmd"):
        assert far[name] > near[name] + 100
    assert far["real/frechet"] == pytest.approx(near["real/frechet"], rel=0.5)


def test_samples_that_are_all_alike_are_not_diverse():
    alike = judgement(synth=predictions(Y, Y, Y, scale=0.01)).metrics()
    assert alike["synth/diversity_of_real"] < 0.05
    assert 0.5 < judgement().metrics()["synth/diversity_of_real"] < 2


def test_a_copy_of_a_training_track_is_found():
    train = predictions(Y, Y, Y)
    copied = predictions(Y, Y, Y, frames=[*train.frames[:5], RNG.normal(size=(40, 20))])
    found = judgement(train=train, synth=copied)
    assert found.nearest("synth")[:5].max() == 0
    assert found.nearest("synth")[5] > 0.5
    assert found.metrics()["synth/nearest_of_real"] == 0


def test_fad_and_kad_are_measured_where_there_is_an_independent_embedding():
    def heard(shift: float = 0.0, times: int = 1):
        passages = tuple(RNG.normal(size=(3, 4)) + shift for _ in Y * times)
        return replace(predictions(Y * times, Y * times, Y * times), passages=passages)

    found = judgement(train=heard(times=4), real=heard(), copy=heard(), synth=heard(2.0)).metrics()
    for name in ("fad", "kad", "fad/a", "kad/b"):
        assert found[f"synth/{name}"] > found[f"real/{name}"]
    assert found["synth/fad_low/a"] < found["synth/fad/a"] < found["synth/fad_high/a"]
    assert not any("fad" in name or "kad" in name for name in judgement().metrics())


def test_learning_from_generated_music_is_tested_on_real_tracks():
    metrics = judgement().metrics()
    assert metrics["synth/train_on_it_accuracy"] == metrics["real/train_on_it_accuracy"] == 1
    swapped = predictions([1, 1, 1, 0, 0, 0], Y, Y)
    mislabelled = replace(swapped, y=np.array(Y))
    assert judgement(synth=mislabelled).metrics()["synth/train_on_it_accuracy"] == 0


def test_without_real_tracks_only_verdicts_are_given():
    whole = judgement()
    alone = Judgement(CLASSES, (0, 1), {name: whole.sets[name] for name in ("features", "synth")}, 10).metrics()
    assert "synth/judge_accuracy" in alone
    assert not any(name.startswith(("real/", "copy/")) or "frechet" in name for name in alone)


def test_one_sample_is_judged_too():
    one = judgement(synth=predictions([0], [0], [0]), features=predictions([0], [0], [0]))
    metrics = Judgement(CLASSES, (0,), one.sets, 10).metrics()
    assert metrics["synth/judge_accuracy"] == 1
    assert np.isnan(metrics["synth/diversity"])


@pytest.mark.filterwarnings("error")
def test_music_shorter_than_a_passage_has_no_nearest_one():
    short = [RNG.normal(size=(9, 20)) for _ in Y]
    metrics = judgement(synth=predictions(Y, Y, Y, frames=short)).metrics()
    assert np.isnan(metrics["synth/nearest"])
    assert metrics["real/nearest"] > 0


def test_held_out_tracks_that_repeat_training_tracks_leave_no_ratio():
    same = predictions(Y, Y, Y)
    one = replace(same, embedding=np.zeros_like(same.embedding))  # held-out tracks that repeat each other
    metrics = judgement(train=one, real=one).metrics()
    assert np.isnan(metrics["synth/nearest_of_real"])
    assert np.isnan(metrics["synth/diversity_of_real"])
