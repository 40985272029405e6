"""The results of a finished run in Weights & Biases and MLflow, beside its curves."""

from pathlib import Path

from lightning import Trainer
from omegaconf import DictConfig

from gtzan.models.trackers import ResumableMlflowLogger, ResumableWandbLogger
from gtzan.reports.dashboard import final_metrics, hyperparameters


def track_results(trainer: Trainer, cfg: DictConfig, metrics: dict, figures: Path) -> None:
    """Add hyper-parameters, final metrics and figures to each of the trainer's trackers, and end their runs.

    Args:
        trainer: after training.
        cfg: the run's configuration.
        metrics: the content of ``metrics.json``.
        figures: the folder of its figures, as PNG files.
    """
    for logger in trainer.loggers:
        if isinstance(logger, ResumableWandbLogger | ResumableMlflowLogger):
            logger.log_hyperparams({name: metrics[name] for name in ("corpus", "split")} | hyperparameters(cfg))
            logger.log_metrics(final_metrics(metrics), trainer.global_step)
            logger.log_figures(sorted(figures.glob("*.png")), trainer.global_step)
            logger.close()
