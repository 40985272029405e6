"""How a process ends before it is done."""

import errno
import io
import signal
import sys

import pytest

from gtzan.errors import UserError
from gtzan.experiments.processes.exits import Terminated, interruption, orderly_exit, prepare_process


def lightnings_ctrl_c() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        sys.exit(1)


def raising(error: BaseException):
    def run() -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "status", "sentence"),
    [
        (raising(UserError("lr=x is no number.")), 2, "lr=x is no number."),
        (raising(KeyboardInterrupt()), 130, "stopped by Ctrl-C. Go on."),
        (lightnings_ctrl_c, 130, "stopped by Ctrl-C. Go on."),
        (raising(Terminated()), 143, "stopped by SIGTERM. Go on."),
        (raising(OSError(errno.ENOSPC, "No space left", "/full/file")), 2, "disk of /full/file (no space left): free"),
        (raising(OSError(errno.EDQUOT, "Quota exceeded")), 2, "disk of /runs/x (quota exceeded): free"),
    ],
)
def test_one_sentence_and_the_status_that_shells_expect(run, status, sentence, capsys):
    with pytest.raises(SystemExit) as ended, orderly_exit(lambda: "Go on.", "/runs/x"):
        run()
    assert ended.value.code == status
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError(errno.EIO, "broken"), SystemExit(1)])
def test_what_is_neither_a_mistake_nor_an_interruption_stays_what_it_is(error):
    with pytest.raises(type(error)) as ended, orderly_exit(lambda: "", ""):
        raise error
    assert ended.value is error
    assert interruption(error) is None


@pytest.fixture
def process(monkeypatch):
    """Prepared as a command is, and put back."""
    for name in ("excepthook", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    monkeypatch.setattr("logging.raiseExceptions", True)
    before = signal.getsignal(signal.SIGTERM)
    yield monkeypatch
    signal.signal(signal.SIGTERM, before)


def test_sigterm_ends_what_runs_in_order(process):
    process.delenv("SLURM_NTASKS", raising=False)
    prepare_process()
    with pytest.raises(Terminated):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)  # of an impatient scheduler: what is being tidied up is finished


def test_under_slurm_sigterm_is_lightnings(process):
    process.setenv("SLURM_NTASKS", "1")
    process.setenv("SLURM_JOB_NAME", "job")
    before = signal.getsignal(signal.SIGTERM)
    prepare_process()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_terminal_without_utf_8_shows_what_it_cannot_print_escaped(process):
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    process.setattr(sys, "stdout", out)
    prepare_process()
    sys.stdout.write("音楽 — café\n")
    sys.stdout.flush()
    assert out.buffer.getvalue() == "\\u97f3\\u697d — café\n".encode("cp1252")
