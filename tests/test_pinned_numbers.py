"""The same seed gives the same numbers as before: two tiny trainings and a synthesis, to the last digits that count.

Who moves code may not move these. Who means to move a number changes it here, and says why in the commit. The
tolerance is for processors that add in another order.
"""

import json
from pathlib import Path

import pytest
import soundfile
import torch

from synthesize import synthesize
from train import train

pytestmark = pytest.mark.usefixtures("without_figures")


def facts(run: str) -> dict[str, float]:
    """Of a classifier's run: its losses and accuracies, and the sum of its weights' magnitudes."""
    metrics = json.loads((Path(run) / "metrics.json").read_text())
    weights = torch.load(Path(run) / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    size = sum(float(tensor.abs().sum()) for tensor in weights.values() if tensor.is_floating_point())
    return {"loss": metrics["test/loss"], "accuracy": metrics["all/accuracy"], "weights": size}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (("model=dense", "split=50/50", "lr=1e-4"), {"loss": 1.11442, "accuracy": 0.41667, "weights": 29287.87}),
        (
            ("model=cnn", "split=70/30", "model.net.channels=[4,8]", "seed=3"),
            {"loss": 1.07910, "accuracy": 0.33333, "weights": 573.893},
        ),
    ],
    ids=["dense", "cnn"],
)
def test_of_a_classifier(configured, overrides, expected):
    cfg = configured(*overrides, "logger=none", "threads=1")
    train(cfg)
    assert facts(cfg.run_dir) == pytest.approx(expected, rel=1e-3)


def test_of_a_synthesis(configured, tiny_generator, tiny_judge):
    named = (
        f"ckpt={tiny_generator}",
        f"judge={tiny_judge}",
        "seconds=1",
        "n=1",
        "temperature=1.4",
        "logger=none",
        "threads=1",
    )
    cfg = configured(*named, config="synthesize")
    metrics = synthesize(cfg)
    waveforms = [soundfile.read(path)[0] for path in sorted(Path(cfg.run_dir).glob("*.wav"))]
    found = [metrics["synth/frechet"], *(float(abs(w).mean()) for w in waveforms)]
    assert found == pytest.approx([854.767, 0.040641, 0.053733, 0.046547], rel=1e-2)
