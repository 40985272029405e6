"""Going on with a run that was stopped."""

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
    """The configuration to run and the checkpoint to go on from: the resumed run's own, or this one and none, unless it
    is a point of a sweep that was interrupted.

    Raises:
        UserError: the directory has no configuration, or an override beside ``resume`` would make it another run.
    """
    if cfg.resume is None:
        checkpoint = interrupted_checkpoint(Path(cfg.run_dir))
        if checkpoint is None and (unfinished := unfinished_like(cfg)):
            log.warning("An unfinished run with these settings is there. %s", how_to_go_on(unfinished))
        return cfg, checkpoint
    run = RunFolder(Path(cfg.resume))
    resumed = run.config()
    with open_dict(resumed):
        for key in typed_keys():
            if key != "resume":
                _change(resumed, key, cfg)
    checkpoint = checkpoint_to_resume(run.checkpoints)
    if checkpoint is None:
        log.warning("%s has no checkpoint: it starts from the beginning.", run.path)
    return resumed, checkpoint


def typed_keys() -> list[str]:
    """Of the overrides on the command line."""
    overrides = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    return [override.lstrip("+~").partition("=")[0] for override in overrides]


def unfinished_like(cfg: DictConfig) -> Path | None:
    """A run in ``runs`` with the same settings that was stopped, and that no process is at work on."""
    for config in sorted(Path(cfg.runs).glob("*/config.yaml"), reverse=True):
        run = RunFolder(config.parent)
        if run.finished or not run.checkpoints.is_dir() or run.path == Path(cfg.run_dir):
            continue
        here = cfg.copy()
        here.run_dir = str(run.path)
        try:
            same = _settings(to_plain_values(here)) == _settings(run.settings())
        except UserError:  # a damaged one is no matter of this run
            continue
        if same and Point(run.path).can_lock():
            return run.path
    return None


def how_to_go_on(run_dir: str | Path) -> str:
    """What to type after a run was stopped, in a sentence."""
    path = Path(run_dir)
    run = RunFolder(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    if run.finished:
        return f"The run is finished but for its report: gtzan report {shlex.quote(str(run.path))}"
    if run.checkpoints.is_dir():
        return f"To go on with it: python {shlex.quote(sys.argv[0])} {shlex.quote(path_override('resume', run.path))}"
    return "Type the same command again."


def _change(resumed: DictConfig, key: str, cfg: DictConfig) -> None:
    """Take a key from the configuration that was typed into that of the resumed run."""
    top = key.partition(".")[0]
    if key in CHANGEABLE:
        OmegaConf.update(resumed, key, OmegaConf.select(cfg, key))
    elif key == "epochs":
        if cfg.epochs < resumed.epochs:
            raise UserError(f"epochs={cfg.epochs}: {resumed.run_dir} was begun with {resumed.epochs}; ask for more.")
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
            f"resume goes on with the run's own configuration: leave {key}={OmegaConf.select(cfg, key)} out; only "
            f"{allowed} may change."
        )


def _settings(values: dict) -> dict:
    """What must be equal where two runs are the same."""
    return {key: value for key, value in values.items() if key not in ("runs", "resume")}
