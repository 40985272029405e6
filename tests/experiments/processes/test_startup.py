"""What is wrong with a command or a file of the configuration is said in one sentence before a program begins."""

import shutil

import pytest

from gtzan.errors import UserError
from gtzan.experiments.configuration import composition
from gtzan.experiments.processes import startup
from gtzan.experiments.processes.gpus import check_machine
from gtzan.experiments.processes.launch import register_resolvers, remove_if_unused
from gtzan.experiments.processes.startup import check_command


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A copy of the configuration's files, to be edited, in place of the real ones."""
    copy = shutil.copytree(composition.CONF, tmp_path / "conf")
    for module in (composition, startup):
        monkeypatch.setattr(module, "CONF", copy)
    register_resolvers()
    return copy


def edit(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("model/cnn.yaml", "epochs: 20", "epochs: many", "epochs=many must be a whole number .*model/cnn.yaml"),
        ("model/cnn.yaml", "dropout: 0.3", "dropout: 3", r"model.net.dropout=3 must be .*model/cnn.yaml"),
        ("settings.yaml", "batch_size: 32", "batch_size: 0", "batch_size=0 must be .*settings.yaml"),
        ("settings.yaml", "batch_size: 32", "batch_size: x", "batch_size=x must be .*settings.yaml"),
        ("trainer/default.yaml", "devices: 1", "devices: 0", "trainer.devices=0 must be .*trainer/default.yaml"),
        ("model/cnn.yaml", "net:", "net: [", r"model/cnn.yaml, line \d+, is not valid YAML"),
        ("settings.yaml", "fold: 0", "flod: 0", "no key flod: did you mean fold.*settings.yaml"),
    ],
)
def test_a_mistake_in_a_file_names_the_file(conf, file, old, new, said):
    edit(conf / file, old, new)
    with pytest.raises(UserError, match=said):
        check_command("train", [])


def test_what_is_typed_stands_in_no_file(conf):
    edit(conf / "model" / "cnn.yaml", "epochs: 20", "epochs: 0")
    with pytest.raises(UserError, match=r"^epochs=0 must be a whole number from 1 to 1000000\.$"):
        check_command("train", ["epochs=0"])


def test_another_folder_of_files_is_looked_into(conf, tmp_path):
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "own.yaml").write_text("defaults: [cnn, _self_]\nepochs: 3\n")
    check_command("train", ["--config-dir", str(tmp_path / "mine"), "model=own"])
    with pytest.raises(UserError, match="not a folder"):
        check_command("train", ["--config-dir", str(tmp_path / "nowhere")])


@pytest.mark.parametrize("key", ["runs", "run_dir"])
def test_a_folder_that_cannot_be_made_is_named_before_hydra_tries(key, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"^{key}={tmp_path}/file/x cannot be written: {tmp_path}/file is not a folder"):
        check_command("train", [f"{key}={tmp_path}/file/x"])


def test_a_run_dir_that_names_another_key_is_checked_itself(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"^run_dir=.*/file/x cannot be written"):
        check_command("train", [f"runs={tmp_path}", "run_dir=${runs}/file/x"])


def test_a_folder_with_a_log_only_is_removed(tmp_path):
    for name in ("empty", "used"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "train.log").write_text("Composing")
    (tmp_path / "runs" / "used" / "config.yaml").write_text("seed: 0")
    for name in ("empty", "used"):
        remove_if_unused(tmp_path / "runs" / name, tmp_path / "runs", "train.log")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["used"]
    assert (tmp_path / "runs" / "used" / "train.log").exists()


@pytest.mark.parametrize("runs", ["runs", "."])
def test_the_working_directory_stays_though_it_holds_nothing_else(tmp_path, monkeypatch, runs):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.log").write_text("Composing")
    remove_if_unused(tmp_path / "mine", runs, "train.log")
    assert tmp_path.is_dir()
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("trainer", "said"),
    [
        ({"accelerator": "gpu"}, "no such GPU"),
        ({"accelerator": "cuda", "devices": 2}, "no such GPU"),
        ({"accelerator": "mps"}, "no such GPU"),
    ],
)
def test_a_gpu_that_is_not_there_is_missed_at_once(monkeypatch, trainer, said):
    monkeypatch.setattr("gtzan.experiments.processes.gpus.visible", list)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    with pytest.raises(UserError, match=said):
        check_machine(trainer)
    monkeypatch.setattr("gtzan.experiments.processes.gpus.visible", lambda: ["0"])
    with pytest.raises(UserError, match=r"more than the 1 GPUs|no such GPU"):
        check_machine({**trainer, "devices": 2})
    check_machine({"accelerator": "auto"})
    check_machine({"accelerator": "cpu", "devices": 2})
