import os

import torch

from gtzan.cpu import prepare_cpu, use_threads


def test_threads_come_back_after_a_run_that_took_fewer():
    use_threads(None)
    before = torch.get_num_threads()
    use_threads(1)
    assert torch.get_num_threads() == 1
    use_threads(None)
    assert torch.get_num_threads() == before


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    prepare_cpu()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    monkeypatch.delenv("OMP_WAIT_POLICY")
    prepare_cpu()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
