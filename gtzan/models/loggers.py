"""Lightning's CSV logger, for runs that go on after they were stopped."""

import csv
import io
from pathlib import Path

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loggers.csv_logs import ExperimentWriter

from gtzan.files import write_atomically


class ResumableCsvLogger(CSVLogger):
    """Goes on with the table that it finds; Lightning's own deletes it."""

    @property
    @rank_zero_experiment
    def experiment(self) -> ExperimentWriter:
        if self._experiment is None:
            self._experiment = ResumableWriter(self.log_dir)
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

    def _keep_before(self, step: int) -> None:
        if not self.path.exists():
            return
        with open(self.path, newline="", encoding="utf-8", errors="replace") as file:
            table = csv.DictReader(line.replace("\0", "") for line in file)
            rows = [row for row in table if (row.get("step") or "").isdecimal() and int(row["step"]) < step]
            self.metrics_keys = list(table.fieldnames or [])
        if not rows:
            self.path.unlink()
            self.metrics_keys = []
            return
        content = io.StringIO(newline="")
        writer = csv.DictWriter(content, self.metrics_keys, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.path, content.getvalue())
