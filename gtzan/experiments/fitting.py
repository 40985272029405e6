"""Training, in this process or in several."""

from pathlib import Path

from lightning import Callback, LightningModule, Trainer
from omegaconf import DictConfig
from torch.multiprocessing import ProcessRaisedException

from gtzan.data.datamodule import GenreDataModule
from gtzan.errors import UserError
from gtzan.experiments.factory import in_one_process
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.trainer import make_trainer
from gtzan.models.checkpoint_files import LAST


class DiscardEarlierResults(Callback):
    """Removes an earlier training's results from a run folder before the first step, when nothing more is refused."""

    def __init__(self, run_dir: Path, *, resumed: bool) -> None:
        self.run_dir, self.resumed = run_dir, resumed

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero and not getattr(trainer, "fast_dev_run", False):  # Lightning does not declare it
            RunFolder(self.run_dir).discard_results(checkpoints=not self.resumed)


def fit(cfg: DictConfig, model: LightningModule, datamodule: GenreDataModule, checkpoint: Path | None) -> Trainer:
    """Train a model, from a checkpoint on; returns the trainer, which has this process to itself.

    After several processes have trained, this one loads their last checkpoint, with no epoch left to train, and
    evaluates and writes alone.

    Raises:
        UserError: a batch that the processes cannot share, nothing that was trained, or a training that has diverged.
    """
    trainer = make_trainer(cfg, DiscardEarlierResults(Path(cfg.run_dir), resumed=checkpoint is not None))
    if cfg.batch_size % trainer.world_size:
        raise UserError(
            f"batch_size={cfg.batch_size} cannot be shared by {trainer.world_size} processes: choose a multiple."
        )
    try:
        trainer.fit(model, datamodule, ckpt_path=checkpoint)
    except ProcessRaisedException as error:
        raise _own(error) from error
    if cfg.trainer.get("fast_dev_run"):
        return trainer
    if "strategy" in cfg.trainer:
        return fit(in_one_process(cfg), model, datamodule, Path(cfg.run_dir) / "checkpoints" / LAST)
    if trainer.global_step == 0:
        raise UserError(f"No step was trained with the settings trainer={dict(cfg.trainer)}: leave their limits out.")
    return trainer


def _own(error: ProcessRaisedException) -> Exception:
    """The mistake that one of the processes has named; the error itself where it was none."""
    name, _, sentence = str(error).strip().splitlines()[-1].partition(": ")
    return UserError(sentence) if name == f"{UserError.__module__}.{UserError.__name__}" else error
