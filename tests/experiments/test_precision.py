"""A precision is chosen by measurement, once, and written down."""

import json
import logging
from pathlib import Path

import pytest
import torch

from gtzan.experiments import precision
from gtzan.experiments.precision import FULL, MIXED, faster, measure, with_precision
from gtzan.experiments.resuming import find_unfinished
from gtzan.experiments.runs.folder import RunFolder
from train import train

pytestmark = pytest.mark.usefixtures("without_figures")


@pytest.fixture
def timed(monkeypatch) -> list[str]:
    """The nets that were timed, in a world where mixed precision is twice as fast for the CNN alone."""
    nets = []

    def stand_in(cfg, n_classes):
        nets.append(cfg.model.net["_target_"])
        return {FULL: 0.02, MIXED: 0.01 if nets[-1].endswith("Cnn") else 0.02}

    monkeypatch.setattr(precision, "measure", stand_in)
    return nets


@pytest.mark.parametrize("model", ["cnn", "dense", "convlstm", "resnet", "flow", "generator_lstm"])
def test_every_net_can_be_timed_and_nothing_else_changes(configured, model):
    n_mfcc = ["features.n_mfcc=128"] if model == "resnet" else ["features.n_mfcc=16"]
    cfg = configured(f"model={model}", "batch_size=2", "segment_seconds=0.8", *n_mfcc)
    torch.manual_seed(0)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    seconds = measure(cfg, 3)
    assert set(seconds) == {FULL, MIXED}
    assert all(0 < value < 10 for value in seconds.values())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_mixed_precision_must_be_worth_it():
    assert faster({FULL: 1.0, MIXED: 0.5}) == MIXED
    assert faster({FULL: 1.0, MIXED: 0.95}) == FULL  # noise must not decide
    assert faster({FULL: 1.0, MIXED: 2.0}) == FULL


def test_a_choice_is_remembered_for_the_same_net_and_batches(configured, timed, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    cnn = ("model=cnn", "trainer.precision=auto", f"cache={tmp_path}")
    assert with_precision(configured(*cnn), 3).trainer.precision == MIXED
    assert "trainer.precision=bf16-mixed: a step takes one thread 20.0 ms in 32-true, 10.0 ms in bf16" in caplog.text
    assert with_precision(configured(*cnn, "lr=0.1", "seed=3", "epochs=9"), 3).trainer.precision == MIXED
    assert len(timed) == 1
    with_precision(configured(*cnn, "batch_size=8"), 3)
    assert with_precision(configured("model=dense", *cnn[1:]), 3).trainer.precision == FULL
    assert len(timed) == 3
    assert len(json.loads((tmp_path / "precision.json").read_text())) == 3


def test_what_is_asked_for_is_left_alone(configured, timed):
    for overrides in (["trainer.precision=bf16-mixed"], ["model=blocks", "trainer.precision=${model.precision}"]):
        cfg = configured(*overrides)
        assert with_precision(cfg, 3) is cfg
    assert not timed


def test_where_gradients_are_clipped_it_is_measured_too(configured, timed, tmp_path):
    cfg = configured("model=cnn", "trainer.precision=auto", "+trainer.gradient_clip_val=1.0", f"cache={tmp_path}")
    assert with_precision(cfg, 3).trainer.precision == MIXED
    assert len(timed) == 1


def test_on_a_gpu_it_is_float32(configured, timed):
    assert with_precision(configured("trainer.accelerator=gpu", "trainer.precision=auto"), 3).trainer.precision == FULL
    assert not timed


def test_without_a_place_to_remember_it_is_measured_again(configured, timed, tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    cfg = configured("model=cnn", "trainer.precision=auto", f"cache={tmp_path / 'file'}")
    assert with_precision(cfg, 3).trainer.precision == MIXED
    assert "cannot be kept" in caplog.text


def test_a_run_writes_down_what_was_chosen_and_is_found_again(configured, timed, tmp_path):
    overrides = ("model=cnn", "split=50/50", "epochs=1", "trainer.precision=auto", f"runs={tmp_path}")
    overrides += ("features.n_mfcc=13", "model.net.channels=[4,4,4]")
    cfg = configured(*overrides, f"run_dir={tmp_path / 'run'}")
    train(cfg)
    run = RunFolder(Path(cfg.run_dir))
    assert run.settings()["trainer"]["precision"] == MIXED
    run.metrics_file.unlink()
    assert find_unfinished(configured(*overrides)) == run.path
    assert find_unfinished(configured(*overrides, "trainer.precision=32-true")) is None
