import csv

import numpy as np
import pytest
from sklearn.metrics import classification_report as sklearn_report

from gtzan.evaluation.classification_report import classification_report, write_report

Y, PREDICTED = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])


def test_it_says_what_scikit_learn_says():
    rows = {row["genre"]: row for row in classification_report(Y, PREDICTED, ["a", "b"])}
    expected = sklearn_report(Y, PREDICTED, target_names=["a", "b"], output_dict=True)
    for name, theirs in {"a": "a", "b": "b", "macro average": "macro avg", "weighted average": "weighted avg"}.items():
        for ours, key in {"precision": "precision", "recall": "recall", "f1": "f1-score", "support": "support"}.items():
            assert rows[name][ours] == pytest.approx(expected[theirs][key])
    assert rows["accuracy"]["f1"] == pytest.approx(0.6)


def test_a_genre_may_be_empty_or_be_called_like_a_summary():
    rows = classification_report(Y, PREDICTED, ["accuracy", "macro avg", "empty"])
    assert [row["genre"] for row in rows if not row["summary"]] == ["accuracy", "macro avg", "empty"]
    assert rows[2]["f1"] == rows[2]["support"] == 0
    assert rows[0]["support"] == 2


def test_genres_that_nobody_asked_for_have_no_row_and_no_part_in_the_averages():
    rows = classification_report(np.array([1, 1, 1, 1]), np.array([1, 1, 1, 0]), ["a", "b", "c"], among=[1])
    assert [row["genre"] for row in rows] == ["b", "accuracy", "macro average", "weighted average"]
    assert [row["recall"] for row in rows] == [0.75, None, 0.75, 0.75]
    assert rows[1]["f1"] == 0.75


def test_it_is_written_as_a_table(tmp_path):
    write_report(classification_report(Y, PREDICTED, ["a, b", "ü\udcff"]), tmp_path / "report.csv")
    with open(tmp_path / "report.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["genre"] for row in rows[:2]] == ["a, b", "ü\\udcff"]
    assert rows[2] == {"genre": "accuracy", "precision": "", "recall": "", "f1": "0.600000", "support": "5"}
