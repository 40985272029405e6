import os
import subprocess
import sys

import pytest
import torch

from gtzan.experiments.processes.cpu import allotted_threads, prepare_cpu, threads_per_job, use_threads


def test_threads_come_back_after_a_run_that_took_fewer():
    use_threads(None)
    before = torch.get_num_threads()
    use_threads(1)
    assert torch.get_num_threads() == 1
    use_threads(before + 1)  # the number decides on the last bits, so it is the same on every machine
    assert torch.get_num_threads() == before + 1
    use_threads(None)
    assert torch.get_num_threads() == before


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    prepare_cpu()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert "GOMP_SPINCOUNT" not in os.environ
    monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    prepare_cpu()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    assert os.environ["GOMP_SPINCOUNT"] == "7"


@pytest.mark.parametrize(
    ("launcher", "threads"),
    [
        ({}, 8),
        ({"n_jobs": 2}, 4),
        ({"n_jobs": -1}, 1),
        ({"cpus_per_task": 6}, 6),
        ({"ray": {"remote": {"num_cpus": 3}}}, 3),
    ],
)
def test_jobs_share_the_cores_as_their_launcher_does(launcher, threads, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("joblib.cpu_count", lambda only_physical_cores: 8)
    assert threads_per_job(launcher) == threads
    assert allotted_threads() is None
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert threads_per_job(launcher) == 5
    assert allotted_threads() == 5


def test_all_threads_come_back_after_one():
    code = (
        "import torch; from gtzan.experiments.processes.cpu import use_threads\n"
        "use_threads(1); use_threads(None); print(torch.get_num_threads())"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert found.stdout == "2\n"
