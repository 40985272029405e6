import torch

from gtzan.experiments.runs.environment import environment, record
from gtzan.experiments.runs.folder import RunFolder


def test_versions_and_the_machine_are_named():
    told = environment()
    assert told["torch"] == torch.__version__
    assert {"Python", "lightning", "gtzan", "CPU", "GPU", "commit"} <= set(told)
    assert all(isinstance(value, str) and value for value in told.values())


def test_a_resumed_run_keeps_its_first_command(tmp_path, monkeypatch):
    run = RunFolder(tmp_path)
    for told in ("python train.py model=dense", "python train.py resume=runs/x"):
        monkeypatch.setattr("gtzan.experiments.runs.environment.command", lambda told=told: told)
        record(run)
    assert run.environment()["command"] == "python train.py model=dense"
