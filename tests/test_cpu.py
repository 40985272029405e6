import os

import torch

from gtzan.cpu import prepare_cpu, use_threads


def test_threads_come_back_after_a_run_that_took_fewer():
    use_threads(None)
    before = torch.get_num_threads()
    use_threads(1)
    assert torch.get_num_threads() == 1
    use_threads(before + 1)  # of what a launcher leaves to this process
    assert torch.get_num_threads() == before
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
