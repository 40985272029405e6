"""The script that mistreats gtzan: it runs, it sees crashes and hangs, and a sample of it is survived."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MISCHIEF = """
import os, signal, time
SECONDS = 1
def attempt(world, case, folder):
    if case == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if case == "hang":
        time.sleep(60)
    if case == "error":
        raise ZeroDivisionError("by nought")
"""


@pytest.mark.slow
def test_a_crash_and_a_hang_cost_one_case_each(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(TESTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("torture_kinds.watched.PREPARATION", 2)
    (tmp_path / "mischief.py").write_text(MISCHIEF)
    from torture_kinds.watched import outcomes
    from torture_kinds.world import World

    cases = ["crash", "fine", "hang", "error", "fine, too"]
    found = list(outcomes(World(tmp_path, 0, True), "mischief", cases, time.monotonic() + 60))
    columns = {outcome.case: outcome.column for outcome in found}
    bad = {"crash": "tracebacks", "hang": "hung", "error": "tracebacks"}
    assert columns == {"fine": "survived", "fine, too": "survived", **bad}
    assert "by nought" in next(outcome.reason for outcome in found if outcome.case == "error")


@pytest.mark.parametrize(
    "kinds", [("values", "archives"), pytest.param((), marks=pytest.mark.slow)], ids=["some kinds", "all kinds"]
)
def test_a_few_tries_of_each_kind_end_in_a_table(tmp_path, kinds):
    words = [sys.executable, TESTS / "torture.py", *kinds, "--quick"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = dict(re.findall(r"^\| (\w+) +\| +(\d+) \|", done.stdout, re.MULTILINE))
    assert {"all", *kinds} <= set(rows)
    assert all(int(tried) for tried in rows.values()), done.stdout
    assert not list(tmp_path.iterdir())
