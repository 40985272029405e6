"""The page that shows the paper beside ours holds all it needs, and says what is not there."""

import csv
import json
import re

import pytest

from gtzan.experiments.paper import CLAIMS, EXPERIMENTS, Outcome
from gtzan.experiments.sweeps.entries import Entry
from gtzan.reports.paper_figures import misclassified
from gtzan.reports.paper_page import FIGURES, numbers, write_paper_page


@pytest.fixture
def outcomes(tiny_run):
    metrics = json.loads((tiny_run / "metrics.json").read_text()) | {"corpus": "made up (synthetic music)"}
    facts = {"split": "50/50", "epochs": "100", "batch_size": "32"}
    done = Outcome(EXPERIMENTS["dense"], "python train.py -m <dense>", (Entry(facts, metrics, tiny_run),))
    failed = Outcome(EXPERIMENTS["cnn"], "", (Entry({}, None, None, "failed", "<b>The plug is out.</b>"),))
    return {"dense": done, "cnn": failed}


def test_it_opens_offline_and_says_that_music_is_synthetic_and_what_is_missing(outcomes, tmp_path):
    path = write_paper_page(tmp_path / "new" / "folder", outcomes, ["data=<folder>"])
    html = path.read_text()
    assert "measured on made up (synthetic music)" in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert html.count("data:image/webp") >= 1
    assert html.count("not made yet") == len([f for f in FIGURES if f.experiment != "dense"])
    assert "0 of 1 done; &lt;b&gt;The plug is out.&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "<folder>" not in html
    assert all(claim.what in html and claim.value in html for claim in CLAIMS)


def test_numbers_are_those_of_the_metrics_with_their_intervals(outcomes, tmp_path):
    metrics = outcomes["dense"].metrics
    rows = {row["what"]: row for row in numbers(outcomes)}
    row = rows["Dense: overall accuracy"]
    assert (row["all_tracks"], row["held_out"]) == (metrics["all/accuracy"], metrics["test/accuracy"])
    assert (row["held_out_low"], row["held_out_high"]) == (metrics["test/accuracy_low"], metrics["test/accuracy_high"])
    assert row["honest"] is None
    write_paper_page(tmp_path, outcomes, [])
    with open(tmp_path / "numbers.csv", newline="") as file:
        assert float(next(csv.DictReader(file))["held_out"]) == metrics["test/accuracy"]


def test_the_number_of_a_genre_has_the_interval_of_that_genre():
    metrics = {"test/accuracy/pop": 0.9, "test/accuracy_low/pop": 0.7, "test/accuracy_high/pop": 0.97, "seconds": 1}
    outcome = Outcome(EXPERIMENTS["convlstm"], "", (Entry({}, metrics, None),))
    (row,) = (row for row in numbers({"convlstm": outcome}) if row["what"] == "LSTM+CNN: pop")
    assert (row["held_out"], row["held_out_low"], row["held_out_high"]) == (0.9, 0.7, 0.97)


def test_a_mistake_is_drawn_and_none_where_there_is_none(tiny_run, tmp_path):
    with open(tiny_run / "predictions.csv", newline="") as file:
        wrong = [row for row in csv.DictReader(file) if row["truth"] != row["prediction"]]
    picture, text = misclassified(tiny_run, wrong[0]["truth"], wrong[0]["prediction"])
    assert picture.startswith(b"\x89PNG")
    assert f"{wrong[0]['truth']} predicted as {wrong[0]['prediction']}" in text
    assert misclassified(tiny_run, "polka") is None
