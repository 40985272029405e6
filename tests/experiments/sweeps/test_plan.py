"""A sweep's points are what Hydra composes, whatever way their overrides say it."""

from pathlib import Path

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode

from gtzan.experiments.processes.launch import register_resolvers
from gtzan.experiments.sweeps.plan import Invalid, Planned, Planner

TRAIN = Path(__file__).parents[3] / "train.py"


@pytest.fixture
def plan(tiny_corpus, shared_cache, tmp_path):
    """A function from combinations of overrides to their steps, in a sweep of the dense net on the tiny corpus."""
    register_resolvers()
    runs = tmp_path / "runs"
    shared = ["data=folder", f"data.root={tiny_corpus.root}", f"cache={shared_cache}", f"runs={runs}", "model=dense"]

    def steps(*combinations: tuple[str, ...], sweep: tuple[str, ...] = ()) -> list[Planned | Invalid]:
        GlobalHydra.instance().clear()
        loader = Hydra.create_main_hydra_file_or_module(str(TRAIN), None, "conf", "train").config_loader
        config = loader.load_configuration("train", list(sweep), RunMode.MULTIRUN)
        return Planner(config, loader).plan([(*shared, *combination) for combination in combinations])

    yield steps
    GlobalHydra.instance().clear()


def digests(steps) -> list[str]:
    return [step.identity.digest for step in steps]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("epochs=2", "seed=1"), ("seed=1", "epochs=2")),
        (("lr=1", "++lr=2"), ("lr=2",)),
        (("split=kfold", "folds=4", "fold=${seed}", "seed=1"), ("split=kfold", "folds=4", "fold=1", "seed=1")),
        (("++split=50/50",), ("split=50/50",)),
        (("hop_seconds=${segment_seconds}",), ("hop_seconds=3",)),
        (("model=dense", "threads=1"), ("trainer=cpu", "logger=none", "trainer.accelerator=auto")),
    ],
)
def test_overrides_that_mean_the_same_are_one_point(plan, one, other):
    first, second = plan(one, other)
    assert first.point == second.point


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("lr=1", "++lr=2"), ("++lr=2", "lr=1")),
        (("split=kfold", "folds=4", "fold=${seed}", "seed=0"), ("split=kfold", "folds=4", "fold=${seed}", "seed=1")),
        (("split=70/30",), ("++split=50/50",)),
        (("model=cnn", "threads=1"), ("model=cnn", "threads=2")),
    ],
)
def test_overrides_that_change_each_other_are_told_apart(plan, one, other):
    first, second = digests(plan(one, other))
    assert first != second


@pytest.mark.parametrize("override", ["epoch=3", "model.nett=3", "model=cn"])
def test_a_name_that_is_not_there_is_answered_by_hydra(plan, override):
    with pytest.raises(HydraException, match=r"epoch|nett|cn"):
        plan((override,))


def test_a_value_that_makes_no_sense_leaves_the_other_points_alone(plan):
    bad, good = plan(("batch_size=0",), ("batch_size=8",))
    assert isinstance(bad, Invalid)
    assert bad.label == "batch_size=0"
    assert bad.error.startswith("batch_size=0 must be ")
    assert isinstance(good, Planned)


def test_points_lie_where_hydra_is_told_and_are_named_without_places(plan, tmp_path):
    (step,) = plan(("seed=1",), sweep=(f"hydra.sweep.dir={tmp_path / 'elsewhere'}",))
    assert step.point.path.parent == tmp_path / "elsewhere" / "points"
    assert step.point.path.name.startswith("data-folder_model-dense_seed-1_")


def test_jobs_use_the_threads_that_define_their_point(plan, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("joblib.cpu_count", lambda only_physical_cores: 6)
    default, given, pinned = plan(("model=cnn",), ("model=cnn", "threads=2"), ("model=dense",))
    assert default.identity.defines["computed"] == {"device": "cpu", "threads": 6}
    assert "threads=6" in default.job
    assert given.identity.defines["computed"]["threads"] == 2
    assert pinned.identity.defines["computed"]["threads"] == 1
    assert not any(word.startswith("threads=") for word in pinned.job)
    (shared,) = plan(("model=cnn",), sweep=("+hydra.launcher.n_jobs=3",))
    assert "threads=2" in shared.job


def test_jobs_use_the_precision_that_defines_their_point(plan, monkeypatch, tmp_path):
    monkeypatch.setattr("gtzan.experiments.precision.measure", lambda *_: {"32-true": 2.0, "bf16-mixed": 1.0})
    own = f"cache={tmp_path}"
    measured, given, same = plan((own,), (own, "trainer.precision=32-true"), (own, "trainer.precision=bf16-mixed"))
    assert measured.identity.defines["trainer"]["precision"] == "bf16-mixed"
    assert "trainer.precision=bf16-mixed" in measured.job
    assert measured.identity.digest == same.identity.digest != given.identity.digest
    assert not any(word.startswith("threads=") or word == "trainer.precision=bf16-mixed" for word in given.job)
