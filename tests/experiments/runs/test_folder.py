"""What is written into a run's folder is read back as it was; what is damaged is named."""

import json
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from gtzan.errors import UserError
from gtzan.experiments.runs import stored_config as run_config
from gtzan.experiments.runs.checkpoint_search import newest_run
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.entries import read_entries

BASE = {
    "run_dir": "",
    "data": {"_target_": "gtzan.corpora.folder.folder_corpus", "root": "x"},
    "model": {"net": {"_target_": "gtzan.models.nets.cnn.Cnn"}, "view": {"_target_": "gtzan.data.views.Frames"}},
    "features": {},
    "callbacks": {"last": {"dirpath": "${run_dir}/checkpoints"}},
    "seed": 0,
}
NAMES = ["/a #b", "a: b", "- x", "~", "null", "1e5", "yes", "2020-01-01", "{a}", "[a]", "%x", "'", '"', "音楽"]
NAMES += ["=", "&a", "*a", "!x", "a\nb", "\x1b[31m", "\x85", "\u2028", "\udce9", "<run_dir>", "\\", "x\\", "$"]
NAMES += ["🎵", "  a  ", "a" * 300, "${x}", "\\${x}", "\\\\${x}\\", "${oc.env:HOME}", "$${a}", "${", "\\${"]
NAMES += ["a${run_dir}b", "run_dir: ${run_dir}"]


def config(**changes):
    return OmegaConf.create({**BASE, **changes})


def escaped(text: str) -> str:
    """As Hydra's grammar gives it, where a user quotes it."""
    return run_config._escaped(text)


@pytest.mark.parametrize("name", NAMES)
def test_any_path_is_read_back_as_it_was(tmp_path, name):
    run = RunFolder(tmp_path / "run")
    run.save_config(config(data={**BASE["data"], "root": escaped(name)}, run_dir=str(run.path)))
    assert run.settings()["data"]["root"] == run.config().data.root == name


@pytest.mark.parametrize("name", [n for n in NAMES if n.strip() and "\udce9" not in n and len(n) < 200])
def test_a_run_may_lie_in_any_folder_and_be_moved(tmp_path, name):
    before, after = RunFolder(tmp_path / name), RunFolder(tmp_path / f"{name}2")
    before.save_config(config(run_dir=escaped(str(before.path))))
    before.path.rename(after.path)
    cfg = after.config()
    assert cfg.callbacks.last.dirpath == f"{after.path}/checkpoints"
    assert after.settings()["callbacks"]["last"]["dirpath"] == f"{after.path}/checkpoints"
    after.save_config(cfg)  # as resuming does; it may be moved again
    after.path.rename(tmp_path / "third")
    assert RunFolder(tmp_path / "third").config().callbacks.last.dirpath == f"{tmp_path / 'third'}/checkpoints"


def test_other_values_keep_their_types(tmp_path):
    run = RunFolder(tmp_path)
    values = {"a": 1e-5, "b": 1e22, "c": None, "d": True, "e": [1, 2.0, "3"], "f": "1", "g": float("inf"), "h": {}}
    run.save_config(config(run_dir=str(tmp_path), values=values))
    assert run.settings()["values"] == OmegaConf.to_container(run.config())["values"] == values


@pytest.mark.parametrize(
    "text",
    ["", "{", "a word", "- a", "a: &a [*a]", "x: !!python/object/apply:os.system [id]", "\0", "[" * 5000, b"\xff\xfe"],
)
def test_a_damaged_configuration_is_named(tmp_path, text):
    run = RunFolder(tmp_path)
    run.config_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    for read in (run.config, run.settings):
        with pytest.raises(UserError, match=r"config\.yaml"):
            read()


@pytest.mark.parametrize(
    "text", ["${oc.env:HOME}", "a${run_dir}${slug:x}", "\\\\${x}", "${oc.create:${x}}", "${run_dir"]
)
def test_a_file_interpolates_its_own_folder_alone(tmp_path, text):
    run = RunFolder(tmp_path)
    run.config_file.write_text(yaml.safe_dump({**BASE, "nested": [{"a": text}]}))
    with pytest.raises(UserError, match="run_dir"):
        run.config()


def test_few_bytes_do_not_become_many_values(tmp_path):
    bomb = "".join(f"{c}: &{c} [{', '.join(['*' + b] * 10)}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True))
    RunFolder(tmp_path).config_file.write_text("a: &a [1,1]\n" + bomb)
    with pytest.raises(UserError, match="values"):
        RunFolder(tmp_path).config()


def finished(folder: Path, accuracy=0.5) -> RunFolder:
    run = RunFolder(folder)
    run.save_config(config(run_dir=str(folder)))
    run.checkpoints.mkdir()
    run.last_checkpoint.touch()
    run.save_metrics({"test/accuracy": accuracy})
    return run


@pytest.mark.parametrize("file", ["config.yaml", "metrics.json"])
@pytest.mark.parametrize("text", ["{", "[]", '{"test/accuracy": "x"}'])
def test_somebody_elses_damaged_run_is_passed_over_with_a_word(tmp_path, file, text, caplog):
    good = finished(tmp_path / "good")
    damaged = finished(tmp_path / "damaged")
    (damaged.path / file).write_text(text)
    assert [entry.folder for entry in read_entries(tmp_path)] == [good.path]
    if file == "metrics.json":
        assert newest_run(tmp_path) == good
    assert f"Skipped: {damaged.path / file}" in caplog.text


def test_a_damaged_file_that_is_asked_for_is_named(tmp_path):
    run = RunFolder(tmp_path)
    for name, read in (
        ("metrics.json", run.metrics),
        ("synthesis.json", run.synthesis),
        ("history.csv", run.history),
        ("predictions.csv", run.predictions),
    ):
        with pytest.raises(UserError, match=name):
            read()
        (tmp_path / name).write_text("a,b\n\0x,y\n")
        with pytest.raises(UserError, match=name):
            read()
    run.environment_file.write_text("{")
    assert run.environment() == {}


def test_history_and_predictions_are_read_back(tmp_path):
    run = RunFolder(tmp_path)
    run.save_history([{"epoch": 1, "train/loss": 0.5}, {"epoch": 2, "val/loss": 0.25}])
    assert run.history() == [{"epoch": 1, "train/loss": 0.5}, {"epoch": 2, "val/loss": 0.25}]
    run.save_predictions(["track", "truth", "prediction"], [["a, b", "x", "y"]])
    assert run.predictions() == [{"track": "a, b", "truth": "x", "prediction": "y"}]


def test_a_run_names_no_file_of_somebody_elses(tmp_path):
    run = RunFolder(tmp_path)
    assert run.inside("figures/a.png") == tmp_path / "figures" / "a.png"
    for name in ("/etc/passwd", "../a.wav", "figures/../../a"):
        with pytest.raises(UserError, match="outside"):
            run.inside(name)


def test_a_checkpoint_in_the_working_directory_has_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not RunFolder.of_checkpoint(Path("g.ckpt")).has_config
    assert RunFolder.of_checkpoint(Path("runs/a/checkpoints/last.ckpt")).path == Path("runs/a")


def test_metrics_are_numbers(tmp_path):
    run = RunFolder(tmp_path)
    run.save_metrics({"test/accuracy": float("nan"), "split": "50/50"})
    assert run.metrics() == {"test/accuracy": None, "split": "50/50"}
    run.metrics_file.write_text(json.dumps({"test/accuracy": "high"}))
    with pytest.raises(UserError, match="test/accuracy is no number"):
        run.metrics()
