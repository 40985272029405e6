"""A point of a sweep: a run folder named by a hash of its identity, so that it is trained only once.

::

    runs/points/<overrides>_<digest>/point.json      its identity, written before training
                                     running.json    while a process works on it
                                     error.json      after a failure
                                     metrics.json …  the files of every finished run
"""

import gc
import logging
import os
import platform
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from hydra.core.override_parser.types import Quote, QuotedString
from omegaconf import DictConfig

from gtzan.errors import UserError
from gtzan.experiments.configuration.command_line import needs_quotes, overrides
from gtzan.experiments.processes.exits import is_full, no_space
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.identity import Identity
from gtzan.files import read_json, write_json
from gtzan.models.checkpoint_files import LAST, checkpoint_to_resume, is_whole

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Point:
    """The folder of a point.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def definition(self) -> dict | None:
        """``point.json``: digest, cell, epochs and identity; ``None`` where there is none."""
        return read_json(self.path / "point.json")

    @property
    def metrics(self) -> dict | None:
        """Of a finished point."""
        return read_json(self.path / "metrics.json")

    @property
    def error(self) -> dict | None:
        """Of a failed point: ``message``, one line, and ``log``, a file."""
        return read_json(self.path / "error.json")

    def read_state(self) -> str:
        """``finished``, ``failed``, ``running`` or ``unfinished`` (waiting or interrupted), from the folder's files.

        Tries the lock of a point that may be running, because a killed process leaves ``running.json`` behind.
        """
        if self.metrics is not None:
            return "finished"
        if (self.path / "running.json").exists() and not self.can_lock():
            return "running"
        return "failed" if self.error else "unfinished"

    @property
    def lock(self) -> FileLock:
        """Held by the process that runs the point; the system releases it when that is killed."""
        return FileLock(self.path / ".lock")

    def can_lock(self) -> bool:
        """Whether no process is running the point: takes the lock for a moment."""
        try:
            with self.lock.acquire(blocking=False):
                return True
        except Timeout:
            return False

    @property
    def folder_overrides(self) -> list[str]:
        """Hydra's overrides that let a job run in this folder; absolute, as workers may start in other directories."""
        return [path_override("hydra.sweep.dir", self.path.parent), path_override("hydra.sweep.subdir", self.path.name)]

    def prepare(self, identity: Identity) -> None:
        """Create the folder, and remove what a killed process left behind."""
        self.path.mkdir(parents=True, exist_ok=True)
        hashes = {"digest": identity.digest, "cell": identity.cell, "epochs": identity.epochs}
        write_json(self.path / "point.json", {**hashes, "defines": identity.defines})
        try:
            with self.lock.acquire(blocking=False):
                for name in ("running.json", "error.json"):
                    (self.path / name).unlink(missing_ok=True)
        except Timeout:  # another sweep is running it
            pass

    def guide(self) -> str | None:
        """The guide of a generator whose training has begun; ``None`` before that, and of classifiers."""
        run = RunFolder(self.path)
        settings = run.settings_if_readable() if run.has_config else None
        return settings.get("guide") if settings else None

    def longest_shorter_training(self) -> "Point | None":
        """The finished point of the same cell with the most epochs below this one's."""
        own = self.definition
        if own is None:
            return None
        epochs = {
            point: other["epochs"]
            for point, other in points_in(self.path.parent)
            if other["cell"] == own["cell"] and other["epochs"] < own["epochs"] and point.metrics is not None
        }
        usable = [point for point in epochs if is_whole(point.path / "checkpoints" / LAST)]
        return max(usable, key=lambda point: epochs[point], default=None)

    def copy_checkpoints(self, shorter: "Point") -> None:
        """Continue from where a shorter training ended."""
        partial, checkpoints = self.path / "checkpoints.partial", self.path / "checkpoints"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(shorter.path / "checkpoints", partial)
        shutil.rmtree(checkpoints, ignore_errors=True)
        partial.rename(checkpoints)  # whole or not at all, should this process be killed


def path_override(key: str, path: str | Path) -> str:
    """Hydra's override that sets a key to a path, in quotes where Hydra's grammar needs them."""
    text = str(path).replace("${", "\\${")  # a part of the name, no interpolation
    return f"{key}={QuotedString(text, Quote.single).with_quotes() if needs_quotes(text) else text}"


def points_in(folder: Path) -> Iterator[tuple[Point, dict]]:
    """Every point in a folder of points, with its definition."""
    for path in sorted(folder.glob("*/point.json")):
        if definition := read_json(path):
            yield Point(path.parent), definition


def interrupted_checkpoint(run_dir: Path) -> Path | None:
    """The checkpoint from which an interrupted sweep point continues; ``None`` without one, and outside sweeps."""
    return checkpoint_to_resume(run_dir / "checkpoints") if (run_dir / "point.json").exists() else None


def reuse_or_run(run: Callable[[DictConfig], dict], cfg: DictConfig) -> dict:
    """Run a configuration and return its metrics; a finished point of a sweep returns its stored ones.

    An interrupted point continues from its last checkpoint. A point that differs from a finished one only by more
    epochs continues from the end of that. Where several processes want the same point, one runs it and the others wait.
    """
    point = Point(Path(cfg.run_dir))
    if point.definition is None:  # a single run
        return run_locked(point, run, cfg)
    typed = any(override.startswith("epochs=") for override in overrides())
    if cfg.resume is not None and typed and cfg.epochs > point.definition["epochs"]:
        raise UserError(
            f"{point.path} is a point of a sweep, named by its epochs: type the sweep's command with more epochs, "
            "which go on from there."
        )
    if not point.can_lock():
        log.info("Another process is running this point: waiting for it.")
    with point.lock:
        if (metrics := point.metrics) is not None:
            return metrics
        write_json(point.path / "running.json", {"host": platform.node(), "pid": os.getpid()})
        try:
            guide = point.guide()
            if interrupted_checkpoint(point.path):
                log.info("Resuming from its last checkpoint.")
            elif shorter := point.longest_shorter_training():
                log.info("Continuing from the end of %s", shorter.path)
                point.copy_checkpoints(shorter)
                guide = guide or shorter.guide()
            if guide and cfg.get("guide") is None:
                # Training must continue with the same guide, even if there is a better one now.
                cfg = cfg.copy()
                cfg.guide = guide
            return run(cfg)
        finally:
            (point.path / "running.json").unlink(missing_ok=True)


def run_locked(point: Point, run: Callable[[DictConfig], dict], cfg: DictConfig) -> dict:
    """The metrics of a single run, whose folder no other process may use meanwhile."""
    point.path.mkdir(parents=True, exist_ok=True)
    try:
        with point.lock.acquire(blocking=False):
            return run(cfg)
    except Timeout as error:
        raise UserError(f"Another process is running {point.path}: wait for it, or stop it.") from error


def run_sweep_point(main: Callable[[DictConfig], float], cfg: DictConfig, log_file: Path) -> float:
    """Run one job of a sweep and write its error to ``error.json``, where the sweep finds it under any launcher.

    Raises:
        UserError: it failed; one line. Hydra's launcher catches it and continues.
    """
    folder = Path(cfg.run_dir)
    try:
        return main(cfg)
    except UserError as error:
        message = str(error).partition("\n")[0]
        log.error("%s", error)
    except Exception as error:
        if is_full(error):
            message = no_space(error, folder)
            log.error("%s", message)
        else:
            message = f"{type(error).__name__}: {error}".partition("\n")[0]
            log.error("This point failed.\n%s", traceback.format_exc())  # as text: a log handler may keep a record
    finally:
        gc.collect()  # models and data refer to each other in circles; the next point needs their memory
    with suppress(OSError):  # on a full disk it stays unfinished, and the same command resumes it
        write_json(folder / "error.json", {"message": message, "log": str(log_file)})
    # Raised here, outside the handlers, so that what the first traceback refers to can be freed.
    raise UserError(message)
