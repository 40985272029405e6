"""A resumed run equals an uninterrupted one, bit for bit."""

import shutil
from pathlib import Path

import pytest
import torch
from lightning.pytorch.callbacks import Callback
from omegaconf import OmegaConf, open_dict

from gtzan.errors import UserError
from gtzan.models.callbacks import BestOnValidation
from train import train

pytestmark = pytest.mark.usefixtures("without_figures")


class Pulled(Exception):
    """The plug."""


class PullThePlug(Callback):
    """Stops a run in the middle of an epoch, some steps after the last checkpoint."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
        if trainer.current_epoch == self.epoch and batch_idx == 1:
            raise Pulled


def weights(run_dir: str) -> dict:
    return torch.load(Path(run_dir) / "checkpoints" / "last.ckpt", weights_only=True)


@pytest.mark.parametrize("model", ["dense", pytest.param("convlstm", marks=pytest.mark.slow)])
def test_a_resumed_run_equals_an_uninterrupted_one(configured, model, tmp_path):
    overrides = [f"model={model}", "split=70/30", "epochs=4", "batch_size=8", "segments_per_track=3"]
    if model == "dense":  # its noise must be the same, too
        overrides += ["model.net.dropout=0.3", "augment=light"]
    whole = configured(*overrides)
    expected = train(whole)

    cut = configured(*overrides)
    with open_dict(cut):
        cut.callbacks.plug = {"_target_": "tests.test_resume.PullThePlug", "epoch": 2}
    with pytest.raises(Pulled):
        train(cut)
    assert weights(cut.run_dir)["epoch"] == 1  # numbered from 0

    moved = tmp_path / "moved"
    shutil.move(cut.run_dir, moved)
    config = OmegaConf.load(moved / "config.yaml")
    del config.callbacks.plug
    OmegaConf.save(config, moved / "config.yaml")
    interrupted = weights(moved)
    assert 0 < interrupted["callbacks"]["History"]["seconds"] < 600
    interrupted["callbacks"]["History"]["seconds"] += 3600  # as if it had trained for an hour
    torch.save(interrupted, moved / "checkpoints" / "last.ckpt")
    resumed = train(configured(f"resume={moved}"))

    one, other = weights(whole.run_dir), weights(moved)
    assert all(torch.equal(one["state_dict"][k], other["state_dict"][k]) for k in one["state_dict"])
    for a, b in zip(*(w["optimizer_states"][0]["state"].values() for w in (one, other)), strict=True):
        assert all(torch.equal(a[k], b[k]) for k in a)
    assert (moved / "history.csv").read_text() == (Path(whole.run_dir) / "history.csv").read_text()
    assert resumed.pop("seconds") > 3600 > expected.pop("seconds")
    assert resumed == expected


def test_a_moved_run_remembers_the_best_score_so_far(tmp_path):
    before = BestOnValidation(str(tmp_path / "before"))
    before.best_model_score, before.best_model_path = torch.tensor(0.9), str(tmp_path / "before" / "best.ckpt")
    before.best_k_models = {before.best_model_path: torch.tensor(0.9)}
    before.kth_best_model_path = before.best_model_path
    after = BestOnValidation(str(tmp_path / "after"))
    after.load_state_dict(before.state_dict())
    assert after.best_model_score == 0.9
    assert list(after.best_k_models) == [after.best_model_path] == [str(tmp_path / "after" / "best.ckpt")]


def test_what_cannot_be_resumed_is_told(configured, tmp_path):
    with pytest.raises(UserError, match="is not a run folder"):
        train(configured(f"resume={tmp_path}"))
