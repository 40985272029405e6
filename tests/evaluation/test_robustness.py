import pytest

from gtzan.evaluation.robustness import CLEAN, compare_each, holm, predict_deformed
from gtzan.models.predictor import Predictor


def rows(right: str) -> list[dict[str, str]]:
    """A track for each letter, predicted correctly where it is ``1``."""
    predictions = {"1": "blues", "0": "rock"}
    return [{"track": str(i), "truth": "blues", "prediction": predictions[letter]} for i, letter in enumerate(right)]


def test_each_deformation_is_compared_with_clean_tracks():
    worse, same = compare_each({CLEAN: rows("1111111100"), "worse": rows("1000000001"), "same": rows("1111111100")})
    assert (worse.name, worse.accuracy, worse.difference) == ("worse", 0.2, pytest.approx(-0.6))
    assert worse.comparison.p == pytest.approx(0.0703, abs=1e-4)  # 1 of 8 tracks that differ: 2 · (1 + 8) / 2⁸
    assert worse.p_holm == pytest.approx(0.1406, abs=1e-4)
    assert worse.interval[0] < 0.2 < worse.interval[1]
    assert (same.difference, same.comparison.p, same.p_holm) == (0, 1, 1)


def test_holms_correction():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # R: p.adjust(p, "holm")
    assert holm([]) == []


def test_predictions_are_the_same_again_and_whatever_else_is_asked(tiny_run, tiny_corpus):
    predictor = Predictor.load(tiny_run / "checkpoints" / "last.ckpt")
    tracks = tiny_corpus.tracks[::3]
    both = predict_deformed(predictor, tracks, ["gain_minus_20", "noise_10"])
    assert list(both) == [CLEAN, "gain_minus_20", "noise_10"]
    assert [row["truth"] for row in both[CLEAN]] == [track.genre for track in tracks]
    alone = predict_deformed(predictor, tracks[::-1], ["noise_10"])
    assert alone["noise_10"] == both["noise_10"][::-1]
