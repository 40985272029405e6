import pytest

from gtzan.experiments.processes import gpus
from gtzan.experiments.sweeps.identity import computed_by


@pytest.mark.parametrize(
    ("apple", "torch", "visible", "amd", "device"),
    [
        (True, "2.12.0", [], False, "mps"),
        (False, "2.12.0", ["0"], False, "gpu"),
        (False, "2.12.0", [], True, "gpu"),
        (False, "2.12.0", [], False, "cpu"),
        (False, "2.12.0+cpu", ["0"], True, "cpu"),
    ],
)
def test_a_point_is_known_by_the_device_that_lightning_takes(
    configured, monkeypatch, apple, torch, visible, amd, device
):
    monkeypatch.setattr(gpus, "_is_apple", lambda: apple)
    monkeypatch.setattr(gpus, "_has_amd", lambda: amd)
    monkeypatch.setattr(gpus, "visible", lambda: visible)
    monkeypatch.setattr(gpus, "version", lambda _: torch)
    threads = {"threads": 3} if device == "cpu" else {}
    assert computed_by(configured("trainer.accelerator=auto", "threads=3")) == {"device": device, **threads}


def test_one_point_at_a_time_on_an_apple_gpu(monkeypatch):
    monkeypatch.setattr(gpus, "_is_apple", lambda: True)
    assert gpus.processes("auto") == 1
