"""What the programs need around Hydra: names of folders, and errors in one sentence."""

import functools
import logging
import os
import platform
import re
import tempfile
import warnings
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from gtzan.errors import UserError, reason_of
from gtzan.experiments.configuration import schema  # noqa: F401  (registers the types of the configuration)
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.exits import orderly_exit
from gtzan.experiments.processes.gpus import processes, use_one_gpu
from gtzan.experiments.processes.terminal import use_printable_logs
from gtzan.experiments.resuming import how_to_resume
from gtzan.experiments.sweeps.points import run_sweep_point

# A deprecation for plugin authors; filtered here, because launchers' workers import this module before they compose.
warnings.filterwarnings("ignore", r"\s*'hydra/launcher/\w+' is validated against ConfigStore schema")


_FOLDERS = re.compile(r"""(?<=[=,\[])(['"]?)(?:~|\.{1,2})?/[^,\]'"]*/(?=[^/,])""")  # before a path's last part


def slug(text: str, longest: int = 80) -> str:
    """A readable folder name: ``split=70/30,lr=0.1`` becomes ``split-70-30_lr-0.1``."""
    name = re.sub(r"[^\w.]+", "-", str(text).replace(",", "_"), flags=re.ASCII).strip("-_.")
    return name if len(name) <= longest else f"{name[:longest]}.{_hash(name)}"


def folder_name(overrides: str) -> str:
    """A readable folder name of overrides; of a path among their values, its last part."""
    return slug(_FOLDERS.sub("", overrides)) or "default"


def run_dir(runs: str, resume: str | None, overrides: str) -> str:
    """The folder of a run: the one to resume, or a new one named by time, overrides and process.

    Because of the process, two jobs that start in the same second have different folders.

    Raises:
        UserError: the folder of runs cannot be written.
    """
    if resume and Path(resume).is_dir():  # Hydra would make one that is missing
        return resume
    check_writable(runs)
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    return f"{runs}/{now}_{folder_name(overrides)}_{_hash(f'{platform.node()}{os.getpid()}{overrides}')[:4]}"


def check_writable(folder: str, key: str = "runs") -> None:
    """Raise a :class:`UserError`, which names the key, where no folder can be made in ``folder``."""
    path = Path(folder).absolute()
    try:
        there = next(place for place in (path, *path.parents) if place.exists())
        if not there.is_dir():
            raise UserError(f"{key}={folder} cannot be written: {there} is not a folder.")
        os.rmdir(tempfile.mkdtemp(dir=there))  # tried, because root may write in /proc, and yet make no folder there
    except OSError as error:
        text = f"{key}={folder} cannot be written: no folder can be made there ({reason_of(error)})."
        raise UserError(text) from error


def register_resolvers() -> None:
    OmegaConf.register_new_resolver("slug", slug, replace=True)
    OmegaConf.register_new_resolver("run_dir", run_dir, replace=True, use_cache=True)
    OmegaConf.register_new_resolver("processes", processes, replace=True)


def entry_point(main: Callable) -> Callable:
    """End with one sentence after mistakes and interruptions: :func:`gtzan.experiments.processes.exits.orderly_exit`.

    In a sweep, where other points continue, an error is written to the point's folder instead.
    """

    @functools.wraps(main)
    def wrapped(cfg: DictConfig):
        use_printable_logs()  # here, because a launcher's workers do not run anything else before
        hydra = HydraConfig.get()
        if hydra.mode == RunMode.MULTIRUN:
            prepare_worker(hydra)
            return run_sweep_point(main, cfg, Path(hydra.runtime.output_dir) / f"{hydra.job.name}.log")
        folder = Path(hydra.runtime.output_dir)
        with orderly_exit(functools.partial(how_to_resume, cfg.run_dir), folder):
            try:
                return main(cfg)
            except UserError:
                remove_if_unused(folder, cfg.runs, f"{hydra.job.name}.log")
                raise

    return wrapped


def prepare_worker(hydra: HydraConf) -> None:
    """Set folder, CPU settings and GPU of this process; call it before torch is imported.

    Args:
        hydra: Hydra's configuration of the point.
    """
    os.chdir(hydra.runtime.cwd)  # Ray's workers start elsewhere, and ``data/features`` is meant from here
    prepare_cpu()
    if hydra.runtime.choices["hydra/launcher"] == "joblib":  # clusters give each job GPUs of its own
        use_one_gpu()


def remove_if_unused(folder: Path, runs: str | Path, log_name: str | None = None) -> None:
    """Remove a run's folder that holds only its lock and log, and the folder of runs if nothing else is in it.

    A run whose folder was named may lie anywhere else: that place, such as the working directory, stays.
    """
    paths = list(folder.glob("*"))
    if folder.is_dir() and all(path.name in (".lock", log_name) for path in paths):
        if log_name:
            logging.shutdown()  # Windows removes no file that is open
        for path in paths:
            path.unlink()
        folder.rmdir()
        parent = folder.parent
        if parent == Path(runs).absolute() and parent != Path.cwd() and not any(parent.iterdir()):
            parent.rmdir()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]
