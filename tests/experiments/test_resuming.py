"""What may change when a run goes on, and how an unfinished run is found."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch

from gtzan.errors import UserError
from gtzan.experiments.resuming import find_unfinished, how_to_resume, resume
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.points import Point
from tests.conftest import make_corpus
from train import train

DENSE = ("model=dense", "split=50/50", "batch_size=8")

pytestmark = pytest.mark.usefixtures("without_figures")


@pytest.fixture
def typed(monkeypatch):
    """A function that stands in for the overrides on the command line."""

    def type_overrides(*overrides: str) -> tuple[str, ...]:
        monkeypatch.setattr("gtzan.experiments.resuming.overrides", lambda: overrides)
        return overrides

    return type_overrides


@pytest.fixture(scope="module")
def two_epochs(configured) -> Path:
    """A finished run of two epochs, whose curves are a CSV file."""
    cfg = configured(*DENSE, "logger=csv")
    train(cfg)
    return Path(cfg.run_dir)


@pytest.fixture
def run(two_epochs, tmp_path) -> RunFolder:
    """A copy of it, as if it had been stopped before it was judged."""
    shutil.copytree(two_epochs, tmp_path / "runs" / "a")
    (tmp_path / "runs" / "a" / "metrics.json").unlink()
    return RunFolder(tmp_path / "runs" / "a")


def rows(path: Path) -> list[dict]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_more_epochs_train_on_and_equal_an_uninterrupted_run(configured, typed, run):
    whole = configured(*DENSE, "logger=csv", "epochs=4")
    expected = train(whole)
    resumed = train(configured(*typed(f"resume={run.path}", "epochs=4")))
    assert {**resumed, "seconds": 0} == {**expected, "seconds": 0}
    assert resumed["epochs"] == resumed["epochs_asked"] == 4
    states = [torch.load(Path(at) / "checkpoints" / "last.ckpt", weights_only=True) for at in (whole.run_dir, run.path)]
    assert all(torch.equal(states[0]["state_dict"][k], states[1]["state_dict"][k]) for k in states[0]["state_dict"])
    for name in ("history.csv", "csv/metrics.csv"):
        assert (run.path / name).read_text() == (Path(whole.run_dir) / name).read_text()


@pytest.mark.slow
def test_places_machine_and_loggers_may_change(configured, typed, run, tiny_corpus, tiny_store, tmp_path):
    shutil.copytree(tiny_corpus.root, tmp_path / "moved")
    words = [f"data.root={tmp_path / 'moved'}", f"cache={tmp_path / 'c'}", "threads=1", "trainer=cpu", "logger=none"]
    metrics = train(configured(*typed(f"resume={run.path}", *words)))
    assert metrics["epochs"] == 2
    assert run.settings()["data"]["root"] == str(tmp_path / "moved")
    assert run.settings()["trainer"]["accelerator"] == "cpu"
    assert run.settings()["logger"] == []
    train(configured(*typed(f"resume={run.path}", f"data.store={tiny_store.path}")))


def test_other_music_is_refused(configured, typed, run, tmp_path):
    other = make_corpus(tmp_path / "other", tracks_per_genre=6)
    with pytest.raises(UserError, match="not the music that training was begun with: tracks and genres and split"):
        train(configured(*typed(f"resume={run.path}", f"data.root={other.root}", f"cache={tmp_path}")))
    louder = make_corpus(tmp_path / "louder", seconds=1.0)  # the same names
    with pytest.raises(UserError, match="training tracks' features differ"):
        train(configured(*typed(f"resume={run.path}", f"data.root={louder.root}", f"cache={tmp_path}")))


@pytest.mark.parametrize("override", ["lr=0.1", "epochs=1", "trainer.precision=bf16-mixed", "model.net.dropout=0.1"])
def test_what_would_make_it_another_run_is_refused(configured, typed, run, override):
    with pytest.raises(UserError, match=override.partition("=")[0]):
        resume(configured("model=dense", *typed(f"resume={run.path}", override)))


def test_a_torn_checkpoint_is_told_and_training_goes_on_from_the_one_before(configured, run, two_epochs, caplog):
    last = run.last_checkpoint
    last.write_bytes(last.read_bytes()[:1000])
    metrics = train(configured(f"resume={run.path}"))
    assert "training resumes from the one before" in caplog.text
    before = json.loads((two_epochs / "metrics.json").read_text())
    assert {**metrics, "seconds": 0} == {**before, "seconds": 0}
    assert (run.path / "history.csv").read_text() == (two_epochs / "history.csv").read_text()
    assert rows(run.path / "csv" / "metrics.csv") == rows(two_epochs / "csv" / "metrics.csv")


@pytest.mark.parametrize("epochs", [2, 3])
def test_a_kill_between_a_checkpoint_and_its_row_loses_no_row(configured, typed, run, two_epochs, epochs):
    table = run.path / "csv" / "metrics.csv"
    whole = table.read_text()
    table.write_text(whole[: whole.rindex(",") - 20])  # half of the last epoch's last row is there
    train(configured(*typed(f"resume={run.path}", f"epochs={epochs}")))
    assert table.read_text().startswith(whole)
    assert len(rows(table)) == 2 * epochs


def test_an_unfinished_run_with_the_same_settings_is_named(configured, run, tmp_path, caplog):
    same = configured(*DENSE, "logger=csv", f"runs={tmp_path / 'runs'}")
    assert find_unfinished(same) == run.path
    resume(same)
    assert f"resume={run.path}" in caplog.text
    assert find_unfinished(configured(*DENSE, "logger=csv", "seed=1", f"runs={tmp_path / 'runs'}")) is None
    with Point(run.path).lock:  # somebody is at work on it
        assert find_unfinished(same) is None
    run.save_metrics({})
    assert find_unfinished(same) is None


def test_a_folder_that_is_named_again_with_the_same_settings_goes_on(configured, run):
    same = (*DENSE, "logger=csv", f"run_dir={run.path}")
    assert resume(configured(*same))[1] == run.last_checkpoint
    with pytest.raises(UserError, match="holds a run of other settings"):
        resume(configured(*same, "seed=1"))
    run.save_metrics({})
    assert resume(configured(*same))[1] is None


def stopped(*_):
    raise RuntimeError("the plug")


def test_a_training_leaves_nothing_of_an_earlier_one_in_its_folder(configured, run, monkeypatch):
    """An earlier best.ckpt would be evaluated in its place, and earlier metrics would call a killed run finished."""
    cfg = configured(*DENSE, "logger=csv", f"run_dir={run.path}")
    shutil.copy(run.last_checkpoint, run.checkpoints / "best.ckpt")
    (run.checkpoints / "mine.ckpt").touch()
    run.save_metrics({"test/accuracy": 1.0})
    monkeypatch.setattr("gtzan.models.classifier.Classifier.training_step", stopped)
    with pytest.raises(RuntimeError, match="the plug"):
        train(cfg)
    assert not run.finished
    assert [path.name for path in run.checkpoints.iterdir()] == ["mine.ckpt"]


def test_a_run_that_trains_on_is_not_finished_until_it_is(configured, typed, run, monkeypatch):
    run.save_metrics({"test/accuracy": 1.0})
    monkeypatch.setattr("gtzan.models.classifier.Classifier.training_step", stopped)
    with pytest.raises(RuntimeError, match="the plug"):
        train(configured(*typed(f"resume={run.path}", "epochs=4")))
    assert not run.finished
    assert run.checkpoint.exists()


def test_a_training_that_is_refused_takes_nothing_from_a_finished_run(configured, typed, run, tmp_path):
    run.save_metrics({"test/accuracy": 1.0})
    other = make_corpus(tmp_path / "other", tracks_per_genre=6)
    words = (f"data.root={other.root}", f"cache={tmp_path / 'cache'}", "epochs=4")
    with pytest.raises(UserError, match="not the music"):
        train(configured(*typed(f"resume={run.path}", *words)))
    assert run.finished
    assert run.checkpoint.exists()


def test_a_folder_of_something_else_is_refused(configured, tmp_path, run):
    (tmp_path / "project" / "checkpoints").mkdir(parents=True)
    for program, folder in (("train", tmp_path / "project"), ("synthesize", run.path)):
        with pytest.raises(UserError, match="holds a run of other settings"):
            resume(configured(f"run_dir={folder}", config=program))


def test_each_program_resumes_its_own_runs(configured, run):
    with pytest.raises(UserError, match=r"is a run of train.py, not of synthesize.py"):
        resume(configured("model=generator", f"resume={run.path}", config="synthesize"))


def test_after_an_interruption_the_command_that_goes_on_is_named(run, tmp_path):
    assert f"resume={run.path}" in how_to_resume(run.path)
    assert how_to_resume(tmp_path / "nothing") == "Type the same command again."
    run.save_metrics({})
    assert f"gtzan report {run.path}" in how_to_resume(run.path)
