"""What a run leaves behind."""

import csv
import logging
import time
from pathlib import Path

from lightning import Trainer
from omegaconf import DictConfig

from gtzan.callbacks import History
from gtzan.config import save
from gtzan.environment import record
from gtzan.files import write_json
from gtzan.page import optional
from gtzan.runs import find_checkpoint
from gtzan.store import FeatureStore

log = logging.getLogger(__name__)


class RunDir:
    """The folder of a run: ``config.yaml`` from its start, the rest when it is done.

    Args:
        path: the folder.
        cfg: the configuration, saved resolved.
    """

    def __init__(self, path: Path, cfg: DictConfig) -> None:
        self.path, self.cfg = path, cfg
        self.started = time.monotonic()
        path.mkdir(parents=True, exist_ok=True)
        save(cfg, path / "config.yaml")

    @property
    def checkpoint(self) -> Path:
        """The epoch chosen on validation tracks where there was one to choose, else the last."""
        return find_checkpoint(self.path)

    def write(self, results, trainer: Trainer) -> dict:
        """Metrics, history and what else the results have to show; ends with the headline in the log.

        Args:
            results: of a classifier or a generator: :class:`gtzan.results.Results` or one with the same methods.
            trainer: after training.
        """
        history = next(c for c in trainer.callbacks if isinstance(c, History)).rows
        metrics = self._metrics(results, trainer.datamodule.store)
        with open(self.path / "history.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for row in history for name in row)))
            table.writeheader()
            table.writerows(history)
        (self.path / "figures").mkdir(exist_ok=True)
        results.write(self.path, trainer, history, metrics, self.cfg)
        # Last, because it is the sign of a run that is done.
        write_json(self.path / "metrics.json", metrics, indent=2)
        with optional(self.path):
            record(self.cfg, self.path / "environment.json")
            results.report(self.path, trainer.datamodule.store, self.cfg)
        log.info("%s, split %s, %s: %s", results.headline(metrics), metrics["split"], metrics["corpus"], self.path)
        return metrics

    def _metrics(self, results, store: FeatureStore) -> dict:
        overlap = results.split.artist_overlap(results.corpus)
        return {
            **results.metrics(),
            "test/artist_overlap": overlap,
            "corpus": results.corpus.label,
            "corpus_digest": results.corpus.digest,
            "split": results.split.protocol,
            "broken": store.broken,
            "seed": self.cfg.seed,
            "epochs": self.cfg.epochs,
            "checkpoint": self.checkpoint.name,
            "seconds": round(time.monotonic() - self.started, 1),
        }
