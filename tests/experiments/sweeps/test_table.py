import csv
import json
import os
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from gtzan.cli.main import main
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.entries import Entry
from gtzan.experiments.sweeps.table import KINDS, Estimate, Table

CORPUS = {"corpus": "built-in corpus (synthetic music)", "split": "70/30"}


def classifier(accuracy: float, **facts: str) -> Entry:
    numbers = {"test/accuracy": accuracy, "test/accuracy_low": accuracy - 0.1, "test/accuracy_high": accuracy + 0.1}
    return Entry(facts, {**numbers, "test/f1_macro": accuracy, "test/mse": 0.1, "all/accuracy": 0.9, **CORPUS})


def rows_of(table: Table) -> list[dict]:
    return list(csv.DictReader(table.csv().splitlines()))


def test_seeds_and_folds_are_averaged_and_the_best_stands_first():
    entries = [classifier(a, model=m, lr="1e-3", seed=str(s)) for m, s, a in (
        ("dense", 0, 0.5), ("cnn", 0, 0.7), ("dense", 1, 0.6), ("cnn", 1, 0.7), ("dense", 2, 0.7), ("cnn", 2, 0.7)
    )]  # fmt: skip
    table = Table.from_entries(entries)
    assert table.axes == ("model",)  # lr does not vary
    best, other = rows_of(table)
    assert (best["model"], best["best"], other["best"]) == ("cnn", "best", "")
    # By hand: t(2, 0.975) = 4.3027, sd = 0.1, so ± 0.24841.
    assert float(other["test/accuracy"]) == pytest.approx(0.6)
    assert float(other["test/accuracy_sd"]) == pytest.approx(0.1)
    assert float(other["test/accuracy_low"]) == pytest.approx(0.6 - 0.24841, abs=1e-4)
    assert float(other["test/accuracy_high"]) == pytest.approx(0.6 + 0.24841, abs=1e-4)
    assert "dense  3            60.0% ± 10.0 [35.2, 84.8]" in table.text()
    assert "built-in corpus (synthetic music), split 70/30" in table.text()
    assert [line.split()[0] for line in table.text().splitlines() if line.endswith("← best")] == ["cnn"]
    assert "| **cnn** | **3** |" in table.markdown()


def test_a_single_run_has_the_interval_over_its_tracks():
    (row, _) = rows_of(Table.from_entries([classifier(0.7, split="a"), classifier(0.6, split="b")]))
    assert (row["test/accuracy_low"], row["test/accuracy_sd"]) == (str(0.7 - 0.1), "")


def test_of_generators_the_smallest_error_is_best():
    errors = {"0.1": 0.5, "0.2": 0.3}
    table = Table.from_entries(
        [Entry({"lr": lr}, {"test/mse": e, "test/reconstruction_accuracy": 0.8, **CORPUS}) for lr, e in errors.items()]
    )
    assert [(row.axes, row.best) for row in table.rows] == [(("0.2",), True), (("0.1",), False)]
    assert "test accuracy" not in table.text()
    both = Table.from_entries([classifier(0.5, model="cnn"), Entry({"model": "generator"}, table.rows[0].runs[0])])
    assert [row.best for row in both.rows] == [True, True]
    assert rows_of(both)[0]["test/mse"] == ""  # a classifier's error is of probabilities


def test_what_is_not_finished_stands_last_with_the_reason():
    failed = Entry({"lr": "0.3"}, None, None, "failed", "lr|0.3 is too large")
    table = Table.from_entries([failed, classifier(0.5, lr="0.1"), Entry({"lr": "0.2"}, None, None, "unfinished")])
    assert [row.note for row in table.rows] == ["", "failed: lr|0.3 is too large", "unfinished"]
    assert "failed: lr\\|0.3 is too large" in table.markdown()
    assert len({line.count("|") - 2 * line.count("\\|") for line in table.markdown().splitlines()[2:-2]}) <= 2


def test_a_table_of_nothing_finished_is_a_table():
    assert "unfinished" in Table.from_entries([Entry({"lr": "0.2"}, None, None, "unfinished")]).text()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no sweep.json and no finished run"), ("{", "damaged"), ('{"points": [1]}', "damaged")],
)
def test_a_folder_without_a_table_is_told(tmp_path, content, sentence, capsys):
    if content:
        (tmp_path / "sweep.json").write_text(content)
    assert main(["table", str(tmp_path)]) == 2
    assert sentence in capsys.readouterr().err
    assert main(["table", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_the_command_prints_and_writes_what_the_folders_say(tmp_path, capsys):
    sweep = tmp_path / "sweeps" / "s"
    sweep.mkdir(parents=True)
    points = []
    for lr, accuracy in (("0.1", 0.5), ("0.2", 0.6)):
        entry = classifier(accuracy)
        folder = tmp_path / "points" / lr
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text(json.dumps(entry.metrics))
        points.append({"overrides": {"lr": lr}, "folder": f"../../points/{lr}", "error": None})
    (sweep / "sweep.json").write_text(json.dumps({"points": [*points, points[0]]}))
    assert main(["table", str(sweep), "--csv"]) == 0
    printed = capsys.readouterr().out
    assert printed == (sweep / "table.csv").read_text()
    assert [row["lr"] for row in csv.DictReader(printed.splitlines())] == ["0.2", "0.1"]
    main(["table", str(sweep), "--markdown"])
    assert capsys.readouterr().out == (sweep / "table.md").read_text()
    assert not list(Path(tmp_path / "points").glob("table*"))


def test_the_title_says_what_all_rows_have_in_common():
    metrics = {"test/accuracy": 0.5, "corpus": "GTZAN", "split": "70/30"}
    facts = [
        {"data.root": "/x", "data.builtin_root": "/y", "segments_per_track": "2", "guide": "", "epochs": epochs}
        for epochs in ("1", "2")
    ]
    table = Table.from_entries([Entry(one, metrics) for one in facts])
    assert table.title == "GTZAN, split 70/30; all with segments_per_track=2"
    assert table.title in table.text()
    assert table.title in table.markdown()


def test_the_interval_is_that_of_the_run_with_the_value():
    accuracy = KINDS[0].measures[0]
    without = {"test/accuracy": None, "test/accuracy_low": 0.1, "test/accuracy_high": 0.2}
    estimate = Estimate.of(accuracy, [without, classifier(0.7).metrics])
    assert (estimate.low, estimate.high) == pytest.approx((0.6, 0.8))


def test_a_row_without_any_value_stands_last():
    nothing = Entry({"model": "cnn"}, {"test/accuracy": None, **CORPUS})
    table = Table.from_entries([nothing, classifier(0.2, model="dense")])
    assert [row.axes for row in table.rows] == [("dense",), ("cnn",)]


def test_seeds_that_change_nothing_say_no_more_than_one_run():
    estimate = Estimate.of(KINDS[0].measures[0], [classifier(0.7).metrics] * 3)
    assert (estimate.low, estimate.high) == pytest.approx((0.6, 0.8))
    wider = {**classifier(0.7).metrics, "test/accuracy_low": 0.4}  # another fold, with fewer tracks
    estimate = Estimate.of(KINDS[0].measures[0], [classifier(0.7).metrics, wider])
    assert (estimate.low, estimate.high) == pytest.approx((0.7, 0.7))


@pytest.fixture
def make_run(configured, tmp_path):
    """A function that leaves the configuration and the metrics of a finished run; the rest changes the former."""
    base = configured("model=dense", "split=70/30", "logger=none", f"runs={tmp_path}")

    def make(name: str, metrics: dict, **changes) -> Path:
        run = RunFolder(tmp_path / name)
        hidden = {"model": {"net": {"hidden": [changes.pop("width", 8)]}}}
        own = {"callbacks": {"seed": {"seed": changes.get("seed", 0)}}, "run_dir": str(run.path)}
        run.save_config(OmegaConf.merge(base, changes, hidden, own))
        run.save_metrics(classifier(0.5).metrics | {"corpus_digest": "0"} | metrics)
        return run.metrics_file

    return make


def test_runs_in_a_folder_are_averaged_only_where_nothing_but_seed_and_fold_differs(make_run, tmp_path):
    for seed in (0, 1):
        make_run(f"narrow-{seed}", {}, seed=seed, width=8)
        make_run(f"wide-{seed}", {}, seed=seed, width=16)
        make_run(f"guided-{seed}", {}, seed=seed, width=8, guide=str(tmp_path / "narrow-0"))
    make_run("others", {"corpus": "my songs"}, width=8)
    make_run("others-2", {"corpus": "my songs", "corpus_digest": "1"}, width=8)
    for fold in (0, 1):
        split = {"split": f"artist fold={fold}, as published"}
        make_run(f"fold-{fold}", split, split="artist", fold=fold, width=8)
    rows = rows_of(Table.of(tmp_path))
    shown = ("split", "corpus", "corpus_digest", "guide", "model.net.hidden", "runs")
    assert sorted(tuple(row[key] for key in shown) for row in rows) == sorted(
        [
            ("70/30", CORPUS["corpus"], "0", "", "[8]", "2"),
            ("70/30", CORPUS["corpus"], "0", "", "[16]", "2"),
            ("70/30", CORPUS["corpus"], "0", "narrow-0", "[8]", "2"),
            ("70/30", "my songs", "0", "", "[8]", "1"),
            ("70/30", "my songs", "1", "", "[8]", "1"),
            ("artist, as published", CORPUS["corpus"], "0", "", "[8]", "2"),
        ]
    )


def test_the_names_of_folders_are_no_settings(make_run, tmp_path):
    for name, width in (("1", 8), ("11", 16)):
        make_run(name, {}, width=width)
    assert Table.of(tmp_path).axes == ("model.net.hidden",)


def test_of_runs_with_the_same_settings_the_last_one_counts(make_run, tmp_path, caplog):
    caplog.set_level("INFO")
    for age, (name, accuracy) in enumerate((("b", 0.6), ("a", 0.5))):
        os.utime(make_run(name, {"test/accuracy": accuracy}), (1e9 - age, 1e9 - age))
    make_run("c", {"test/accuracy": 0.7}, seed=1)
    (row,) = rows_of(Table.of(tmp_path))
    assert (row["folders"], row["runs"]) == ("b; c", "2")
    assert "1 earlier runs with the same settings are left out" in caplog.text


def test_each_corpus_has_its_best_row(make_run, tmp_path):
    for name, corpus, accuracy in (("a", "my songs", 0.5), ("b", "my songs", 0.4), ("c", "synthetic music", 0.9)):
        make_run(name, {"corpus": corpus, "test/accuracy": accuracy}, width=int(accuracy * 100))
    rows = rows_of(Table.of(tmp_path))
    assert [(row["corpus"], row["best"]) for row in rows] == [
        ("synthetic music", ""),  # alone: the best of one
        ("my songs", "best"),
        ("my songs", ""),
    ]
    assert Table.of(tmp_path).axes[:1] == ("corpus",)


def test_only_rows_with_the_same_held_out_tracks_compete():
    """An easier split, such as one that shares artists, makes nothing better."""
    splits = {"80/20": "80/20", "artist": "artist fold={} folds=5"}

    def table_of(*models: str) -> Table:
        entries = [classifier(0.6, split=s, fold=str(f), model=m) for s in splits for m in models for f in (0, 1)]
        accuracies = {("80/20", "cnn"): 0.9, ("80/20", "dense"): 0.8, ("artist", "cnn"): 0.5, ("artist", "dense"): 0.6}
        for entry in entries:
            told = entry.settings
            entry.metrics["split"] = splits[told["split"]].format(told["fold"])
            entry.metrics["test/accuracy"] = accuracies[told["split"], told["model"]]
        return Table.from_entries(entries)

    assert [row.best for row in table_of("cnn").rows] == [False, False]
    best = [row.axes for row in table_of("cnn", "dense").rows if row.best]
    assert best == [("80/20", "cnn"), ("artist", "dense")]
