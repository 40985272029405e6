"""Tries in worker processes that may crash or hang."""

import contextlib
import importlib
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from torture_kinds.faults import Fault, Hung, Skipped, Traceback
from torture_kinds.world import World

PREPARATION = 300  # seconds that a worker may take for imports and for what all cases share
GRACE = 120  # seconds for what is under way when the time is over
MEMORY = 24 << 30  # bytes of address space for a worker: more is an error in it, not the end of this machine


@dataclass(frozen=True)
class Outcome:
    """What has become of a try.

    Attributes:
        case: its name.
        column: of the table.
        reason: what went wrong; empty if nothing did.
        seconds: that it took.
    """

    case: str
    column: str
    reason: str = ""
    seconds: float = 0.0


def outcomes(world: World, kind: str, cases: Sequence[str], deadline: float) -> Iterator[Outcome]:
    """Try cases of a kind, a module, in worker processes, as they end; those that the deadline cuts off are left out.

    A worker that dies or does not answer costs its case alone: another worker goes on.
    """
    module = importlib.import_module(kind)
    waiting = list(reversed(cases))
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.case for worker in workers):
            late = time.monotonic() > deadline
            workers = [worker for worker in workers if worker.process.is_alive() or worker.case]
            busy = [worker for worker in workers if worker.case]
            while not late and len(workers) < min(getattr(module, "WORKERS", 2), len(busy) + len(waiting)):
                workers.append(_Worker(world, kind))
            for worker in workers:
                if waiting and not late and not worker.case:
                    worker.begin(waiting.pop(), module.SECONDS)
            busy = [worker for worker in workers if worker.case]
            if not busy or time.monotonic() > deadline + GRACE:
                return
            wait([worker.connection for worker in busy], timeout=0.5)
            for worker in busy:
                if outcome := worker.outcome():
                    yield outcome
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that tries one case after the other."""

    def __init__(self, world: World, kind: str) -> None:
        spawn = multiprocessing.get_context("spawn")  # a forked process would inherit locks that threads hold
        self.connection, other = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(world, kind, other), daemon=False)
        self.process.start()
        other.close()
        self.case, self.ready = "", False

    def begin(self, case: str, seconds: float) -> None:
        self.case, self.started, self.limit = case, time.monotonic(), seconds
        self.limit += 0 if self.ready else PREPARATION
        self.ready = True
        self.connection.send(case)

    def outcome(self) -> Outcome | None:
        """Of the case at hand, if it has ended, in whatever way."""
        seconds = time.monotonic() - self.started
        case = self.case
        if self.connection.poll():
            try:
                column, reason = self.connection.recv()
            except (EOFError, OSError):
                self.end()
                column, reason = Traceback.column, f"the process died with status {self.process.exitcode}"
        elif seconds > self.limit:
            self.end()
            column, reason = Hung.column, f"no end after {self.limit} s"
        else:
            return None
        self.case = ""
        return Outcome(case, column, reason, seconds)

    def end(self) -> None:
        """End the process and whatever it has started."""
        if not self.case:
            self.connection.close()  # it has nothing to do, and ends by itself
            self.process.join(5)
        for number in _session(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.join()
        self.connection.close()


def _session(leader: int) -> list[int]:
    numbers = [leader]
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == leader and int(entry.name) != leader:
                numbers.append(int(entry.name))
        except (ProcessLookupError, PermissionError):
            continue
    return numbers


def _serve(world: World, kind: str, connection: Connection) -> None:
    """Answer case after case; the life of a worker."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module = importlib.import_module(kind)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):  # where decoders complain about each damaged file, and children print
        os.dup2(nowhere, number)
    getattr(module, "prepare", lambda _: None)(world)
    while True:
        try:
            case = connection.recv()
        except EOFError:
            return
        folder = Path(tempfile.mkdtemp(prefix=f"{kind.rpartition('.')[2]}-", dir=world.folder))
        os.chdir(folder)
        try:
            module.attempt(world, case, folder)
            answer = ("survived", "")
        except Skipped as reason:
            answer = ("skipped", str(reason))
        except Fault as fault:
            answer = (fault.column, str(fault))
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            answer = (Traceback.column, f"{type(error).__name__}: {error} ({place})")
        os.chdir(world.folder)
        shutil.rmtree(folder, ignore_errors=True)
        connection.send(answer)
