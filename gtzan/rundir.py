"""What a run leaves behind."""

import csv
import json
import logging
import time
from pathlib import Path

from lightning import Trainer
from omegaconf import DictConfig
from PIL import Image

from gtzan.callbacks import History
from gtzan.config import save
from gtzan.dashboard import Dashboard
from gtzan.mistakes import find_mistakes
from gtzan.pictures import pictures
from gtzan.report import classification_report, write_report
from gtzan.results import Results
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

    def write(self, results: Results, trainer: Trainer) -> dict:
        """Metrics, predictions, history, report, pictures and dashboard; ends with the headline in the log."""
        history = next(c for c in trainer.callbacks if isinstance(c, History)).rows
        metrics = self._metrics(results, trainer.datamodule.store)
        results.write_predictions(self.path / "predictions.csv")
        with open(self.path / "history.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for row in history for name in row)))
            table.writeheader()
            table.writerows(history)
        self._show(results, trainer, history, metrics)
        # Last, because it is the sign of a run that is done.
        (self.path / "metrics.json").write_text(json.dumps(metrics, indent=2, ensure_ascii=False) + "\n")
        log.info(headline(metrics, self.path))
        return metrics

    def _show(self, results: Results, trainer: Trainer, history: list[dict], metrics: dict) -> None:
        _, y, probabilities = results.scores(results.split.test).tracks()
        report = classification_report(y.numpy(), probabilities.argmax(dim=1).numpy(), results.corpus.genres)
        write_report(report, self.path / "report.csv")
        store, dashboard = trainer.datamodule.store, Dashboard.of(trainer)
        mistakes = find_mistakes(results)
        folder = self.path / "figures"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("misclassified_*.png"):  # a resumed run may make fewer mistakes than it did
            old.unlink()
        for name, picture in pictures(results, store, history, report, mistakes):
            Image.fromarray(picture).save(folder / f"{name}.png")
            if dashboard:
                dashboard.add_picture(name, picture)
        if dashboard:
            dashboard.add_sounds(mistakes, results, store.settings["sample_rate"], self.cfg.segment_seconds)
            dashboard.add_embedding(trainer, results)
            dashboard.add_hyperparameters(self.cfg, metrics)
            dashboard.close()

    def _metrics(self, results: Results, store: FeatureStore) -> dict:
        overlap = results.split.artist_overlap(results.corpus)
        return {
            **results.metrics(),
            "test/artist_overlap": overlap,
            "corpus": results.corpus.label,
            "split": results.split.protocol,
            "broken": store.broken,
            "seed": self.cfg.seed,
            "epochs": self.cfg.epochs,
            "checkpoint": self.checkpoint.name,
            "seconds": round(time.monotonic() - self.started, 1),
        }


def headline(metrics: dict, path: Path) -> str:
    """One line: accuracy with its interval, the protocol, the corpus, the run directory."""
    return (
        f"test accuracy {metrics['test/accuracy']:.1%} "
        f"[{metrics['test/accuracy_low']:.1%}, {metrics['test/accuracy_high']:.1%}] of {metrics['n_test']} tracks, "
        f"split {metrics['split']}, {metrics['corpus']}: {path}"
    )
