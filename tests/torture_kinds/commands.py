"""gtzan's commands in processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torture_kinds.faults import Hung, Lost, Traceback
from torture_kinds.world import ROOT

PROGRAMS = {
    "train": [str(ROOT / "train.py")],
    "synthesize": [str(ROOT / "synthesize.py")],
    "gtzan": ["-m", "gtzan.cli.main"],
}
LIMIT = 600  # seconds; other jobs may share this machine
UNSET = ("GTZAN_ROOT", "HYDRA_FULL_ERROR", "PYTHONPATH")


@dataclass(frozen=True)
class Ended:
    """A process at its end.

    Attributes:
        status: its exit status, negative for a signal that killed it.
        output: what it printed, standard error included.
    """

    status: int
    output: str

    @property
    def tail(self) -> str:
        """Its last words, for a table."""
        return " / ".join(line.strip() for line in self.output.splitlines()[-4:] if line.strip())[-400:]

    def expect(self, *statuses: int) -> "Ended":
        """This, if it ended with one of the statuses and without a crash.

        Raises:
            Traceback: it crashed.
            Lost: another status.
        """
        if "Traceback (most recent call last)" in self.output or "Error executing job" in self.output:
            raise Traceback(f"status {self.status}: {self.tail}")
        if self.status in (-signal.SIGBUS, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGFPE):
            raise Traceback(f"killed by {signal.Signals(-self.status).name}: {self.tail}")
        if self.status not in statuses:
            raise Lost(f"status {self.status}, not {' or '.join(map(str, statuses))}: {self.tail}")
        return self


class Command:
    """A command that was started, its output in a file.

    Args:
        words: ``train``, ``synthesize`` or ``gtzan``, and its arguments.
        folder: the working directory.
        environment: variables that differ.
    """

    def __init__(self, words: Sequence[str], folder: Path, **environment: str) -> None:
        program, *arguments = words
        self.words = words
        self.log = folder / f".output.{os.urandom(4).hex()}"
        kept = {key: value for key, value in os.environ.items() if key not in UNSET}
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *PROGRAMS[program], *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**kept, **environment},
                process_group=0,  # a signal reaches it and its children, as Ctrl-C in a terminal does
            )

    def send(self, number: int) -> None:
        """Send a signal to the process and its children."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def wait(self, seconds: float = LIMIT) -> Ended:
        """Its end.

        Raises:
            Hung: it did not end in time.
        """
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.process.wait()
            raise Hung(f"no end after {seconds:.0f} s: {' '.join(self.words)}") from None
        output = self.log.read_text(encoding="utf-8", errors="replace")
        self.log.unlink()
        return Ended(status, output)


def run(words: Sequence[str], folder: Path, seconds: float = LIMIT, **environment: str) -> Ended:
    """A command from its start to its end."""
    return Command(words, folder, **environment).wait(seconds)
