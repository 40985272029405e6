"""``train.py`` in this process: what a run leaves, and what holds between runs."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gtzan.data.store import FeatureStore
from gtzan.errors import UserError
from gtzan.models.classifier import Classifier
from tests.conftest import make_corpus
from train import train


def metrics_of(cfg) -> dict:
    return json.loads((cfg_path(cfg) / "metrics.json").read_text())


def cfg_path(cfg) -> Path:
    return Path(cfg.run_dir)


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize(
    "model", ["dense", *(pytest.param(name, marks=pytest.mark.slow) for name in ("cnn", "convlstm"))]
)
def test_each_model_learns_to_tell_bass_from_treble(configured, model):
    cfg = configured(f"model={model}", "epochs=8", "lr=1e-3", "split=70/30", "batch_size=8")
    metrics = train(cfg)
    assert metrics["test/accuracy"] >= 0.8
    assert metrics["test/accuracy_low"] < metrics["test/accuracy"] <= metrics["test/accuracy_high"]
    assert metrics == metrics_of(cfg)


def test_a_run_leaves_all_that_it_promises(configured):
    cfg = configured("model=dense", "split=70/30")
    train(cfg)
    path = cfg_path(cfg)
    metrics = metrics_of(cfg)
    for name in ("accuracy", "accuracy_low", "accuracy_high", "f1_macro", "mse", "loss"):
        for part in ("train", "test", "all"):
            assert 0 <= metrics[f"{part}/{name}"] < 10
    assert metrics["split"] == "70/30"
    assert metrics["n_train"] + metrics["n_test"] == metrics["n_all"] == 24
    assert metrics["seed"] == 0
    assert metrics["epochs"] == 2
    assert metrics["corpus"].startswith("tiny")
    with open(path / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == metrics["n_test"]
    for row in rows:
        probabilities = {genre: float(row[genre]) for genre in ("bass", "middle", "treble")}
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert row["prediction"] == max(probabilities, key=probabilities.get)
    right = sum(row["truth"] == row["prediction"] for row in rows) / len(rows)
    assert right == pytest.approx(metrics["test/accuracy"])
    with open(path / "history.csv", newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert (path / "config.yaml").exists()


@pytest.mark.usefixtures("without_figures")
def test_the_same_command_gives_the_same_numbers_and_seed_0_is_a_seed(configured):
    first, again, other = (train(configured("model=dense", "split=70/30", f"seed={s}")) for s in (0, 0, 1))
    assert first["test/loss"] == again["test/loss"]
    assert first["test/loss"] != other["test/loss"]


@pytest.mark.usefixtures("without_figures")
def test_a_checkpoint_loads_with_weights_only_and_needs_nothing_else(configured):
    cfg = configured("model=cnn", "split=70/30")
    train(cfg)
    checkpoint = cfg_path(cfg) / "checkpoints" / "last.ckpt"
    assert torch.load(checkpoint, weights_only=True)["hyper_parameters"]["classes"] == ["bass", "middle", "treble"]
    model = Classifier.load_from_checkpoint(checkpoint, weights_only=True, map_location="cpu")
    assert model.hparams.features["n_mfcc"] == 13
    assert model.standardiser.mean.abs().sum() > 0
    assert model.eval()(torch.zeros(1, *model.hparams.input_shape)).shape == (1, 3)


@pytest.mark.usefixtures("without_figures")
def test_two_part_splits_report_the_last_epoch(configured):
    cfg = configured("model=dense", "split=70/30")
    metrics = train(cfg)
    assert metrics["checkpoint"] == "last.ckpt"
    assert not (cfg_path(cfg) / "checkpoints" / "best.ckpt").exists()


@pytest.mark.usefixtures("without_figures")
def test_three_part_splits_report_the_epoch_that_validation_chose(configured, tiny_corpus, tmp_path):
    parts = ("train", "valid", "test", "train")
    tracks = tuple(replace(t, published={"fault_filtered": parts[i % 4]}) for i, t in enumerate(tiny_corpus.tracks))
    store = FeatureStore.of(replace(tiny_corpus, tracks=tracks), {"n_mfcc": 13}, tmp_path)
    cfg = configured("model=dense", "split=fault_filtered", f"data.store={store.path}", "epochs=6", "lr=3e-2")
    metrics = train(cfg)
    assert metrics["checkpoint"] == "best.ckpt"
    assert (metrics["n_train"], metrics["n_val"], metrics["n_test"]) == (12, 6, 6)
    with open(cfg_path(cfg) / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    best = max(rows, key=lambda row: float(row["val/accuracy"]))
    assert len(rows) == 6
    assert metrics["val/accuracy"] == pytest.approx(float(best["val/accuracy"]))
    assert metrics["val/loss"] == pytest.approx(float(best["val/loss"]), rel=1e-5)


@pytest.mark.usefixtures("without_figures")
def test_the_metrics_of_a_last_epoch_are_those_of_the_curve(configured):
    cfg = configured("model=dense", "split=70/30")
    metrics = train(cfg)
    with open(cfg_path(cfg) / "history.csv", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    for name in ("accuracy", "loss", "mse", "f1_macro"):
        assert float(last[f"val/{name}"]) == pytest.approx(metrics[f"test/{name}"], rel=1e-5)


def test_a_broken_file_is_named_in_log_metrics_and_report(configured, tmp_path, caplog):
    corpus = make_corpus(tmp_path / "music", tracks_per_genre=4, seconds=1.0)
    corpus.tracks[0].path.write_bytes(b"not a sound")
    cfg = configured("model=dense", "split=50/50", f"data.root={corpus.root}", f"cache={tmp_path}")
    metrics = train(cfg)
    assert list(metrics["broken"]) == [corpus.tracks[0].name]
    assert metrics["n_all"] == 11
    assert str(corpus.tracks[0].path) in caplog.text
    with pytest.raises(UserError, match=str(corpus.tracks[0].path)):
        train(configured("on_broken=error", f"data.root={corpus.root}", f"cache={tmp_path}"))


def test_epochs_without_validation_show_none(configured):
    cfg = configured("model=dense", "split=70/30", "epochs=4", "trainer.check_val_every_n_epoch=2")
    train(cfg)
    with open(cfg_path(cfg) / "history.csv", newline="") as file:
        assert [row["val/loss"] != "" for row in csv.DictReader(file)] == [False, True, False, True]


@pytest.mark.usefixtures("without_figures")
def test_a_carried_store_trains_without_the_audio(configured, tiny_store):
    cfg = configured("model=dense", "split=70/30", f"data.store={tiny_store.path}", "data.root=gone")
    assert train(cfg)["corpus"] == "tiny corpus (synthetic music)"
    with pytest.raises(UserError, match=r"features\.n_mfcc=20, but the store"):
        train(configured("features.n_mfcc=20", f"data.store={tiny_store.path}"))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs=0", "epochs=0 must be a whole number from 1"),
        ("batch_size=0", "batch_size=0 must be a whole number from 1"),
        ("segment_seconds=-1", "segment_seconds=-1 must be a number from 0.05"),
        ("split=70/40", "does not add up to 100"),
        ("split=fault_filtered", "published for GTZAN"),
        ("on_broken=ignore", "on_broken=ignore must be skip or error"),
        ("data.root=/nowhere", "/nowhere"),
        ("model.view.features=[mfc]", r"model.view.features=\[mfc\] must be"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(configured, override, message):
    with pytest.raises(UserError, match=message):
        train(configured(override))
