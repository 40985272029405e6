"""Write the results of a training run into its folder."""

import logging
import math
import time
from typing import Any

from lightning import Trainer
from omegaconf import DictConfig

from gtzan.data.store import FeatureStore
from gtzan.errors import UserError
from gtzan.experiments.factory import report_class
from gtzan.experiments.runs.environment import record
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.identity import corpus_digest
from gtzan.models.callbacks import History
from gtzan.reports.page import optional
from gtzan.reports.trackers import track_results

log = logging.getLogger(__name__)


def write_results(run: RunFolder, results, trainer: Trainer, cfg: DictConfig, started: float) -> dict:
    """Write metrics, history, tables, pictures and the page of a run; ends with the headline in the log.

    Args:
        run: its folder.
        results: of a classifier or a generator: ``Results`` or ``Reconstructions``.
        trainer: after training.
        cfg: the configuration.
        started: when this session of the run began, by ``time.monotonic()``.

    Returns:
        The metrics.

    Raises:
        UserError: what was measured is not finite.
    """
    state: Any = trainer  # Lightning sets its callbacks and datamodule without declaring them
    history = next(c for c in state.callbacks if isinstance(c, History))
    store = state.datamodule.store
    seconds = history.earlier + time.monotonic() - started
    metrics = _metrics(run, results, store, cfg, seconds, len(history.rows))
    check_finite(metrics)
    run.save_history(history.rows)
    run.figures.mkdir(exist_ok=True)
    report = report_class(cfg)(results, run, store, cfg)
    report.write_files(trainer, history.rows, metrics)
    run.save_metrics(metrics)  # last, because it is the sign of a run that is done
    with optional(run.path):
        record(run)
        report.write_page()
    track_results(trainer, cfg, metrics, run.figures)
    log.info("%s, split %s, %s: %s", results.headline(metrics), metrics["split"], metrics["corpus"], run.path)
    return metrics


def check_finite(metrics: dict) -> None:
    """Raise a :class:`UserError` for a metric of the held-out tracks that is not finite."""
    for name, value in metrics.items():
        if name.startswith("test/") and name.count("/") == 1 and isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{name} is {value}: the net has diverged. Try a lower learning rate (lr=).")


def _metrics(run: RunFolder, results, store: FeatureStore, cfg: DictConfig, seconds: float, epochs: int) -> dict:
    overlap = results.split.artist_overlap(results.corpus)
    return {
        **results.metrics(),
        "test/artist_overlap": overlap,
        "shared_recordings": len(results.split.shared_recordings(results.corpus)),
        "corpus": results.corpus.label,
        "corpus_digest": corpus_digest(results.corpus, cfg),
        "split": results.split.protocol,
        "broken": store.broken,
        "seed": cfg.seed,
        "epochs": epochs,
        "epochs_asked": cfg.epochs,
        "checkpoint": run.checkpoint.name,
        "seconds": round(seconds, 1),
    }
