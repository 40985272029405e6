"""What a run leaves behind."""

import csv
import json
import logging
import time
from pathlib import Path

from lightning import Trainer
from omegaconf import DictConfig

from gtzan.callbacks import History
from gtzan.config import save
from gtzan.results import Results

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

    def write(self, results: Results, trainer: Trainer) -> dict:
        """Metrics, predictions and history; ends with the headline in the log."""
        history = next(c for c in trainer.callbacks if isinstance(c, History)).rows
        metrics = self._metrics(results)
        (self.path / "metrics.json").write_text(json.dumps(metrics, indent=2, ensure_ascii=False) + "\n")
        results.write_predictions(self.path / "predictions.csv")
        with open(self.path / "history.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(history[-1]))
            table.writeheader()
            table.writerows(history)
        log.info(headline(metrics, self.path))
        return metrics

    def _metrics(self, results: Results) -> dict:
        overlap = results.split.artist_overlap(results.corpus)
        return {
            **results.metrics(),
            "test/artist_overlap": overlap,
            "corpus": results.corpus.label,
            "split": results.split.protocol,
            "seed": self.cfg.seed,
            "epochs": self.cfg.epochs,
            "checkpoint": self.checkpoint.name,
            "seconds": round(time.monotonic() - self.started, 1),
        }


def find_checkpoint(run: Path) -> Path:
    """A run's ``best.ckpt`` if it has one, else its ``last.ckpt``."""
    best = run / "checkpoints" / "best.ckpt"
    return best if best.exists() else run / "checkpoints" / "last.ckpt"


def headline(metrics: dict, path: Path) -> str:
    """One line: accuracy with its interval, the protocol, the corpus, the run directory."""
    return (
        f"test accuracy {metrics['test/accuracy']:.1%} "
        f"[{metrics['test/accuracy_low']:.1%}, {metrics['test/accuracy_high']:.1%}] of {metrics['n_test']} tracks, "
        f"split {metrics['split']}, {metrics['corpus']}: {path}"
    )
