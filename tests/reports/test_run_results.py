import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from PIL import Image

from train import train


def rows_of(path) -> list[dict]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_its_figures(tiny_run):
    wrong = sum(row["truth"] != row["prediction"] for row in rows_of(tiny_run / "predictions.csv"))
    assert wrong > 0
    expected = {"curves", "confusion", "report", "reliability", "mfcc"}
    expected |= {f"misclassified_{i + 1:02d}" for i in range(min(6, wrong))}
    assert {path.stem for path in (tiny_run / "figures").glob("*.png")} == expected
    for path in (tiny_run / "figures").iterdir():
        assert np.asarray(Image.open(path)).std() > 0


def test_the_report_agrees_with_the_metrics(tiny_run):
    report = {row["genre"]: row for row in rows_of(tiny_run / "report.csv")}
    metrics = json.loads((tiny_run / "metrics.json").read_text())
    assert set(report) == {"bass", "middle", "treble", "accuracy", "macro average", "weighted average"}
    assert float(report["accuracy"]["f1"]) == pytest.approx(metrics["test/accuracy"], abs=1e-5)
    assert int(report["accuracy"]["support"]) == metrics["n_test"]


@pytest.mark.slow
def test_a_run_without_tensorboard_leaves_the_same_figures_and_none_of_before(
    configured, tiny_run, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    cfg = configured("model=dense", "split=50/50", "lr=1e-6", "logger=none")
    figures = Path(cfg.run_dir) / "figures"
    figures.mkdir()
    (figures / "misclassified_99.png").touch()  # as a run leaves it that is resumed then, and makes fewer mistakes
    train(cfg)
    assert {path.name for path in figures.iterdir()} == {path.name for path in (tiny_run / "figures").iterdir()}
    assert not list(Path(cfg.run_dir).rglob("events.out*"))
    assert not list(tmp_path.iterdir())  # Lightning's own logger would write to the working directory


def test_curves_can_be_logged_as_a_table_in_the_run_directory(configured):
    cfg = configured("logger=csv")
    logger = instantiate(cfg.logger)
    assert Path(logger.log_dir) == Path(cfg.run_dir) / "csv"


def test_tensorboard_lies_in_the_run_directory(tiny_run):
    assert list((tiny_run / "tensorboard").glob("events.out*"))
