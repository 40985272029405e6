"""Going on with a run that was stopped."""

import logging
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from gtzan.errors import UserError
from gtzan.points import started
from gtzan.run_folder import RunFolder

log = logging.getLogger(__name__)


def resume(cfg: DictConfig) -> tuple[DictConfig, Path | None]:
    """The configuration to run and the checkpoint to go on from: the resumed run's own, or this one and none, unless it
    is a point of a sweep that was interrupted.

    Raises:
        UserError: the directory has no configuration or checkpoint, or other overrides stand beside ``resume``.
    """
    if cfg.resume is None:
        return cfg, started(Path(cfg.run_dir))
    overrides = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    others = [override for override in overrides if not override.startswith("resume=")]
    if others:
        raise UserError(f"resume goes on with the run's own configuration: leave {' '.join(others)} out.")
    run = RunFolder(Path(cfg.resume))
    cfg = run.config()
    if not run.last_checkpoint.exists():
        log.warning("%s was stopped before its first checkpoint: it starts from the beginning.", run)
        return cfg, None
    return cfg, run.last_checkpoint
