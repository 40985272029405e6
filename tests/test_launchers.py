"""Points that other processes compute are the same points."""

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from gtzan.experiments.processes import gpus
from gtzan.experiments.processes.extras import LAUNCHERS
from gtzan.files import read_json
from tests.experiments.sweeps.test_sweep import points, table_of, times

needs_joblib = pytest.mark.skipif(not find_spec(LAUNCHERS["joblib"][0]), reason="the extra sweep is not installed")


@pytest.mark.slow
@needs_joblib
def test_after_kill_9_of_a_worker_the_same_command_ends_in_the_table_of_one_process(sweep, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    words = ("model=dense", "split=50/50", "epochs=1,20", "seed=0,1", "lr=1e-5")
    joblib = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", f"cache={tmp_path}", "hydra/job_logging=default")
    killer = threading.Thread(target=kill_a_worker, args=(there, "epochs-20_*seed-0"))
    killer.start()
    status, told = sweep(*words, *joblib, runs=there)
    killer.join()
    assert status == 1
    assert "not finished: epochs=20 seed=0; the same command resumes it" in told
    before = times(there)
    assert len(before) >= 2
    status, told = sweep(*words, *joblib, runs=there)
    assert status == 0
    assert f"4 points: {4 - len(before)} finished, {len(before)} reused, 0 failed" in told
    assert before.items() <= times(there).items()

    assert sweep(*words, runs=here)[0] == 0
    assert points(there) == points(here)
    assert table_of(there) == table_of(here)
    assert len({metrics["test/loss"] for metrics in points(there).values()}) == 4
    logs = [path.read_text() for path in there.glob("points/*/train.log")]
    assert sum("Extracting the features of 24 of 24 tracks" in log for log in logs) == 1
    assert sum("Continuing from the end of" in log for log in logs) == 2


def kill_a_worker(runs: Path, name: str) -> None:
    """Kill the process at work on a point, once the point has a checkpoint to go on from."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        for running in runs.glob(f"points/*{name}*/running.json"):
            pid = (read_json(running) or {}).get("pid", os.getpid())
            if pid != os.getpid() and (running.parent / "checkpoints" / "last.ckpt").exists():
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.01)


@needs_joblib
@pytest.mark.parametrize("said", [None, "3"])
def test_each_process_has_its_share_of_the_cores_unless_the_user_has_said(said, monkeypatch):
    from joblib import Parallel, cpu_count, delayed

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    threads = Parallel(n_jobs=2, backend="loky")([delayed(os.getenv)("OMP_NUM_THREADS")])  # which torch goes by
    assert threads == [said or str(max(1, cpu_count() // 2))]


@pytest.mark.slow
@needs_joblib
def test_each_worker_of_joblib_uses_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,7")
    assert gpus.processes("gpu") == 2
    assert gpus.processes("cpu") == -1
    program = (
        "import os, time; from joblib import Parallel, delayed; from gtzan.experiments.processes import gpus\n"
        "def gpu(_): gpus.use_one_gpu(); time.sleep(0.5); return os.environ['CUDA_VISIBLE_DEVICES']\n"
        "print(*sorted(set(Parallel(n_jobs=2, batch_size=1)(delayed(gpu)(i) for i in range(6)))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "0 7\n"
    gpus.use_one_gpu()  # the main process keeps all of them
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,7"


@pytest.mark.parametrize(("launcher", "extra"), [("joblib", "sweep"), ("submitit_slurm", "slurm"), ("ray", "ray")])
def test_a_missing_extra_is_one_sentence(sweep, launcher, extra, monkeypatch, tmp_path):
    monkeypatch.setattr("gtzan.experiments.processes.extras.find_spec", lambda name: None)
    status, told = sweep("seed=0,1", f"hydra/launcher={launcher}")
    assert status == 2
    assert told.count("\n") == 1
    assert f"pip install -e '.[{extra}]'" in told
    assert not (tmp_path / "runs").exists()
