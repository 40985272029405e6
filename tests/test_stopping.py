"""Trainings that are stopped from outside, in processes of their own."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gtzan.models.checkpoint_files import is_whole

TRAIN = Path(__file__).parents[1] / "train.py"
pytestmark = pytest.mark.slow


@pytest.fixture
def command(tiny_corpus, tmp_path):
    tiny = ["data=folder", f"data.root={tiny_corpus.root}", f"cache={tmp_path / 'cache'}", "segment_seconds=0.5"]
    return [sys.executable, TRAIN, *tiny, "split=50/50", "model=dense", "logger=csv"]


def stop(words: list, folder: Path, number: int, when: str, later: float = 0.0) -> tuple[int, str]:
    """Start a command, send it a signal as soon as a file is there; returns its status and what it said."""
    process = subprocess.Popen(words, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    wait = time.monotonic() + 300
    while not list(folder.glob(when)) and process.poll() is None and time.monotonic() < wait:
        time.sleep(0.01)
    time.sleep(later)
    process.send_signal(number)
    said = process.communicate(timeout=300)[1]
    return process.returncode, said


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_ends_a_training_with_its_status_and_the_command_that_goes_on(command, tmp_path, name, status):
    words = [*command, "epochs=60"]
    ended, said = stop(words, tmp_path, getattr(signal, name), "runs/*/checkpoints/previous.ckpt")
    assert ended == status
    assert len(said.splitlines()) == 1
    go_on = shlex.split(said.partition("To resume it: python ")[2])
    assert go_on[1].startswith("resume=runs/")

    subprocess.run([sys.executable, *go_on], cwd=tmp_path, capture_output=True, check=True)
    subprocess.run([*words, "run_dir=whole"], cwd=tmp_path, capture_output=True, check=True)
    resumed = tmp_path / go_on[1].partition("=")[2]
    assert list((tmp_path / "runs").iterdir()) == [resumed]
    assert (resumed / "history.csv").read_text() == (tmp_path / "whole" / "history.csv").read_text()
    runs = [json.loads((run / "metrics.json").read_text()) for run in (resumed, tmp_path / "whole")]
    assert runs[0] | {"seconds": 0} == runs[1] | {"seconds": 0}


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs a second file system")
def test_kills_never_tear_the_last_checkpoint_where_the_temporary_folder_is_elsewhere(command, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/dev/shm")
    words = [*command, "epochs=100000", "run_dir=run"]
    last, before = tmp_path / "run" / "checkpoints" / "last.ckpt", -1
    for attempt in range(4):
        stop(words, tmp_path, signal.SIGKILL, "run/checkpoints/last.ckpt", later=0.3 + 0.07 * attempt)
        words = [sys.executable, TRAIN, "resume=run"]
        assert is_whole(last)
        epoch = torch.load(last, weights_only=True)["epoch"]
        assert epoch >= before
        before = epoch
