import json

import torch

from gtzan.environment import environment, record


def test_versions_and_the_machine_are_named():
    told = environment()
    assert told["torch"] == torch.__version__
    assert {"Python", "lightning", "gtzan", "CPU", "GPU", "commit"} <= set(told)
    assert all(isinstance(value, str) and value for value in told.values())


def test_a_resumed_run_keeps_its_first_command(configured, tmp_path, monkeypatch):
    path, cfg = tmp_path / "environment.json", configured()
    for told in ("python train.py model=dense", "python train.py resume=runs/x"):
        monkeypatch.setattr("gtzan.environment.command", lambda told=told: told)
        record(cfg, path)
    assert json.loads(path.read_text())["command"] == "python train.py model=dense"
