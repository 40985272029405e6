"""The folder of a run, and every file in it: the only place that knows their names and reads or writes them.

::

    runs/<run>/  config.yaml       the resolved configuration, from the run's start
                 checkpoints/      last.ckpt, and best.ckpt where validation tracks choose an epoch
                 history.csv       every metric of every epoch
                 predictions.csv   truth, prediction and probabilities of each held-out track
                 samples.csv       of a synthesis: the samples that are made, while it goes on
                 synthesis.json    of a synthesis: the samples and their predicted genres
                 metrics.json      every number; written last, it says that the run is finished
                 robustness.json   of gtzan robust: accuracy on deformed held-out tracks
                 ratings.jsonl     of gtzan serve: what listeners think of a generator's samples
                 environment.json  command, versions, machine
                 figures/
"""

import csv
import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig

from gtzan.csv_files import read_rows, write_rows
from gtzan.errors import UserError, reason_of
from gtzan.experiments.runs import stored_config as run_config
from gtzan.files import read_json, write_json
from gtzan.models.checkpoint_files import LAST, PREVIOUS

log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class RunFolder:
    """A run's folder, which need not exist yet.

    Damaged files raise a :class:`UserError` that names the file; the ``…_if_readable`` methods log a warning instead,
    for searches through many runs.

    Attributes:
        path: the folder.
    """

    path: Path

    @classmethod
    def of_checkpoint(cls, checkpoint: Path) -> "RunFolder":
        """The run folder of a checkpoint."""
        return cls(Path(os.path.normpath(checkpoint.parent / "..")))

    def __str__(self) -> str:
        return str(self.path)

    @property
    def has_config(self) -> bool:
        return self.config_file.exists()

    @property
    def finished(self) -> bool:
        return self.metrics_file.exists()

    @property
    def is_synthesis(self) -> bool:
        return self.synthesis_file.exists()

    @property
    def config_file(self) -> Path:
        return self.path / "config.yaml"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.json"

    @property
    def synthesis_file(self) -> Path:
        return self.path / "synthesis.json"

    @property
    def samples_file(self) -> Path:
        return self.path / "samples.csv"

    @property
    def history_file(self) -> Path:
        return self.path / "history.csv"

    @property
    def predictions_file(self) -> Path:
        return self.path / "predictions.csv"

    @property
    def robustness_file(self) -> Path:
        return self.path / "robustness.json"

    @property
    def ratings_file(self) -> Path:
        return self.path / "ratings.jsonl"

    @property
    def environment_file(self) -> Path:
        return self.path / "environment.json"

    @property
    def figures(self) -> Path:
        return self.path / "figures"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def last_checkpoint(self) -> Path:
        """What training resumes from."""
        return self.checkpoints / "last.ckpt"

    @property
    def checkpoint(self) -> Path:
        """The epoch chosen on validation tracks where there was one to choose, else the last."""
        best = self.checkpoints / "best.ckpt"
        return best if best.exists() else self.last_checkpoint

    def save_config(self, cfg: DictConfig) -> None:
        """Make the folder, and keep the configuration in it, resolved.

        Raises:
            UserError: the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            run_config.write(cfg, self.config_file)
        except OSError as error:
            raise UserError(f"{self.path} cannot be written: {reason_of(error)}.") from error

    def discard_results(self, *, checkpoints: bool) -> None:
        """Remove what an earlier training has left, as another one begins in its place or goes on from it.

        Metrics are the sign of a finished run, and an earlier ``best.ckpt`` would be evaluated as the new one's.

        Args:
            checkpoints: whether they go, too: where training does not go on from them.

        Raises:
            UserError: the folder cannot be written.
        """
        results = [self.metrics_file]
        if checkpoints:
            results += [self.checkpoints / name for name in ("best.ckpt", LAST, PREVIOUS)]
        try:
            for file in results:
                file.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"{self.path} cannot be written: {reason_of(error)}.") from error

    def config(self) -> DictConfig:
        """The configuration, with ``run_dir`` where the folder is now.

        Raises:
            UserError: there is none, or it is damaged.
        """
        return run_config.read(self.config_file)

    def settings(self) -> dict:
        """The configuration as plain values, several times faster.

        Raises:
            UserError: there is none, or it is damaged.
        """
        return run_config.read_values(self.config_file)

    def settings_if_readable(self) -> dict | None:
        """The same; ``None``, and a warning, where it is missing or damaged."""
        try:
            return self.settings()
        except UserError as error:
            log.warning("Skipped: %s", error)
            return None

    def config_text(self) -> str:
        """The file as it is, to be shown."""
        return self.config_file.read_text(encoding="utf-8", errors="replace")

    def metrics(self) -> dict:
        """Every number of a finished run.

        Raises:
            UserError: the run is not finished, or the file is damaged.
        """
        metrics = self._json(self.metrics_file, "the run is not finished")
        # Metrics such as "test/accuracy" are numbers, or null where they are undefined.
        wrong = [name for name, value in metrics.items() if "/" in name and not isinstance(value, int | float | None)]
        if wrong:
            raise UserError(f"{self.metrics_file} is damaged: {wrong[0]} is no number.")
        return metrics

    def metrics_if_readable(self) -> dict | None:
        """The same; ``None`` where the run is not finished, and where the file is damaged, with a warning."""
        try:
            return self.metrics() if self.finished else None
        except UserError as error:
            log.warning("Skipped: %s", error)
            return None

    def save_metrics(self, metrics: dict) -> None:
        write_json(self.metrics_file, metrics, indent=2)

    def synthesis(self) -> dict:
        """The samples of a synthesis and their predicted genres.

        Raises:
            UserError: it is none, or the file is damaged.
        """
        return self._json(self.synthesis_file, "the folder is no finished synthesis")

    def save_synthesis(self, facts: dict) -> None:
        write_json(self.synthesis_file, facts)

    def samples(self) -> list[dict[str, str]]:
        """The samples that a synthesis has made so far.

        Raises:
            UserError: the file is missing or damaged.
        """
        return _rows(self.samples_file)

    def save_samples(self, header: Sequence[str], rows: Iterable[Sequence]) -> None:
        write_rows(self.samples_file, header, rows)

    def save_robustness(self, facts: dict) -> None:
        write_json(self.robustness_file, facts)

    def add_rating(self, facts: dict) -> None:
        """Append a line of JSON; earlier ones stay as they are."""
        with open(self.ratings_file, "a", encoding="utf-8") as file:
            file.write(json.dumps(facts) + "\n")

    def inside(self, name: str) -> Path:
        """A file that one of the run's own names.

        Raises:
            UserError: it would lie elsewhere.
        """
        path = Path(name)
        if path.is_absolute() or ".." in path.parts:
            raise UserError(f"{self.path} names a file outside its folder ({name}), which no run does.")
        return self.path / path

    def environment(self) -> dict:
        """Command, versions and machine; empty where it is missing or damaged."""
        return read_json(self.environment_file) or {}

    def save_environment(self, environment: dict) -> None:
        write_json(self.environment_file, environment, indent=2)

    def history(self) -> list[dict[str, float]]:
        """The metrics of each epoch; what was not measured in an epoch is missing from its row.

        Raises:
            UserError: the file is missing or damaged.
        """
        try:
            return [{name: float(value) for name, value in row.items() if value} for row in _rows(self.history_file)]
        except (TypeError, ValueError) as error:
            raise UserError(f"{self.history_file} is damaged ({error}).") from error

    def save_history(self, rows: Iterable[dict[str, float]]) -> None:
        rows = list(rows)
        names = list(dict.fromkeys(name for row in rows for name in row))
        write_rows(self.history_file, names, ([row.get(name, "") for name in names] for row in rows))

    def predictions(self) -> list[dict[str, str]]:
        """Each held-out track's truth, prediction and probabilities.

        Raises:
            UserError: the file is missing or damaged.
        """
        rows = _rows(self.predictions_file)
        if not rows:
            raise UserError(f"{self.predictions_file} names no track.")
        if missing := [name for name in ("track", "truth", "prediction") if rows[0].get(name) is None]:
            raise UserError(f"{self.predictions_file} is damaged: it has no column {missing[0]}.")
        return rows

    def save_predictions(self, header: Sequence[str], rows: Iterable[Sequence]) -> None:
        write_rows(self.predictions_file, header, rows)

    @staticmethod
    def _json(file: Path, missing: str) -> dict:
        value = read_json(file)
        if value is None:
            raise UserError(f"{file} is damaged." if file.exists() else f"There is no {file}: {missing}.")
        return value


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        return read_rows(file)
    except OSError as error:
        raise UserError(f"{file} cannot be read ({reason_of(error)}): name a classifier's finished run.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file} is damaged ({type(error).__name__}: {error}).") from error
