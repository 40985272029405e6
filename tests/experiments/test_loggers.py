"""Which loggers a configuration makes; nothing is logged here."""

import pytest
from lightning.pytorch.loggers import TensorBoardLogger

from gtzan.errors import UserError
from gtzan.experiments import resuming
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.processes import extras
from gtzan.experiments.sweeps.identity import settings
from gtzan.experiments.trainer import make_loggers
from gtzan.models.loggers import ResumableCsvLogger

ADDED = "+logger@logger.wandb=wandb"


def test_many_are_tensorboard_and_csv_and_what_is_added(configured):
    assert [type(logger) for logger in make_loggers(configured("logger=many").logger)] == [
        TensorBoardLogger,
        ResumableCsvLogger,
    ]
    assert list(configured("logger=many", ADDED).logger) == ["tensorboard", "csv", "wandb"]


@pytest.mark.parametrize("words", [["logger=wandb"], ["logger=mlflow"], ["logger=many", ADDED]])
def test_a_missing_library_is_named_with_its_extra_before_any_work(configured, monkeypatch, words):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    library = "mlflow" if "mlflow" in words[0] else "wandb"
    with pytest.raises(UserError, match=rf"logger={library} needs an extra: pip install 'gtzan\[{library}\]'"):
        validate(configured(*words))


def test_a_resumed_run_takes_another_logger(configured, tiny_run, monkeypatch):
    monkeypatch.setattr(resuming, "overrides", lambda: ["logger=many", ADDED.lstrip("+"), f"resume={tiny_run}"])
    resumed, _ = resuming.resume(configured("logger=many", ADDED, f"resume={tiny_run}"))
    assert "wandb" in resumed.logger


@pytest.mark.parametrize("logger", ["csv", "many", "mlflow", "none", "wandb"])
def test_a_logger_defines_no_result(configured, logger):
    assert settings(configured(f"logger={logger}")) == settings(configured())
