import pytest
import torch
from sklearn.metrics import f1_score
from torch.nn.functional import cross_entropy, one_hot

from gtzan.models.metrics import ReconstructionScores, Scores, proportion_by_genre, wilson_interval


@pytest.fixture
def outputs():
    generator = torch.Generator().manual_seed(0)
    track = torch.arange(40) % 9
    return torch.randn(40, 4, generator=generator), track % 4, track


def test_scores_summed_over_batches_equal_those_of_all_at_once(outputs):
    logits, y, track = outputs
    scores = Scores(4, n_tracks=12)
    for part in torch.arange(40).split(7):
        scores.update(logits[part], y[part], track[part])
    got = scores.compute()
    p = logits.softmax(1)
    assert got["loss"].item() == pytest.approx(cross_entropy(logits, y).item(), rel=1e-6)
    assert got["mse"].item() == pytest.approx((p - one_hot(y, 4)).square().mean().item(), rel=1e-6)
    assert got["segment_accuracy"].item() == pytest.approx((p.argmax(1) == y).float().mean().item())
    assert got["segment_f1_macro"].item() == pytest.approx(f1_score(y, p.argmax(1), average="macro"))
    by_track = torch.stack([p[track == t].mean(0) for t in range(9)])
    truth = torch.arange(9) % 4
    assert got["accuracy"].item() == pytest.approx((by_track.argmax(1) == truth).float().mean().item())
    assert got["f1_macro"].item() == pytest.approx(f1_score(truth, by_track.argmax(1), average="macro"))


def test_a_track_is_judged_by_its_mean_probability_not_by_the_majority_of_its_segments():
    # Two hesitant segments say 1, one says 0 with certainty.
    logits = torch.tensor([[0.0, 0.1], [0.0, 0.1], [9.0, 0.0]])
    scores = Scores(2, n_tracks=1)
    scores.update(logits, torch.zeros(3, dtype=torch.long), torch.zeros(3, dtype=torch.long))
    assert scores.compute()["accuracy"] == 1
    assert scores.compute()["segment_accuracy"] == pytest.approx(1 / 3)


def test_wilson_interval_equals_published_values():
    # Newcombe, Statistics in Medicine 17, 1998, table I: 81/263 and 0/20, without continuity correction.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_a_share_is_told_over_all_genres_and_for_each_that_has_tracks():
    right, y = torch.tensor([True, True, False, True]), torch.tensor([0, 0, 0, 2])
    metrics = proportion_by_genre("test/accuracy", right, y, ["blues", "jazz", "low"])
    assert metrics["test/accuracy"] == 3 / 4
    assert metrics["test/accuracy/blues"] == 2 / 3
    assert metrics["test/accuracy/low"] == 1
    assert (metrics["test/accuracy_low/blues"], metrics["test/accuracy_high/blues"]) == wilson_interval(2, 3)
    assert not any("jazz" in name for name in metrics)


def test_no_number_has_64_bits_which_mps_does_not_have():
    scores, reconstructions = Scores(2, n_tracks=3), ReconstructionScores(["blues", "jazz"])
    y, value = torch.tensor([1]), torch.tensor([1.0])
    scores.update(torch.zeros(1, 2, dtype=torch.bfloat16), y, y)
    reconstructions.update(value, value, value, value, y)
    numbers = [*scores.logits, *reconstructions.metric_state.values(), *scores.compute().values(), *scores.tracks()]
    assert not [number for number in numbers if number.dtype == torch.float64]


def test_a_reconstruction_is_averaged_over_all_segments_and_over_those_of_each_genre():
    metric = ReconstructionScores(["blues", "jazz", "rock"])
    values = torch.tensor([1.0, 3.0, 8.0], dtype=torch.bfloat16)
    metric.update(values, values, values, torch.tensor([True, False, True]), torch.tensor([0, 0, 1]))
    found = metric.compute()
    assert (found["loss"], found["mse"], found["reconstruction_accuracy"]) == (4, 4, pytest.approx(2 / 3))
    assert (found["mse/blues"], found["kl/jazz"], found["reconstruction_accuracy/blues"]) == (2, 8, 0.5)
    assert not any("rock" in name for name in found)
