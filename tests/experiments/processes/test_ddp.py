"""One training on two processes gives what one process gives."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from lightning import Trainer
from lightning.pytorch.plugins import TorchSyncBatchNorm
from lightning.pytorch.strategies import DDPStrategy

from gtzan.data.datamodule import SegmentDataset
from gtzan.data.segments import EpochOrder, InOrder, Segments
from gtzan.data.views import Frames
from gtzan.errors import UserError
from gtzan.experiments.processes.ddp import Processes
from gtzan.models.metrics import Scores
from train import train

TWO = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2")


@pytest.fixture
def alone_and_together(configured):
    """A function from overrides to the configurations and metrics of a training in one and in two processes."""

    def run(*overrides: str):
        cfgs = [configured("split=50/50", "model.net.dropout=0", *overrides, *where) for where in ((), TWO)]
        return cfgs, [train(cfg) for cfg in cfgs]

    return run


@pytest.mark.parametrize("segments", [1, 2, 11, 48])
def test_the_shares_of_a_batch_are_the_batch_and_each_segment_counts_once(segments):
    all_of_them = Segments(np.arange(segments) // 3, np.arange(segments), 1)
    whole = list(EpochOrder(all_of_them, 4, seed=0))
    shares = [list(EpochOrder(all_of_them, 4, seed=0, rank_and_size=(number, 2))) for number in range(2)]
    for batch, one, other in zip(whole, *shares, strict=True):
        assert len(one) == len(other)
        assert set(batch) == {*np.ma.getdata(one), *np.ma.getdata(other)}
        assert sorted([*counted(one), *counted(other)]) == sorted(batch)
    parts = [list(InOrder(all_of_them, 4, rank_and_size=(number, 2))) for number in range(2)]
    assert all(parts)
    assert sorted(i for part in parts for batch in part for i in counted(batch)) == list(range(segments))


def counted(batch: np.ndarray) -> list[int]:
    return np.ma.compressed(batch).tolist()


def test_a_process_scores_what_it_counts(tiny_store, tiny_corpus):
    view = Frames(["mfcc"])
    data = SegmentDataset(tiny_store, Segments.of(np.arange(3), tiny_store.lengths, 20, 20), view)
    scores = [Scores(3, len(tiny_corpus.tracks)) for _ in range(2)]
    for number, part in enumerate(scores):
        for which in EpochOrder(data.segments, 4, seed=0, rank_and_size=(number, 2)):
            batch = data[which]
            part.update(*batch.counted(torch.randn(len(batch.y), 3), batch.y, batch.track))
    assert sum(float(part.segments.sum()) for part in scores) == len(data)


# Adam's first steps go by the sign of a gradient, whose rounding differs; with SGD, rounding stays rounding.
@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [("model=dense", "lr=0.1"), ("model=cnn", "lr=0.01", "model.net.batch_norm=false")], ids=["dense", "cnn"]
)
def test_two_processes_learn_what_one_learns(alone_and_together, model):
    cfgs, (alone, together) = alone_and_together(
        *model, "optimizer._target_=torch.optim.SGD", "batch_size=10", "logger=none"
    )
    numbers = {name: value for name, value in alone.items() if isinstance(value, float) and "/" in name}
    assert {name: together[name] for name in numbers} == pytest.approx(numbers, rel=1e-3)
    assert together["epochs"] == alone["epochs"]
    weights = [load(cfg)["state_dict"] for cfg in cfgs]
    for name, weight in weights[0].items():
        torch.testing.assert_close(weights[1][name], weight, rtol=1e-3, atol=1e-5, msg=name)
    curves = [read(Path(cfg.run_dir) / "history.csv") for cfg in cfgs]
    assert [row["epoch"] for row in curves[1]] == ["1", "2"]
    for one, other in zip(*curves, strict=True):
        for name in ("val/loss", "train/loss", "train/accuracy"):
            assert float(other[name]) == pytest.approx(float(one[name]), rel=1e-3), name
    assert yaml.safe_load((Path(cfgs[1].run_dir) / "config.yaml").read_text())["trainer"]["devices"] == 2
    assert {p.name for p in Path(cfgs[1].run_dir).iterdir()} == {p.name for p in Path(cfgs[0].run_dir).iterdir()}


def load(cfg) -> dict:
    return torch.load(Path(cfg.run_dir) / "checkpoints" / "last.ckpt", weights_only=True)


def read(path: Path) -> list[dict]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("device", "synchronised"), [("cuda", True), ("cpu", False)])
def test_batch_norm_is_synchronised_where_torch_can(monkeypatch, device, synchronised):
    monkeypatch.setattr(DDPStrategy, "setup", lambda self, trainer: None)
    monkeypatch.setattr(DDPStrategy, "root_device", torch.device(device))
    strategy = Processes()
    strategy._layer_sync = TorchSyncBatchNorm()
    strategy.setup(Trainer(accelerator="cpu", logger=False, enable_checkpointing=False))
    assert (strategy._layer_sync is not None) == synchronised


@pytest.mark.slow
def test_two_processes_train_batch_norm_on_cpus(configured):
    metrics = train(configured("split=50/50", "model=cnn", "batch_size=10", "logger=none", "epochs=1", *TWO))
    assert metrics["epochs"] == 1


@pytest.mark.parametrize("words", [TWO, ("trainer.devices=2",), ("trainer=default,ddp",)])
def test_a_sweep_refuses_to_divide_its_points(sweep, words, tmp_path):
    status, told = sweep("seed=0,1", *words)
    assert status == 2
    assert told.count("\n") == 1
    assert "leave trainer=ddp out" in told
    assert not (tmp_path / "runs").exists()


def test_what_cannot_be_divided_is_told(configured):
    with pytest.raises(UserError, match=r"trainer\.devices=2 needs trainer=ddp"):
        train(configured("model=dense", "split=50/50", "trainer.devices=2"))
    with pytest.raises(UserError, match="batch_size=9 cannot be shared by 2 processes"):
        train(configured("model=dense", "split=50/50", "batch_size=9", *TWO))
