"""Resume a run that was stopped."""

import logging
import shlex
import sys
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.points import Point, interrupted_checkpoint, path_override
from gtzan.models.checkpoint_files import checkpoint_to_resume

log = logging.getLogger(__name__)

CHANGEABLE = ("data.root", "data.store", "data.groups", "data.csv", "data.metadata", "cache", "runs", "threads")
"""Keys that may be changed beside ``resume``, because files or machine may differ. Other music is refused later."""

CHANGEABLE_OF_TRAINER = (
    *("accelerator", "devices", "num_nodes", "strategy", "sync_batchnorm", "plugins", "profiler"),
    "log_every_n_steps",
)
"""Keys of ``trainer`` that may be changed; its others would change the numbers."""


def resume(cfg: DictConfig) -> tuple[DictConfig, Path | None]:
    """The configuration to run and the checkpoint to resume from.

    Both are those of the run that ``resume`` names. Without ``resume`` the configuration is ``cfg`` itself, and there
    is a checkpoint only for a sweep point that was interrupted.

    Raises:
        UserError: the directory has no configuration, or an override beside ``resume`` would make it another run.
    """
    if cfg.resume is None:
        checkpoint = interrupted_checkpoint(Path(cfg.run_dir))
        if checkpoint is None and (unfinished := find_unfinished(cfg)):
            log.warning("There is an unfinished run with the same settings. %s", how_to_resume(unfinished))
        return cfg, checkpoint
    run = RunFolder(Path(cfg.resume))
    resumed = run.config()
    with open_dict(resumed):
        for key in overridden_keys():
            if key != "resume":
                _change(resumed, key, cfg)
    checkpoint = checkpoint_to_resume(run.checkpoints)
    if checkpoint is None:
        log.warning("%s has no checkpoint: it starts from the beginning.", run.path)
    return resumed, checkpoint


def overridden_keys() -> list[str]:
    """Keys of the overrides on the command line."""
    overrides = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    return [override.lstrip("+~").partition("=")[0] for override in overrides]


def find_unfinished(cfg: DictConfig) -> Path | None:
    """An interrupted run in ``runs`` with the same settings that no process is running."""
    for config in sorted(Path(cfg.runs).glob("*/config.yaml"), reverse=True):
        run = RunFolder(config.parent)
        if run.finished or not run.checkpoints.is_dir() or run.path == Path(cfg.run_dir):
            continue
        here = cfg.copy()
        here.run_dir = str(run.path)
        try:
            same = _settings(to_plain_values(here)) == _settings(run.settings())
        except UserError:  # a damaged run does not concern this one
            continue
        if same and Point(run.path).can_lock():
            return run.path
    return None


def how_to_resume(run_dir: str | Path) -> str:
    """A sentence with the command that resumes a run."""
    path = Path(run_dir)
    run = RunFolder(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    if run.finished:
        return f"Only the report of this run is missing: gtzan report {shlex.quote(str(run.path))}"
    if run.checkpoints.is_dir():
        return f"To resume it: python {shlex.quote(sys.argv[0])} {shlex.quote(path_override('resume', run.path))}"
    return "Type the same command again."


def _change(resumed: DictConfig, key: str, cfg: DictConfig) -> None:
    """Copy a key that was overridden on the command line into the configuration of the resumed run."""
    top = key.partition(".")[0].partition("@")[0]  # logger@logger.wandb adds a logger
    if key in CHANGEABLE:
        OmegaConf.update(resumed, key, OmegaConf.select(cfg, key))
    elif key == "epochs":
        if cfg.epochs < resumed.epochs:
            raise UserError(
                f"epochs={cfg.epochs}: {resumed.run_dir} was started with epochs={resumed.epochs}; ask for more."
            )
        if resumed.trainer.max_epochs == resumed.epochs:
            resumed.trainer.max_epochs = cfg.epochs
        resumed.epochs = cfg.epochs
    elif top == "logger":
        resumed.logger = cfg.logger
    elif key == "trainer" or (top == "trainer" and key.split(".")[1] in CHANGEABLE_OF_TRAINER):
        for name in CHANGEABLE_OF_TRAINER:
            resumed.trainer.pop(name, None)
            if name in cfg.trainer:
                resumed.trainer[name] = cfg.trainer[name]
    else:
        allowed = ", ".join((*CHANGEABLE, "epochs", "logger", "trainer"))
        raise UserError(
            f"resume uses the run's own configuration: leave {key}={OmegaConf.select(cfg, key)} out; only "
            f"{allowed} may change."
        )


def _settings(values: dict) -> dict:
    """The settings that two equal runs share."""
    return {key: value for key, value in values.items() if key not in ("runs", "resume")}
