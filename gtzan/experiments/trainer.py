"""The Lightning trainer of a run, with its loggers and callbacks."""

import logging
import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lightning import Callback, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.plugins import CheckpointIO
from omegaconf import DictConfig, ListConfig

from gtzan.errors import UserError
from gtzan.experiments.factory import several_processes
from gtzan.models.callbacks import StayStopped
from gtzan.models.checkpoint_io import AtomicCheckpointIO
from gtzan.models.divergence import StopOnDivergence
from gtzan.models.instantiation import instantiate_from
from gtzan.models.loggers import RestoreLastEpoch

log = logging.getLogger(__name__)


def make_trainer(cfg: DictConfig, *more: Callback) -> Trainer:
    """The trainer that a configuration describes.

    Args:
        cfg: the configuration.
        more: callbacks besides those that it names.

    Raises:
        UserError: several devices without the strategy for them.
    """
    if several_processes(cfg) and "strategy" not in cfg.trainer:
        raise UserError(f"trainer.devices={cfg.trainer.devices} needs trainer=ddp, which trains on several.")
    quiet_lightning()
    progress = sys.stderr.isatty()
    callbacks = [
        instantiate_from(node, f"callbacks.{name}")
        for name, node in cfg.callbacks.items()
        if node is not None and (progress or name != "progress")
    ]
    plugins = [instantiate_from(node, "trainer.plugins") for node in cfg.trainer.get("plugins") or []]
    if not any(isinstance(plugin, CheckpointIO) for plugin in plugins):
        plugins.append(AtomicCheckpointIO())
    trainer = instantiate_from(
        cfg.trainer,
        "trainer",
        callbacks=[StopOnDivergence(), StayStopped(), RestoreLastEpoch(), *more, *callbacks],
        logger=make_loggers(cfg.logger),
        plugins=plugins,
        enable_progress_bar=progress,
    )
    if cfg.trainer.get("profiler") and trainer.profiler.filename is None:
        # Without a file, it would report to Lightning's log, of which only warnings are shown.
        trainer.profiler.dirpath, trainer.profiler.filename = cfg.run_dir, "profile"
        log.info("The profiler's report will be %s.", Path(cfg.run_dir) / "fit-profile.txt")
    return trainer


def make_loggers(node: DictConfig | ListConfig | None, kind: str = "") -> list[Logger]:
    """The loggers that ``logger`` describes: one, a list or a dictionary of them, or none; entries may be null.

    With ``kind``, only those whose class's name ends so are made: making one may open a database or a connection.
    """
    if not node:
        return []  # to Lightning, ``None`` means its default logger in the working directory
    nodes: Iterable[Any] = node if isinstance(node, ListConfig) else [node] if "_target_" in node else node.values()
    return [
        instantiate_from(entry, "logger")
        for entry in nodes
        if entry and entry["_target_"].endswith(kind) and _can_write(entry)
    ]


def _can_write(logger: DictConfig) -> bool:
    """Whether a logger can name its folder: TensorBoard takes names in UTF-8 alone."""
    folder = Path(str(logger.get("save_dir"))).absolute()
    if not logger["_target_"].endswith(".TensorBoardLogger") or os.fsencode(folder).decode(errors="ignore") == str(
        folder
    ):
        return True
    log.warning("TensorBoard is left out because it cannot write to a folder whose name is not UTF-8: %s", folder)
    return False


def quiet_lightning() -> None:
    """Leave out Lightning's hints that do not apply here."""
    for message in (
        ".*does not have many workers.*",  # batches come from a memory map: a worker would only add copies
        ".*Checkpoint directory .* exists and is not empty.*",
        ".*The dirpath has changed.*",  # of a resumed run whose folder was moved
        ".*treespec, LeafSpec.*",
        ".*module.s. in eval mode at the start of training.*",  # the guide's
        ".*It is recommended to use .self.log.*sync_dist=True.*",  # our metrics add up what all processes have seen
        ".*number of training batches.*smaller than the logging interval.*",
        ".*`srun` command is available on your system but is not used.*",  # a job's own launcher knows better
    ):
        warnings.filterwarnings("ignore", message)
    for name in ("lightning.pytorch", "lightning.fabric"):
        lightning = logging.getLogger(name)
        lightning.handlers.clear()  # Hydra's logging has a handler of its own: once is enough
        lightning.setLevel(logging.WARNING)
