"""Weights & Biases and MLflow, offline; skipped where they are not installed."""

import json
import os
from pathlib import Path

import pytest
from hydra.utils import instantiate

from gtzan.errors import UserError
from gtzan.models.callbacks import SeedEveryEpoch
from gtzan.reports.dashboard import hyperparameters
from train import train

pytestmark = pytest.mark.slow  # to import them takes seconds


def train_with_an_interruption(cfg, monkeypatch) -> None:
    def killed(callback, trainer, module) -> None:
        if trainer.current_epoch == 1:
            raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(SeedEveryEpoch, "on_train_epoch_start", killed)
        with pytest.raises(RuntimeError, match="killed"):
            train(cfg)
    cfg.resume = cfg.run_dir
    train(cfg)


@pytest.fixture
def tracked(configured, tmp_path):
    """A function from overrides to the configuration of a run whose folder has a quote in its name."""

    def configure(*words: str):
        cfg = configured("model=dense", "split=50/50", "lr=1e-6", f"runs={tmp_path}/runs", *words)
        cfg.run_dir = f"{tmp_path}/runs/a 'run'"
        return cfg

    return configure


def test_mlflow_has_curves_hyperparameters_final_metrics_and_figures_of_one_run(tracked, monkeypatch):
    pytest.importorskip("mlflow", reason="pip install 'gtzan[mlflow]'")
    cfg = tracked("logger=mlflow")
    train_with_an_interruption(cfg, monkeypatch)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    client, run_dir = instantiate(cfg.logger)._mlflow_client, Path(cfg.run_dir)
    experiment = client.get_experiment_by_name("gtzan").experiment_id
    (run,) = client.search_runs([experiment])
    assert (run.info.run_name, run.info.status) == ("a _run_", "FINISHED")
    metrics = json.loads((run_dir / "metrics.json").read_text())
    assert run.data.metrics["test/accuracy"] == pytest.approx(metrics["test/accuracy"])
    assert {name: str(value) for name, value in hyperparameters(cfg).items()}.items() <= run.data.params.items()
    assert len({point.step for point in client.get_metric_history(run.info.run_id, "val/loss")}) == 2
    figures = {Path(file.path).name for file in client.list_artifacts(run.info.run_id, "figures")}
    assert figures == {path.name for path in (run_dir / "figures").iterdir()}
    assert not Path("mlruns").exists()

    train(tracked("logger=mlflow", "epochs=3"))  # other hyper-parameters: another run
    assert len(client.search_runs([experiment])) == 2


def test_wandb_goes_on_with_the_run_of_a_run_directory(tracked, configured, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="pip install 'gtzan[wandb]'")
    cfg = tracked("logger=wandb")
    train_with_an_interruption(cfg, monkeypatch)
    assert wandb.run is None
    folders = sorted(Path(cfg.run_dir).glob("wandb/offline-run-*"))
    assert len(folders) == 2
    (identifier,) = {folder.name.rpartition("-")[2] for folder in folders}
    logged = next(folders[-1].glob("*.wandb")).read_bytes()
    for name in ("val/loss", "test/accuracy", "figures/confusion", "batch_size"):
        assert name.encode() in logged
    accuracy = json.loads((Path(cfg.run_dir) / "metrics.json").read_text())["test/accuracy"]
    assert str(accuracy)[:10].encode() in logged

    other = configured("model=dense", "split=50/50", "lr=1e-6", "logger=wandb", "epochs=1")
    train(other)
    (folder,) = Path(other.run_dir).glob("wandb/offline-run-*")
    assert not folder.name.endswith(identifier)


def test_wandb_without_an_account_is_one_sentence(tracked, monkeypatch, tmp_path):
    wandb = pytest.importorskip("wandb", reason="pip install 'gtzan[wandb]'")
    for name, value in {
        "WANDB_API_KEY": "",
        "WANDB_BASE_URL": "http://127.0.0.1:9",
        "NETRC": f"{tmp_path}/none",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WANDB_MODE", raising=False)  # which Lightning sets for what is offline
    wandb.teardown()  # it reads the environment once
    with pytest.raises(UserError, match=r"No API key configured.*leave logger.offline=false out"):
        train(tracked("logger=wandb", "logger.offline=false"))
