import json
import os
from pathlib import Path

import pytest

from gtzan.errors import UserError
from gtzan.experiments.runs.checkpoint_search import checkpoint_of
from gtzan.experiments.runs.folder import RunFolder


def make_run(path: Path, age: int = 0, best: bool = False, **metrics) -> Path:
    (path / "checkpoints").mkdir(parents=True)
    (path / "checkpoints" / "last.ckpt").touch()
    if best:
        (path / "checkpoints" / "best.ckpt").touch()
    if metrics:
        (path / "metrics.json").write_text(json.dumps({name.replace("_", "/"): v for name, v in metrics.items()}))
        os.utime(path / "metrics.json", (1e9 - age, 1e9 - age))
    return path


def test_a_run_has_its_best_checkpoint_where_one_was_chosen_else_the_last(tmp_path):
    assert checkpoint_of(make_run(tmp_path / "a")).name == "last.ckpt"
    assert checkpoint_of(make_run(tmp_path / "b", best=True)).name == "best.ckpt"


def test_by_default_the_newest_finished_classifier_is_taken_also_from_a_sweep(tmp_path):
    make_run(tmp_path / "old", age=9, test_accuracy=0.5)
    newest = make_run(tmp_path / "sweep" / "0_lr-1", age=5, test_accuracy=0.5)
    make_run(tmp_path / "killed")
    make_run(tmp_path / "generator", age=1, fidelity=0.9)
    broken = make_run(tmp_path / "broken", age=1, test_accuracy=0.5)
    (broken / "metrics.json").write_text("{")
    assert checkpoint_of(None, tmp_path) == checkpoint_of(tmp_path) == newest / "checkpoints" / "last.ckpt"


def test_a_model_that_another_one_needed_is_taken_only_where_there_is_no_other(tmp_path):
    judge = make_run(tmp_path / "judge", age=1, test_accuracy=0.9)
    RunFolder(judge).save_environment({"trained as": "judge"})
    assert checkpoint_of(tmp_path).parents[1] == judge
    mine = make_run(tmp_path / "mine", age=5, test_accuracy=0.5)
    assert checkpoint_of(tmp_path).parents[1] == mine


def test_before_the_first_run_the_user_hears_how_to_make_one(tmp_path):
    with pytest.raises(UserError, match=r"python train\.py"):
        checkpoint_of(None, tmp_path / "runs")


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match="no nowhere"):
        checkpoint_of("nowhere")
    with pytest.raises(UserError, match="not a run folder"):
        checkpoint_of(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(UserError, match="has no checkpoint"):
        checkpoint_of(tmp_path)
