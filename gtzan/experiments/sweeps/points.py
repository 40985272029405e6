"""A point of a sweep: a run directory named by what defines it, which is trained once and then only looked up.

::

    runs/points/<overrides>_<digest>/point.json      what defines it, written before it is trained
                                     running.json    while a process is at work on it
                                     error.json      when its last try failed
                                     metrics.json …  what every run leaves, when it is done
"""

import gc
import logging
import os
import platform
import re
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
from gtzan.experiments.processes.disk import is_full, no_space
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
    def facts(self) -> dict | None:
        """``point.json``: digest, cell, epochs, and what defines the point; ``None`` where there is none."""
        return read_json(self.path / "point.json")

    @property
    def metrics(self) -> dict | None:
        """Of a finished point."""
        return read_json(self.path / "metrics.json")

    @property
    def error(self) -> dict | None:
        """Of a failed point: ``message``, one line, and ``log``, a file."""
        return read_json(self.path / "error.json")

    @property
    def state(self) -> str:
        """``finished``, ``failed``, ``running`` or ``unfinished``: waiting or interrupted."""
        if self.metrics is not None:
            return "finished"
        if (self.path / "running.json").exists() and self.locked():
            return "running"
        return "failed" if self.error else "unfinished"

    @property
    def lock(self) -> FileLock:
        """Held by the process at work; the system frees it when that is killed."""
        return FileLock(self.path / ".lock")

    def locked(self) -> bool:
        """Whether a process is at work on it."""
        try:
            with self.lock.acquire(blocking=False):
                return False
        except Timeout:
            return True

    @property
    def place(self) -> list[str]:
        """Hydra's overrides that make a job this point's; absolute, for a worker may start in another folder."""
        folders = {"dir": self.path.parent, "subdir": self.path.name}
        return [naming(f"hydra.sweep.{key}", folder) for key, folder in folders.items()]

    def prepare(self, identity: Identity) -> None:
        """Make the folder, and forget what a killed process has left behind."""
        self.path.mkdir(parents=True, exist_ok=True)
        facts = {"digest": identity.digest, "cell": identity.cell, "epochs": identity.epochs}
        write_json(self.path / "point.json", {**facts, "defines": identity.defines})
        try:
            with self.lock.acquire(blocking=False):
                for name in ("running.json", "error.json"):
                    (self.path / name).unlink(missing_ok=True)
        except Timeout:  # another sweep is at work on it
            pass

    def guide(self) -> str | None:
        """The guide that a generator has learned from so far."""
        run = RunFolder(self.path)
        settings = run.settings_if_readable() if run.has_config else None
        return settings and settings.get("guide")

    def shorter(self) -> "Point | None":
        """The finished point of the same cell with the most epochs below this one's."""
        facts = self.facts
        epochs = {}
        for point, other in points_in(self.path.parent):
            if other["cell"] == facts["cell"] and other["epochs"] < facts["epochs"] and point.metrics is not None:
                epochs[point] = other["epochs"]
        epochs = {point: n for point, n in epochs.items() if is_whole(point.path / "checkpoints" / LAST)}
        return max(epochs, key=epochs.get, default=None)

    def take_over(self, shorter: "Point") -> None:
        """Begin where a shorter training has ended."""
        partial, checkpoints = self.path / "checkpoints.partial", self.path / "checkpoints"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(shorter.path / "checkpoints", partial)
        shutil.rmtree(checkpoints, ignore_errors=True)
        partial.rename(checkpoints)  # whole or not at all, should this process be killed


def naming(key: str, place: str | Path) -> str:
    """Hydra's override that sets a key to a folder, quoted where it must be."""
    text = str(place)
    plain = re.fullmatch(r"[\w./-]+", text, re.ASCII)
    return f"{key}={text if plain else QuotedString(text, Quote.single).with_quotes()}"


def points_in(folder: Path) -> Iterator[tuple[Point, dict]]:
    """Every point in a folder of points, with its facts."""
    for path in sorted(folder.glob("*/point.json")):
        if facts := read_json(path):
            yield Point(path.parent), facts


def started(run_dir: Path) -> Path | None:
    """The checkpoint that a point of a sweep goes on from; ``None`` at its beginning, and for other runs."""
    return checkpoint_to_resume(run_dir / "checkpoints") if (run_dir / "point.json").exists() else None


def once(run: Callable[[DictConfig], dict], cfg: DictConfig) -> dict:
    """The metrics of a run; of a finished point of a sweep, those that it has stored.

    An interrupted point goes on from its last checkpoint, one whose training is a longer one of a finished point from
    the end of that. Of processes that want the same point, one works and the others wait.
    """
    point = Point(Path(cfg.run_dir))
    if point.facts is None:  # no sweep
        return _alone(point, run, cfg)
    if point.locked():
        log.info("Another process is at work on this point: waiting for it.")
    with point.lock:
        if (metrics := point.metrics) is not None:
            return metrics
        write_json(point.path / "running.json", {"host": platform.node(), "pid": os.getpid()})
        try:
            guide = point.guide()
            if started(point.path):
                log.info("Goes on from its last checkpoint.")
            elif shorter := point.shorter():
                log.info("Goes on from the end of %s", shorter.path)
                point.take_over(shorter)
                guide = guide or shorter.guide()
            if guide and cfg.get("guide") is None:
                # The newest one may be another by now.
                cfg = cfg.copy()
                cfg.guide = guide
            return run(cfg)
        finally:
            (point.path / "running.json").unlink(missing_ok=True)


def _alone(point: Point, run: Callable[[DictConfig], dict], cfg: DictConfig) -> dict:
    """The metrics of a run that is no point, in a folder that no other process works in."""
    point.path.mkdir(parents=True, exist_ok=True)
    try:
        with point.lock.acquire(blocking=False):
            return run(cfg)
    except Timeout as error:
        raise UserError(f"Another process is at work on {point.path}: wait for it, or stop it.") from error


def recorded(main: Callable[[DictConfig], float], cfg: DictConfig, log_file: Path) -> float:
    """Run a job of a sweep; its error is left in the folder, so that it is known there whatever the launcher does.

    Raises:
        UserError: it failed; one line. Hydra's launcher catches it and goes on.
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
    with suppress(OSError):  # on a full disk it stays unfinished, and the same command goes on with it
        write_json(folder / "error.json", {"message": message, "log": str(log_file)})
    # Raised here, where the first error and with it all that its traceback holds is forgotten.
    raise UserError(message)
