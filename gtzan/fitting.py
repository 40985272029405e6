"""Training, in this process or in several."""

from pathlib import Path

from lightning import LightningModule, Trainer
from omegaconf import DictConfig

from gtzan.config import in_one_process, make_trainer
from gtzan.datamodule import GenreDataModule
from gtzan.errors import UserError


def fit(cfg: DictConfig, model: LightningModule, datamodule: GenreDataModule, checkpoint: Path | None) -> Trainer:
    """Train a model, from a checkpoint on; returns the trainer, which has this process to itself.

    Where several processes have trained, all that they know is in their last checkpoint: this one goes on from there,
    with no epoch left to train, and judges and writes alone.

    Raises:
        UserError: a batch that the processes cannot share.
    """
    trainer = make_trainer(cfg)
    if cfg.batch_size % trainer.world_size:
        raise UserError(
            f"batch_size={cfg.batch_size} cannot be shared by {trainer.world_size} processes: choose a multiple."
        )
    trainer.fit(model, datamodule, ckpt_path=checkpoint)
    if "strategy" not in cfg.trainer:
        return trainer
    return fit(in_one_process(cfg), model, datamodule, Path(cfg.run_dir) / "checkpoints" / "last.ckpt")
