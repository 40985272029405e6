"""Resume a run that was stopped."""

import logging
import shlex
import sys
from pathlib import Path

from omegaconf import DictConfig, OmegaConf, open_dict

from gtzan.errors import UserError
from gtzan.experiments.configuration.command_line import overrides
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.identity import MODELS
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
    is a checkpoint only where ``run_dir`` has a sweep's point that was interrupted, or a run of the same settings. A
    synthesis has no checkpoint: its folder knows its samples.

    Raises:
        UserError: the directory has no configuration, or that of the other program, or an override beside ``resume``
            would make it another run.
    """
    synthesis = "ckpt" in cfg
    if cfg.resume is None:
        run = RunFolder(Path(cfg.run_dir))
        if synthesis:
            started, checkpoint = run.samples_file.exists(), None
        else:
            checkpoint = interrupted_checkpoint(run.path)
            if checkpoint is None and _is_interrupted(run, cfg):
                checkpoint = checkpoint_to_resume(run.checkpoints)
            started = checkpoint is not None
        if not started and _holds_another(run, cfg):
            raise UserError(f"run_dir={run.path} holds a run of other settings: name another folder, or remove it.")
        if not started and (unfinished := find_unfinished(cfg)):
            log.warning("There is an unfinished run with the same settings. %s", how_to_resume(unfinished))
        return cfg, checkpoint
    run = RunFolder(Path(cfg.resume))
    resumed = run.config()
    if ("ckpt" in resumed) != synthesis:
        program, other = ("synthesize.py", "train.py")[:: 1 if synthesis else -1]
        raise UserError(f"resume={cfg.resume} is a run of {other}, not of {program}.")
    with open_dict(resumed):
        for override in overrides():
            if override.partition("=")[0] != "resume":
                _change(resumed, override, cfg)
    checkpoint = None if synthesis else checkpoint_to_resume(run.checkpoints)
    if checkpoint is None and not synthesis:
        log.warning("%s has no checkpoint: it starts from the beginning.", run.path)
    return resumed, checkpoint


def find_unfinished(cfg: DictConfig) -> Path | None:
    """An interrupted run in ``runs`` with the same settings that no process is running."""
    for config in sorted(Path(cfg.runs).glob("*/config.yaml"), reverse=True):
        run = RunFolder(config.parent)
        if run.path != Path(cfg.run_dir) and _is_interrupted(run, cfg) and Point(run.path).can_lock():
            return run.path
    return None


def continued(cfg: DictConfig) -> DictConfig:
    """The configuration in the folder of an interrupted training of the same settings, and with its guide.

    Without such a training, it is ``cfg`` itself.
    """
    unfinished = find_unfinished(cfg)
    if unfinished is None:
        return cfg
    log.info("Going on with an interrupted training: %s", unfinished)
    cfg = cfg.copy()
    cfg.run_dir, cfg.guide = str(unfinished), RunFolder(unfinished).settings()["guide"]
    return cfg


def how_to_resume(run_dir: str | Path) -> str:
    """A sentence with the command that resumes a run."""
    path = Path(run_dir)
    run = RunFolder(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    if run.finished:
        return f"Only the report of this run is missing: gtzan report {shlex.quote(str(run.path))}"
    if run.checkpoints.is_dir() or run.samples_file.exists():
        return f"To resume it: python {shlex.quote(sys.argv[0])} {shlex.quote(path_override('resume', run.path))}"
    return "Type the same command again."


def _change(resumed: DictConfig, override: str, cfg: DictConfig) -> None:
    """Copy a key that was overridden on the command line into the configuration of the resumed run."""
    key = override.partition("=")[0]
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
        raise UserError(f"resume uses the run's own configuration: leave {override} out; only {allowed} may change.")


def _is_interrupted(run: RunFolder, cfg: DictConfig) -> bool:
    """Whether a folder holds an unfinished run of these settings."""
    return _has_begun(run) and not run.finished and _has_settings(run, cfg)


def _holds_another(run: RunFolder, cfg: DictConfig) -> bool:
    """Whether a folder holds a run of other settings, outside sweeps, whose folders are named by their settings."""
    begun = _has_begun(run) or run.finished
    return begun and Point(run.path).definition is None and not _has_settings(run, cfg)


def _has_begun(run: RunFolder) -> bool:
    return run.checkpoints.is_dir() or run.samples_file.exists()


def _has_settings(run: RunFolder, cfg: DictConfig) -> bool:
    """Whether a folder has the configuration of a run of these settings."""
    if not run.has_config:
        return False
    here = cfg.copy()
    here.run_dir = str(run.path)
    wanted = to_plain_values(here)
    # Models that are not named, and a precision of auto, were chosen when the run began, which wrote them down.
    ignored = {"runs", "resume", *(key for key in MODELS if wanted.get(key) is None)}
    try:
        there = run.settings()
    except UserError:  # a damaged run does not concern this one
        return False
    if wanted["trainer"].get("precision") == "auto":
        wanted["trainer"]["precision"] = there["trainer"].get("precision")
    one, other = ({key: value for key, value in values.items() if key not in ignored} for values in (wanted, there))
    return one == other
