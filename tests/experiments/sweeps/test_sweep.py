"""A sweep does each point once, whatever comes between, and ends in a table."""

import gc
import json
import os
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from lightning import Trainer

import gtzan
import synthesize
from gtzan.data.datamodule import GenreDataModule
from gtzan.errors import UserError
from gtzan.experiments.sweeps.plan import Invalid
from gtzan.experiments.sweeps.sweep import Sweep
from gtzan.experiments.sweeps.table import Table
from gtzan.models.callbacks import SeedEveryEpoch
from tests.conftest import SMALL

pytestmark = pytest.mark.usefixtures("without_figures")


def points(folder: Path) -> dict[str, dict]:
    """Metrics of the finished points by the names of their folders, without the time that they took."""
    found = {p.parent.name: json.loads(p.read_text()) for p in folder.glob("points/*/metrics.json")}
    return {name: {k: v for k, v in metrics.items() if k != "seconds"} for name, metrics in found.items()}


def times(folder: Path) -> dict[str, int]:
    return {p.parent.name: p.stat().st_mtime_ns for p in folder.glob("points/*/metrics.json")}


def table_of(folder: Path) -> str:
    (path,) = folder.glob("sweeps/*/table.csv")
    return path.read_text()


def test_the_same_command_again_repeats_nothing_and_other_grids_share_points(sweep, tmp_path, caplog):
    caplog.set_level("INFO")
    runs = tmp_path / "runs"
    status, told = sweep("model=dense", "epochs=1", "split=50/50,70/30", "seed=0,1")
    assert status == 0
    assert "4 points: 4 finished, 0 reused, 0 failed" in told
    assert "← best" not in told  # each split has held-out tracks of its own
    before, table = times(runs), table_of(runs)
    status, told = sweep("model=dense", "epochs=1", "split=50/50,70/30", "seed=0,1")
    assert status == 0
    assert "4 points: 0 finished, 4 reused, 0 failed" in told
    assert (times(runs), table_of(runs)) == (before, table)
    status, told = sweep("epochs=1", "seed=1,2", "model=dense", "split=70/30", "threads=1", "trainer=cpu")
    assert "2 points: 1 finished, 1 reused, 0 failed" in told, [
        json.loads(p.read_text())["defines"] for p in (tmp_path / "runs").glob("points/*/point.json")
    ]
    assert "4 points to run, " in caplog.text
    assert "1 point to run, " in caplog.text
    assert len(times(runs)) == 5
    assert not any("/" in name for name in times(runs))


def test_a_single_point_is_one(tmp_path):
    one = Invalid(("lr=x",), "lr=x", "lr=x is no number.")
    assert Sweep(tmp_path, [one], "").summary().startswith("1 point: 0 finished, 0 reused, 1 failed.")


@pytest.mark.parametrize("split", [pytest.param("70/30", marks=pytest.mark.slow), "fault_filtered"])
def test_a_longer_training_goes_on_from_a_shorter_one_and_equals_one_from_scratch(
    sweep, split, tiny_corpus, tmp_path, monkeypatch
):
    from dataclasses import replace

    from gtzan.data.store import FeatureStore

    parts = ("train", "valid", "test", "train")
    tracks = tuple(replace(t, published={"fault_filtered": parts[i % 4]}) for i, t in enumerate(tiny_corpus.tracks))
    store = FeatureStore.of(replace(tiny_corpus, tracks=tracks), {"n_mfcc": 13}, tmp_path / "cache")
    words = ("model=dense", f"split={split}", f"data.store={store.path}", "batch_size=8", "lr=1e-2")
    epochs = []
    start = SeedEveryEpoch.on_train_epoch_start

    def count(self, trainer, pl_module):
        epochs.append(trainer.current_epoch)
        start(self, trainer, pl_module)

    monkeypatch.setattr(SeedEveryEpoch, "on_train_epoch_start", count)
    nested, alone = tmp_path / "nested", tmp_path / "alone"
    assert sweep(*words, "epochs=5,2", runs=nested)[0] == 0
    assert epochs == [0, 1, 2, 3, 4]
    assert sweep(*words, "epochs=5", runs=alone)[0] == 0
    ((name, expected),) = points(alone).items()
    (longer,) = (path for path in nested.glob("points/*") if path.name[-8:] == name[-8:])
    assert points(nested)[longer.name] == expected
    for checkpoint in (alone / "points" / name / "checkpoints").iterdir():
        one, other = (torch.load(p, weights_only=True) for p in (checkpoint, longer / "checkpoints" / checkpoint.name))
        assert all(torch.equal(one["state_dict"][key], other["state_dict"][key]) for key in one["state_dict"])
    assert (alone / "points" / name / "history.csv").read_text() == (longer / "history.csv").read_text()
    assert ((longer / "checkpoints" / "best.ckpt").exists()) == (split == "fault_filtered")


@pytest.mark.slow
def test_one_failing_point_does_not_stop_the_others_and_is_tried_again(sweep, tmp_path, monkeypatch):
    runs = tmp_path / "runs"
    start = SeedEveryEpoch.on_train_epoch_start

    def pull_the_plug(self, trainer, pl_module):
        if trainer.current_epoch == 2 and self.seed == 1:
            raise RuntimeError("the plug\nis out")
        start(self, trainer, pl_module)

    monkeypatch.setattr(SeedEveryEpoch, "on_train_epoch_start", pull_the_plug)
    words = ("model=dense", "split=70/30", "epochs=3", "seed=0,1,2", "batch_size=0,8")
    status, told = sweep(*words)
    assert status == 1
    assert "6 points: 2 finished, 0 reused, 4 failed" in told
    assert "failed: seed=1 batch_size=0: batch_size=0 must be a whole number from 1" in told
    (line,) = (line for line in told.splitlines() if "seed=1 batch_size=8" in line)
    assert "RuntimeError: the plug (" in line
    assert line.endswith("train.log)")
    assert "Traceback" not in told
    assert len(points(runs)) == 2

    monkeypatch.setattr(SeedEveryEpoch, "on_train_epoch_start", start)
    (interrupted,) = (path.parent for path in runs.glob("points/*/error.json"))
    assert torch.load(interrupted / "checkpoints" / "last.ckpt", weights_only=True)["epoch"] == 1
    status, told = sweep(*words)
    assert status == 1
    assert "6 points: 1 finished, 2 reused, 3 failed" in told
    assert sweep(*words[:-1], "batch_size=8", runs=tmp_path / "whole")[0] == 0
    assert {n[-8:]: m for n, m in points(runs).items()} == {n[-8:]: m for n, m in points(tmp_path / "whole").items()}


@pytest.mark.slow
def test_a_point_that_ended_before_its_metrics_were_written_gives_the_same(sweep, tmp_path):
    words = ("model=dense", "split=70/30", "epochs=2", "seed=0,1")
    sweep(*words)
    before = points(tmp_path / "runs")
    for path in (tmp_path / "runs").glob("points/*/metrics.json"):
        path.write_text('{"test/accuracy": 0.')
    status, told = sweep(*words)
    assert (status, points(tmp_path / "runs")) == (0, before)
    assert "2 finished, 0 reused" in told


def test_a_point_of_other_code_is_not_reused_and_it_is_said(sweep, tmp_path, monkeypatch, caplog):
    words = ("model=dense", "split=70/30", "epochs=1", "seed=0")
    sweep(*words)
    monkeypatch.setattr(
        "gtzan.experiments.sweeps.identity.target_digest", lambda target: "new" if "nets" in target else None
    )
    assert "1 finished, 0 reused" in sweep(*words)[1]
    assert "was trained with other settings" in caplog.text
    assert "code.gtzan.models.nets.dense.Dense: " in caplog.text
    assert " → new): training again" in caplog.text
    assert len(times(tmp_path / "runs")) == 2
    assert "0 finished, 1 reused" in sweep(*words)[1]


@pytest.mark.slow
def test_models_and_data_of_earlier_points_are_forgotten(sweep, monkeypatch):
    gc.collect()
    before = count_alive()
    alive = []
    start = SeedEveryEpoch.on_train_epoch_start

    def look(self, trainer, pl_module):
        alive.append(count_alive() - before)
        if self.seed == 1:
            raise RuntimeError("whose traceback holds a trainer")
        start(self, trainer, pl_module)

    monkeypatch.setattr(SeedEveryEpoch, "on_train_epoch_start", look)
    sweep("model=dense", "split=70/30", "epochs=1", "seed=0,1,2,3")
    assert alive == [2] * 4
    assert count_alive() == before


def count_alive() -> int:
    return sum(type(thing) in (Trainer, GenreDataModule) for thing in gc.get_objects())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("seed=0,1", "resume=x"), "without resume"),
        (("seed=0,1", "run_dir=x"), "leave run_dir out"),
        (("seed=0,1", "split=70/40"), "does not add up to 100"),
    ],
)
def test_a_mistake_of_the_whole_sweep_is_one_sentence(sweep, words, sentence, tmp_path):
    status, told = sweep(*words)
    assert status == 2
    assert told.count("\n") == 1
    assert sentence in told
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_generators_share_the_guide_that_the_first_of_them_trains(sweep, tmp_path):
    runs = tmp_path / "runs"
    status, told = sweep("model=generator", "split=50/50", "seed=0", "epochs=2,1", *SMALL)
    assert status == 0
    assert "2 points: 2 finished" in told
    assert "test MSE" in told
    (guide,) = runs.glob("20*_model-cnn_*")
    configs = [yaml.safe_load(path.read_text()) for path in runs.glob("points/*/config.yaml")]
    assert [config["guide"] for config in configs] == [str(guide)] * 2


@pytest.mark.slow
def test_genres_can_be_swept_in_synthesis_until_another_generator_is_there(
    sweep, tiny_generator, tiny_judge, tmp_path, caplog
):
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "old").symlink_to(tiny_generator)
    net = ("model.net.lstm=8", "split=50/50", *SMALL)
    words = (*net, f"judge={tiny_judge}", "seconds=1", "n=1", "epochs=2", "genre=bass,treble")
    status, told = sweep(*words, program=synthesize)
    assert status == 0
    assert "judge accuracy" in told
    assert len(list(runs.glob("points/*/*.wav"))) == 2
    assert "0 finished, 2 reused" in sweep(*words, program=synthesize)[1]
    shutil.copytree(tiny_generator, runs / "new")
    os.utime(runs / "new" / "metrics.json")
    assert "2 finished, 0 reused" in sweep(*words, program=synthesize)[1]
    assert f"the best generator is now {runs / 'new'}: generating it again" in caplog.text


@pytest.mark.slow
def test_the_table_is_made_of_the_folders(sweep, tmp_path):
    sweep("model=dense", "split=70/30", "epochs=1,2", "seed=0,1")
    (folder,) = (tmp_path / "runs" / "sweeps").iterdir()
    text = (folder / "table.csv").read_text()
    (folder / "table.csv").unlink()
    table = Table.of(folder)
    assert table.csv() == text
    assert table.axes == ("epochs",)
    assert [len(row.runs) for row in table.rows] == [2, 2]
    found = Table.of(tmp_path / "runs" / "points")
    assert found.axes == ("epochs",)
    assert [row.runs for row in found.rows] == [row.runs for row in table.rows]
    report = (folder / "report.html").read_text()
    assert report.count("/report.html") == 4  # links to the points'
    assert "python train.py -m" in report


@pytest.mark.slow
def test_a_fold_that_follows_the_seed_is_that_fold(sweep, tmp_path):
    status, _ = sweep("model=dense", "epochs=1", "split=kfold", "folds=4", "fold=${seed}", "seed=0,1")
    assert status == 0
    assert {metrics["split"] for metrics in points(tmp_path / "runs").values()} == {
        "kfold fold=0 folds=4",
        "kfold fold=1 folds=4",
    }
    status, told = sweep("model=dense", "epochs=1", "split=kfold", "folds=4", "fold=1", "seed=0,1")
    assert "2 points: 1 finished, 1 reused, 0 failed" in told


def test_a_value_that_is_forced_in_counts(sweep, tmp_path):
    assert sweep("model=dense", "epochs=1", "++split=50/50,70/30")[0] == 0
    assert {metrics["split"] for metrics in points(tmp_path / "runs").values()} == {"50/50", "70/30"}
    assert sweep("model=dense", "epochs=1", "++trainer.devices=2")[0] == 2


def test_a_point_cannot_be_given_more_epochs_than_its_name_says(sweep, tmp_path):
    sweep("model=dense", "epochs=1", "split=50/50", "seed=0")
    (point,) = (tmp_path / "runs" / "points").iterdir()
    with pytest.raises(UserError, match="is a point of a sweep, named by its epochs"):
        gtzan.train(resume=point, epochs=2)
    assert gtzan.train(resume=point, epochs=1).metrics()["epochs"] == 1
