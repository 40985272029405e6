"""Run a sweep: the points that are left to do, then the table."""

import logging
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig

from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.exits import exit_with_message, interruption
from gtzan.experiments.processes.launch import folder_name
from gtzan.experiments.processes.terminal import show
from gtzan.experiments.sweeps.plan import Invalid, Planned, Planner
from gtzan.experiments.sweeps.progress import Progress
from gtzan.experiments.sweeps.table import Table
from gtzan.files import write_json

log = logging.getLogger(__name__)

FOLDER_OVERRIDES = ("cache=", "runs=", "hydra.sweep.dir=")  # a sweep that is moved is the same sweep
ONE_RUN = {  # keys that name the folder of a single run
    "resume": "A sweep resumes by itself: type the same command again, without resume.",
    "run_dir": "The points of a sweep have folders of their own: leave run_dir out, or set runs or hydra.sweep.dir.",
}


def sweep(
    config: DictConfig,
    arguments: Sequence[str],
    combinations: Sequence[Sequence[str]],
    loader: ConfigLoader,
    launcher: Launcher,
    write_report: Callable[[Path], None],
) -> list[JobReturn]:
    """Run the unfinished points of a sweep, then show its table.

    Args:
        config: Hydra's, of the whole sweep.
        arguments: the overrides as typed.
        combinations: the overrides of each point.
        loader: Hydra's, of configurations.
        launcher: Hydra's, that runs points.
        write_report: writes the page of a sweep's folder.

    Raises:
        UserError: a mistake in the overrides, before anything is run.
        SystemExit: with 1 if a point has failed or was not finished, 130 after Ctrl-C, 143 after SIGTERM.
    """
    for key, sentence in ONE_RUN.items():
        if any(argument.startswith(f"{key}=") for argument in arguments):
            raise UserError(sentence)
    steps = Planner(config, loader).plan(combinations)
    errors = [step.error for step in steps if isinstance(step, Invalid)]
    if len(errors) == len(steps):
        raise UserError(" ".join(dict.fromkeys(errors)))
    this = Sweep.of(Path(config.hydra.sweep.dir), config.hydra.job.name, arguments, steps)
    results, status = this.run(launcher)
    this.write()
    table = Table.of(this.path)
    table.write(this.path)
    write_report(this.path)
    show(f"\n{table.text()}\n\n{this.summary()}", flush=True)
    if status:
        exit_with_message("The sweep was stopped. Type the same command again to resume.", status)
    if not this.finished:
        sys.exit(1)
    return results


@dataclass(frozen=True)
class Sweep:
    """The folder of a sweep: ``sweep.json``, which names its points, and their table.

    Attributes:
        path: the folder, ``runs/sweeps/<overrides>_<hash>``: the same command finds it again.
        steps: the points, some more than once where several combinations of overrides mean the same, and the
            invalid combinations.
        command: what was typed, for its report.
    """

    path: Path
    steps: Sequence[Planned | Invalid]
    command: str

    @classmethod
    def of(cls, root: Path, job: str, arguments: Sequence[str], steps: Sequence[Planned | Invalid]) -> "Sweep":
        """Make the folder, and the folders of the points that are left to do.

        Raises:
            UserError: they cannot be written.
        """
        command = " ".join([f"python {job}.py -m", *map(shlex.quote, arguments)])
        this = cls(sweep_folder(root, job, arguments), steps, command)
        try:
            this.path.mkdir(parents=True, exist_ok=True)
            for step in this.todo:
                step.point.prepare(step.identity)
            this.write()
        except OSError as error:
            raise UserError(f"{error.filename} cannot be written: {reason_of(error)}.") from error
        return this

    @property
    def planned(self) -> list[Planned]:
        """The valid steps; a point occurs more than once where overrides are equivalent."""
        return [step for step in self.steps if isinstance(step, Planned)]

    @property
    def todo(self) -> list[Planned]:
        """The points to run, each once."""
        return list({step.point: step for step in self.planned if not step.reused}.values())

    @property
    def finished(self) -> bool:
        """Whether every combination of overrides is a finished point."""
        return all(isinstance(step, Planned) and step.point.read_state() == "finished" for step in self.steps)

    def waves(self) -> list[list[Planned]]:
        """The points to run, in waves: longer trainings of a cell continue from shorter ones, so they run later."""
        waves: list[list[Planned]] = []
        longest: dict[str, int] = {}
        for step in sorted(self.todo, key=lambda step: step.identity.epochs):
            number = longest[step.identity.cell] = longest.get(step.identity.cell, -1) + 1
            if number == len(waves):
                waves.append([])
            waves[number].append(step)
        order = {step.point: i for i, step in enumerate(self.todo)}
        return [sorted(wave, key=lambda step: order[step.point]) for wave in waves]

    def run(self, launcher: Launcher) -> tuple[list[JobReturn], int]:
        """Run the points to do; returns the jobs' results and the exit status: that of Ctrl-C or SIGTERM, else 0."""
        results: list[JobReturn] = []
        number = 0
        if todo := self.todo:
            log.info("%s to run, shorter trainings first; finished points are reused", _counted(len(todo)))
        with Progress([(step.point, step.work) for step in self.todo]):
            for wave in self.waves():
                jobs = [step.job for step in wave]
                try:
                    results += launcher.launch(jobs, initial_job_idx=number)
                except (KeyboardInterrupt, SystemExit) as error:
                    return results, interruption(error) or 1
                except Exception as error:  # a worker was killed, a cluster went away: the folders know what is done
                    log.error("The launcher gave up: %s: %s", type(error).__name__, str(error).partition("\n")[0])
                number += len(jobs)
        return results, 0

    def write(self) -> None:
        """``sweep.json``: the command, and the overrides, folder and state of each point."""
        points = [
            {"overrides": dict(_pair(override) for override in step.overrides), **self._outcome(step)}
            for step in self.steps
        ]
        write_json(self.path / "sweep.json", {"command": self.command, "points": points})

    def _outcome(self, step: Planned | Invalid) -> dict[str, str | None]:
        if isinstance(step, Invalid):
            return {"folder": None, "state": "failed", "error": step.error}
        state = "reused" if step.reused else step.point.read_state()
        return {"folder": os.path.relpath(step.point.path, self.path), "state": state, "error": None}

    def summary(self) -> str:
        """How many points finished, were reused, failed; the first line of each error and its log."""
        invalid = [step for step in self.steps if isinstance(step, Invalid)]
        unique = list({step.point: step for step in self.planned}.values())
        reused = sum(step.reused for step in unique)
        states = [step.point.read_state() for step in unique]
        counts = {
            "finished": states.count("finished") - reused,
            "reused": reused,
            "failed": states.count("failed") + len(invalid),
            "not finished": states.count("unfinished") + states.count("running"),
        }
        listed = ", ".join(f"{n} {name}" for name, n in counts.items() if n or name != "not finished")
        lines = [f"{_counted(len(unique) + len(invalid))}: {listed}. Table: {self.path / 'table.md'}"]
        lines += [f"  failed: {step.label}: {step.error}" for step in invalid]
        for step, state in zip(unique, states, strict=True):
            if state == "failed":
                error = step.point.error or {}
                lines.append(f"  failed: {step.label}: {error.get('message')} ({error.get('log')})")
            elif state != "finished":
                lines.append(f"  not finished: {step.label}; the same command resumes it")
        return "\n".join(lines)


def without_folders(overrides: Sequence[str]) -> list[str]:
    """The overrides that say what is computed, not where it is kept."""
    return [override for override in overrides if not override.startswith(FOLDER_OVERRIDES)]


def sweep_folder(root: Path, job: str, arguments: Sequence[str]) -> Path:
    """Where a sweep's folder is, by its command: the program's name and the overrides in any order.

    Args:
        root: ``hydra.sweep.dir``, which is ``runs`` unless it is set.
    """
    telling = sorted(without_folders(arguments))
    digest = sha256("\n".join([job, *telling]).encode()).hexdigest()[:8]
    return root / "sweeps" / f"{folder_name(','.join(telling))}_{digest}"


def _counted(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"


def _pair(override: str) -> tuple[str, str]:
    key, _, value = override.partition("=")
    return key, value
