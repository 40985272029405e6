"""Weights & Biases and MLflow on this machine, for runs that are resumed and results that come after training."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock
from lightning.pytorch.loggers import MLFlowLogger, WandbLogger
from lightning.pytorch.utilities.rank_zero import rank_zero_only

from gtzan.errors import UserError


class ResumableWandbLogger(WandbLogger):
    """Goes on with the run that its folder holds; prints nothing and leaves the terminal alone.

    Args:
        save_dir: the run folder; W&B writes to ``wandb/`` in it.
        arguments: of Lightning's logger and of ``wandb.init``.
    """

    def __init__(self, save_dir: str, **arguments: Any) -> None:
        import wandb

        if wandb.run is not None:  # of a sweep's point before, which failed; Lightning would go on with it
            wandb.finish(exit_code=1)
        folder = Path(save_dir)
        name = {"name": folder.name, "version": _wandb_id(folder)}
        settings = {"console": "off", "silent": True}
        super().__init__(save_dir=save_dir, settings=settings, **{**name, **arguments})
        del self._wandb_init["anonymous"]  # which W&B warns of, whatever it is

    @property
    def experiment(self) -> Any:
        """W&B's run, which the first use begins.

        Raises:
            UserError: it is to be sent at once, and there is no account or no way to it.
        """
        import wandb

        try:
            return super().experiment
        except wandb.Error as error:
            reason = str(error).partition("\n")[0].rstrip(".")
            raise UserError(f"logger=wandb cannot begin a run: {reason}; or leave logger.offline=false out.") from error

    @rank_zero_only
    def log_figures(self, pictures: Sequence[Path], step: int) -> None:
        """Add picture files by their names."""
        for picture in pictures:
            self.log_image(f"figures/{picture.stem}", [str(picture)], step)

    @rank_zero_only
    def close(self) -> None:
        """End the run: whoever logs on afterwards begins another."""
        self.experiment.finish()


class ResumableMlflowLogger(MLFlowLogger):
    """Goes on with a run that was interrupted; of one that is finished, a longer training is another.

    Args:
        run_dir: the run folder, whose name is the run's.
        runs: the folder of runs; the database ``mlflow.db`` and the folder of artifacts ``mlflow/`` are there.
        tracking_uri: the address of a server to log to instead.
        arguments: of Lightning's logger.
    """

    def __init__(self, run_dir: str, runs: str, tracking_uri: str | None = None, **arguments: Any) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # before it is imported
        import mlflow  # noqa: F401  which sets up its logs

        logging.getLogger("mlflow").setLevel(logging.WARNING)
        folder, name = Path(runs).absolute(), Path(run_dir).name.replace("'", "_")
        if tracking_uri is None:
            tracking_uri = f"sqlite:///{folder / 'mlflow.db'}"
            arguments = {"artifact_location": (folder / "mlflow").as_uri(), **arguments}
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".mlflow.lock"):  # the points of a sweep make database and experiment once
            super().__init__(run_name=name, tracking_uri=tracking_uri, **arguments)
            client, experiment = self._mlflow_client, self._mlflow_client.get_experiment_by_name(self._experiment_name)
            if experiment is None:
                client.create_experiment(self._experiment_name, self._artifact_location)
                return
        named = f"attributes.run_name = '{name}'"
        earlier = client.search_runs([experiment.experiment_id], named, order_by=["attributes.start_time DESC"])
        if earlier and earlier[0].info.status != "FINISHED":
            self._run_id = earlier[0].info.run_id

    @rank_zero_only
    def log_figures(self, pictures: Sequence[Path], step: int) -> None:
        """Add picture files to the artifacts."""
        for picture in pictures:
            self.experiment.log_artifact(self.run_id, str(picture), "figures")

    @rank_zero_only
    def close(self) -> None:
        """End the run."""
        self.finalize("success")


def _wandb_id(run_dir: Path) -> str | None:
    """The identifier of the newest run that W&B has kept in a run folder: of ``offline-run-<time>-<id>``."""
    folders = sorted(run_dir.glob("wandb/*run-*-*"), key=lambda folder: folder.name.rpartition("run-")[2])
    return folders[-1].name.rpartition("-")[2] if folders else None
