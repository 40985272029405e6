"""A training whose numbers are no longer finite ends in a sentence, and leaves the last good checkpoint."""

import math
from pathlib import Path

import pytest
import torch
from lightning.pytorch.callbacks import Callback
from omegaconf import open_dict

from gtzan.corpora.splits import make_split
from gtzan.data.datamodule import GenreDataModule
from gtzan.data.views import Statistics
from gtzan.errors import UserError
from gtzan.models.divergence import all_finite
from train import train


class Spoil(Callback):
    """Makes a weight infinite at the end of an epoch, after its last step and before its checkpoint."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_epoch_end(self, trainer, pl_module) -> None:
        if trainer.current_epoch == self.epoch:
            with torch.no_grad():
                next(pl_module.net.parameters()).fill_(math.inf)


def test_a_loss_that_is_not_finite_stops_the_run(configured):
    cfg = configured("model=dense", "split=50/50", "logger=none", "lr=1e30")
    with pytest.raises(UserError, match="loss is not finite in epoch 1; there is no good checkpoint yet"):
        train(cfg)
    assert not list(Path(cfg.run_dir).rglob("*.ckpt"))
    assert not (Path(cfg.run_dir) / "metrics.json").exists()


def test_weights_that_are_not_finite_never_replace_a_good_checkpoint(configured):
    cfg = configured("model=dense", "split=50/50", "logger=none", "epochs=4")
    with open_dict(cfg):
        cfg.callbacks.spoil = {"_target_": "tests.models.test_divergence.Spoil", "epoch": 2}
    last = Path(cfg.run_dir) / "checkpoints" / "last.ckpt"
    with pytest.raises(UserError, match=rf"in epoch 3; the last good checkpoint is {last}\. Try a learning rate lower"):
        train(cfg)
    good = torch.load(last, weights_only=True)
    assert good["epoch"] == 1  # numbered from 0
    assert all_finite(good["state_dict"])


def test_features_that_are_not_finite_are_told_before_training(tiny_store):
    split, view = make_split(tiny_store.corpus, "50/50"), Statistics(["mfcc"], ["delta_std"])
    with pytest.raises(UserError, match="Segments of 1 frames have features that are not finite"):
        GenreDataModule(tiny_store, split, view, segment_seconds=0.02).statistics()


def test_a_diverged_generator_is_not_finished(configured, tiny_guide):
    words = ("model=generator", f"guide={tiny_guide}", "split=50/50", "logger=none", "lr=1e30")
    with pytest.raises(UserError, match="is not finite in epoch 1"):
        train(configured(*words, "model.net.width=16", "model.net.style=4", "model.net.latent=4"))
