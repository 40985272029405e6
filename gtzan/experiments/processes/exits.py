"""How a process ends early: with one sentence, and the exit status that shells and schedulers expect."""

import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeGuard

from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.terminal import show

log = logging.getLogger(__name__)

INTERRUPTED, TERMINATED = 130, 143
"""Of Ctrl-C and of SIGTERM: 128 and the signal's number."""


class Terminated(SystemExit):
    """SIGTERM, as ``kill``, ``timeout`` and schedulers send it."""

    def __init__(self) -> None:
        super().__init__(TERMINATED)


def prepare_process() -> None:
    """Prepare a process that was started as a command: any text can be printed, and SIGTERM ends it in order.

    Under Slurm, SIGTERM is left to Lightning and submitit, which save a checkpoint and queue the job again.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.raiseExceptions = False  # a log that cannot be written, as on a full disk, is no error
    sys.excepthook = _without_interrupts(sys.excepthook)
    threading.excepthook = _without_full_disks(threading.excepthook)
    if not _under_slurm() and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)


@contextmanager
def orderly_exit(advice: Callable[[], str], folder: str | Path) -> Iterator[None]:
    """End the process with one sentence after a mistake, a full disk, Ctrl-C or SIGTERM; a bug keeps its traceback.

    Args:
        advice: returns a sentence on how to resume after an interruption.
        folder: where files are written, for an error that does not name one.
    """
    try:
        yield
    except BaseException as error:
        if (ending := sentence_and_status(error, advice, folder)) is None:
            raise
        exit_with_message(*ending)


def sentence_and_status(error: BaseException, advice: Callable[[], str], folder: str | Path) -> tuple[str, int] | None:
    """What to print and the exit status after a mistake, a full disk, Ctrl-C or SIGTERM; ``None`` for a bug."""
    if isinstance(error, UserError):
        return str(error), 2
    if is_full(error):
        return f"{no_space(error, folder)} {advice()}", 2
    if status := interruption(error):
        return f"stopped by {'Ctrl-C' if status == INTERRUPTED else 'SIGTERM'}. {advice()}", status
    return None


def interruption(error: BaseException) -> int | None:
    """The exit status of Ctrl-C or SIGTERM; ``None`` of what is neither."""
    if isinstance(error, Terminated):
        return TERMINATED
    # Lightning makes a SystemExit of Ctrl-C.
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt):
        return INTERRUPTED
    return None


def exit_with_error(error: UserError) -> NoReturn:
    """Print a user's mistake as one sentence, and exit with status 2."""
    exit_with_message(str(error), 2)


def exit_with_message(sentence: str, status: int) -> NoReturn:
    """Print a sentence after the program's name, and exit."""
    log.debug("exit status %d: %s", status, sentence)
    show(f"{Path(sys.argv[0]).name}: {sentence}", sys.stderr)
    sys.exit(status)


def is_full(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error says that there is no space left."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def no_space(error: OSError, folder: str | Path) -> str:
    """The same in a sentence.

    Args:
        error: names a file or does not.
        folder: where files are written.
    """
    return f"There is no space left on the disk of {error.filename or folder} ({reason_of(error)}): free some."


def _under_slurm() -> bool:
    """As Lightning decides it: an interactive shell within an allocation does not count."""
    return "SLURM_NTASKS" in os.environ and os.environ.get("SLURM_JOB_NAME") not in ("bash", "interactive")


def _terminate(number: int, frame) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the cleanup after the first
    raise Terminated


def _without_interrupts(hook: Callable) -> Callable:
    """No traceback for Ctrl-C before work has begun."""

    def quieter(kind, error, traceback) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.stderr.write(f"{Path(sys.argv[0]).name}: stopped by Ctrl-C.\n")
        else:
            hook(kind, error, traceback)

    return quieter


def _without_full_disks(hook: Callable) -> Callable:
    """TensorBoard's writer thread meets a full disk first; the error reaches the main thread, which reports it."""

    def quieter(arguments) -> None:
        if not is_full(arguments.exc_value):
            hook(arguments)

    return quieter
