"""Lightning's CSV logger, for runs that are resumed."""

import csv
import io
from pathlib import Path

from lightning import LightningModule, Trainer
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loggers.csv_logs import ExperimentWriter

from gtzan.files import write_atomically
from gtzan.models.callbacks import History


class ResumableCsvLogger(CSVLogger):
    """Goes on with the table that it finds; Lightning's own deletes it."""

    @property
    @rank_zero_experiment
    def experiment(self) -> ExperimentWriter:
        if self._experiment is None:
            self._experiment = ResumableWriter(self.log_dir)
        assert isinstance(self._experiment, ResumableWriter)
        return self._experiment


class ResumableWriter(ExperimentWriter):
    """Appends to ``metrics.csv``, without the rows of steps that are trained again since the last checkpoint."""

    def __init__(self, log_dir: str) -> None:
        super().__init__(log_dir)
        self.appends = False
        self.path = Path(self.metrics_file_path)

    def log_metrics(self, metrics_dict: dict, step: int | None = None) -> None:
        if not self.appends and step is not None:
            self.appends = True
            self._keep_before(step)
        super().log_metrics(metrics_dict, step)

    def _check_log_dir_exists(self) -> None:
        """Lightning's deletes what is there."""

    def restore_epoch(self, step: int, metrics: dict[str, float]) -> None:
        """Add what the table lacks of the last epoch before training goes on.

        Args:
            step: the epoch's last.
            metrics: of the epoch, ``epoch`` among them, from 0.
        """
        self.appends = True
        if not self.path.exists():
            return
        rows = self._rows_before(step + 1)
        epoch = {"epoch": metrics["epoch"], "step": step}
        for part in ("val/", "train/"):
            named = {name: value for name, value in metrics.items() if name.startswith(part)}
            if named and not any(row.get("epoch") == str(epoch["epoch"]) and all(map(row.get, named)) for row in rows):
                rows.append(epoch | named)
                self.metrics_keys = sorted({*self.metrics_keys, *rows[-1]})
        self._write(rows)

    def _keep_before(self, step: int) -> None:
        if self.path.exists():
            self._write(self._rows_before(step))

    def _rows_before(self, step: int) -> list[dict]:
        """Whole rows of earlier steps: a kill can leave half of one."""
        with open(self.path, newline="", encoding="utf-8", errors="replace") as file:
            table = csv.DictReader(line.replace("\0", "") for line in file)
            rows = [row for row in table if (row.get("step") or "").isdecimal() and None not in row.values()]
            self.metrics_keys = list(table.fieldnames or [])
        return [row for row in rows if int(row["step"]) < step]

    def _write(self, rows: list[dict]) -> None:
        if not rows:
            self.path.unlink()
            self.metrics_keys = []
            return
        content = io.StringIO(newline="")
        writer = csv.DictWriter(content, self.metrics_keys, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.path, content.getvalue())


class RestoreLastEpoch(Callback):
    """Logs the epoch that training goes on from where a kill came between its checkpoint and its row in the table.

    Lightning saves an epoch's checkpoint before it logs the epoch.
    """

    def __init__(self) -> None:
        self.is_due = True

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._restore(trainer)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._restore(trainer)  # no epoch was left to train

    def _restore(self, trainer: Trainer) -> None:
        rows = next((callback.rows for callback in trainer.checkpoint_callbacks if isinstance(callback, History)), [])
        if self.is_due and rows and trainer.is_global_zero:
            step = trainer.fit_loop.epoch_loop._batches_that_stepped - 1  # as Lightning numbers an epoch's metrics
            for logger in trainer.loggers:
                if isinstance(logger, ResumableCsvLogger):
                    logger.experiment.restore_epoch(step, rows[-1] | {"epoch": int(rows[-1]["epoch"]) - 1})
        self.is_due = False
