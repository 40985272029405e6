"""A digest is looked up only where nothing that it follows from has changed."""

import json
from pathlib import Path

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

import train
from gtzan import digests, versions
from gtzan.configurations import Configurations
from gtzan.digests import Digests
from gtzan.launch import register_resolvers

MUSIC = {"corpus": "c", "sound": "s"}
DENSE = ("model=dense", "epochs=2", "seed=0")


@pytest.fixture
def remembered(tmp_path, monkeypatch):
    """A function that makes Digests, of train.py with some overrides, on one file."""
    register_resolvers()
    monkeypatch.chdir(tmp_path)

    def make(*overrides: str) -> Digests:
        GlobalHydra.instance().clear()
        hydra = Hydra.create_main_hydra_file_or_module(train.__file__, None, "conf", "train")
        config = hydra.compose_config("train", list(overrides), RunMode.MULTIRUN, with_log_configuration=False)
        return Digests(tmp_path / "points" / "digests.json", Configurations(config, hydra.config_loader))

    yield make
    GlobalHydra.instance().clear()


def test_a_digest_is_found_again_by_another_process_and_in_any_order_of_values(remembered):
    first = remembered()
    first.add(first.key(DENSE, MUSIC), "abc")
    first.save()
    again = remembered()
    assert again.get(again.key(("model=dense", "seed=0", "epochs=2"), MUSIC)) == "abc"


@pytest.mark.parametrize(
    ("overrides", "music"),
    [
        (("model=dense", "epochs=3", "seed=0"), MUSIC),
        (("model=cnn", "epochs=2", "seed=0"), MUSIC),
        (DENSE, MUSIC | {"sound": "another"}),
    ],
)
def test_what_differs_is_not_found(remembered, overrides, music):
    memory = remembered()
    memory.add(memory.key(DENSE, MUSIC), "abc")
    assert memory.get(memory.key(overrides, music)) is None


@pytest.mark.parametrize("changed", [(versions, "RESULTS", 10**6), (digests, "_CODE", "other")])
def test_other_code_is_noticed(remembered, monkeypatch, changed):
    memory = remembered()
    memory.add(memory.key(DENSE, MUSIC), "abc")
    monkeypatch.setattr(*changed)
    assert memory.get(memory.key(DENSE, MUSIC)) is None


def test_a_changed_configuration_file_is_noticed(remembered):
    memory, other = remembered(), remembered("model=dense", "lr=0.5")
    memory.add(memory.key(DENSE, MUSIC), "abc")
    memory.save()
    assert other.get(other.key(DENSE, MUSIC)) is None


@pytest.mark.parametrize("overrides", [("guide=runs/a",), (r"+elsewhere=$\{oc.env:HOME\}",)])
def test_what_follows_from_a_model_or_the_environment_is_worked_out_each_time(remembered, overrides):
    memory = remembered(*overrides)
    assert memory.key((*DENSE, *overrides), MUSIC) is None
    memory.add(None, "abc")
    memory.save()
    assert not Path("points").exists()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("lr=1", "++lr=2"), ("++lr=2", "lr=1")),
        (("split=kfold", r"fold=$\{seed\}", "seed=0"), ("split=kfold", r"fold=$\{seed\}", "seed=1")),
    ],
)
def test_overrides_that_change_each_other_are_told_apart(remembered, one, other):
    memory = remembered()
    assert memory.key(one, MUSIC) != memory.key(other, MUSIC)


@pytest.mark.parametrize("overrides", [(r"lr=$\{oc.env:HOME\}",), ("++guide=runs/a",)])
def test_nothing_hides_a_model_or_the_environment(remembered, overrides):
    assert remembered().key((*DENSE, *overrides), MUSIC) is None


@pytest.mark.parametrize("content", ["", "[1, 2]", '{"half": "a fi'])
def test_a_damaged_file_is_as_good_as_none(remembered, tmp_path, content):
    path = tmp_path / "points" / "digests.json"
    path.parent.mkdir()
    path.write_text(content)
    memory = remembered()
    memory.add(memory.key(DENSE, MUSIC), "abc")
    memory.save()
    assert list(json.loads(path.read_text()).values()) == ["abc"]
