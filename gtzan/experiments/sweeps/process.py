"""Sweeps in processes of their own, one after the other, for commands that need several."""

import logging
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException

from gtzan.errors import UserError
from gtzan.experiments.configuration.hydra_errors import error_message
from gtzan.experiments.processes.exits import Terminated
from gtzan.experiments.processes.scripts import programs_folder
from gtzan.experiments.sweeps.entries import Entry, read_entries
from gtzan.experiments.sweeps.sweep import sweep_folder

log = logging.getLogger(__name__)

INTERRUPTED = {130: KeyboardInterrupt, -2: KeyboardInterrupt, 143: Terminated, -15: Terminated}  # by exit status


@dataclass(frozen=True)
class Swept:
    """What a sweep has left.

    Attributes:
        command: that repeats it.
        entries: its points; empty if it could not be started.
        status: the exit status.
    """

    command: str
    entries: tuple[Entry, ...]
    status: int

    def raise_interruption(self) -> None:
        """Raise what has ended it, if that was Ctrl-C or SIGTERM."""
        if self.status in INTERRUPTED:
            raise INTERRUPTED[self.status]


def run_sweep(program: str, overrides: Sequence[str], runs: Path) -> Swept:
    """Run what is missing of a sweep: finished points are looked up, interrupted ones go on.

    Args:
        program: ``train`` or ``synthesize``.
        overrides: as Hydra takes them, ``runs`` among them.
        runs: the folder of runs.
    """
    words = [f"{program}.py", "-m", *overrides]
    command = f"python {shlex.join(words)}"
    log.info("\n%s", command)
    manifest = sweep_folder(runs, program, overrides) / "sweep.json"
    before = manifest.stat().st_mtime_ns if manifest.exists() else None
    status = _call([sys.executable, str(programs_folder() / words[0]), *words[1:]])
    # A mistake in the overrides is told before anything is written: what lies in the folder is then of another time.
    begun = manifest.exists() and manifest.stat().st_mtime_ns != before
    return Swept(command, tuple(read_entries(manifest.parent)) if begun else (), status)


def check_given(given: Sequence[str], reserved: Mapping[str, str], page: str) -> None:
    """Check a user's overrides for several sweeps.

    Args:
        given: as Hydra takes them.
        reserved: keys that the command itself sets, and what to say of each.
        page: what shows the results, in words.

    Raises:
        UserError: one that cannot be read, is reserved or has several values.
    """
    parser = OverridesParser.create()
    for text in given:
        try:
            (override,) = parser.parse_overrides([text])
        except OverrideParseException as error:
            raise UserError(error_message(error, "train")) from error
        if override.key_or_group in reserved:
            raise UserError(f"{text}: {reserved[override.key_or_group]}")
        if override.is_sweep_override():
            raise UserError(f"{text}: {page} shows one value of {override.key_or_group}, not several.")


def _call(command: Sequence[str]) -> int:
    """Run a program to its end. Ctrl-C goes to it, too, and SIGTERM is passed on; it tidies up, which takes longer than
    subprocess.run waits."""
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
            except Terminated:
                process.terminate()
