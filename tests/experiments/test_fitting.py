"""Lightning's usual flags work, or say in a sentence why they cannot."""

import os
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf, open_dict

from gtzan.corpora.splits import make_split
from gtzan.errors import UserError
from gtzan.experiments.factory import check_stopping
from gtzan.experiments.trainer import make_loggers, make_trainer
from train import train

DENSE = ("model=dense", "split=50/50", "logger=none")

pytestmark = pytest.mark.usefixtures("without_figures")


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("trainer.max_epochs=0", r"trainer\.max_epochs=0 leaves nothing to train"),
        ("+trainer.limit_train_batches=0", r"trainer\.limit_train_batches=0 leaves nothing to train"),
        ("+trainer.limit_predict_batches=1", r"trainer\.limit_predict_batches=1 leaves too little"),
    ],
)
def test_settings_that_leave_no_result_are_refused(configured, override, sentence):
    with pytest.raises(UserError, match=sentence):
        train(configured(*DENSE, override))


@pytest.mark.parametrize(
    "override", [pytest.param("+trainer.overfit_batches=1", marks=pytest.mark.slow), "+trainer.limit_val_batches=0"]
)
def test_settings_that_shorten_training_work(configured, override):
    assert train(configured(*DENSE, override))["epochs"] == 2


def test_a_fast_dev_run_leaves_no_metrics(configured):
    cfg = configured(*DENSE, "+trainer.fast_dev_run=true")
    assert train(cfg) == {}
    assert [path.name for path in Path(cfg.run_dir).iterdir()] == ["config.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("epochs", "stopping"), [(2, {"patience": 1, "min_delta": 1.0}), (1, {"stopping_threshold": 100})]
)
def test_early_stopping_is_counted_and_stays_stopped(configured, epochs, stopping):
    cfg = configured(*DENSE, "epochs=9", "lr=1e-9")
    stopping["monitor"] = "train/loss"
    with open_dict(cfg):
        cfg.callbacks.stop = {"_target_": "lightning.pytorch.callbacks.EarlyStopping", **stopping}
    metrics = train(cfg)
    assert (metrics["epochs"], metrics["epochs_asked"]) == (epochs, 9)
    again = train(configured(f"resume={cfg.run_dir}"))
    assert {**again, "seconds": 0} == {**metrics, "seconds": 0}


def test_early_stopping_on_test_tracks_is_refused(configured, tiny_corpus):
    cfg = configured(*DENSE)
    with open_dict(cfg):
        cfg.callbacks.stop = {"_target_": "lightning.pytorch.callbacks.EarlyStopping", "monitor": "val/loss"}
    with pytest.raises(UserError, match="measured on the test tracks, for split=50/50 has no validation part"):
        check_stopping(cfg, make_split(tiny_corpus, "50/50"))


def test_loggers_may_be_one_a_list_a_dictionary_or_none(configured):
    one = OmegaConf.to_container(configured("logger=csv", "run_dir=x").logger, resolve=True)
    other = OmegaConf.to_container(configured("logger=tensorboard", "run_dir=x").logger, resolve=True)
    names = {}
    for form in (one, [one, other], {"csv": one, "tensorboard": other, "wandb": None}, [one, None], [], {}, None):
        names[str(form)] = [type(logger).__name__ for logger in make_loggers(OmegaConf.create({"l": form}).l)]
    csv, tensorboard = "ResumableCsvLogger", "TensorBoardLogger"
    assert list(names.values()) == [[csv], [csv, tensorboard], [csv, tensorboard], [csv], [], [], []]


def test_a_profilers_report_is_in_the_run_directory(configured):
    cfg = configured(*DENSE, "+trainer.profiler=simple")
    profiler = make_trainer(cfg).profiler
    profiler.setup("fit")
    with profiler.profile("something"):
        pass
    profiler.describe()
    assert "something" in (Path(cfg.run_dir) / "fit-profile.txt").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are text")
def test_tensorboard_is_left_out_where_it_cannot_name_its_folder(configured, tmp_path, caplog):
    cfg = configured()
    assert len(make_loggers(cfg.logger)) == 1
    cfg.logger.save_dir = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    assert make_loggers(cfg.logger) == []
    assert "TensorBoard is left out" in caplog.text
