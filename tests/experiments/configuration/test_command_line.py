"""Words as people type them become words that Hydra takes."""

import os
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from gtzan.errors import UserError
from gtzan.experiments.configuration.command_line import NAME_KEYS, PATH_KEYS, flags_first, hydra_arguments, quoted
from gtzan.experiments.sweeps.points import path_override

ODD = [
    "~x",
    "音楽",
    "a=b",
    "a&b",
    "a#b",
    "it's",
    'a"b',
    "[a",
    "a]",
    "(a",
    "a,b",
    "a b",
    "{a",
    "a:b",
    "a$b",
    "a\\b",
    "5",
]
ODD += [
    "a\\",
    "1e3",
    "true",
    "nan",
    "a\\'b",
    " a",
    "-a",
    "x/y.z",
    "%a",
    "!a",
    "a;b",
    "a|b",
    "a\tb",
    "@a",
    "é",
    "'",
    "''a",
]
SIGNS = st.characters(exclude_characters="\0$'\"", exclude_categories=["Cs"])


def parsed(override: str):
    (found,) = OverridesParser.create().parse_overrides([override])
    return found


@pytest.mark.parametrize("place", ODD)
def test_a_path_is_taken_as_it_is(place):
    assert parsed(quoted(f"data.root={place}")).value() == place
    if not set(place) & set("[](){}',") and place.strip() == place:
        assert parsed(quoted(f"genres=[pop,{place},jazz]")).value() == ["pop", place, "jazz"]


@given(
    st.text(st.characters(exclude_characters="\0$'\"", exclude_categories=["Cs"]), min_size=1).filter(
        lambda t: t != "null"
    )
)
def test_any_path_is_taken_as_it_is(place):
    expected = str(Path(place).expanduser()) if place == "~" or place.startswith("~/") else place
    assert parsed(quoted(f"cache={place}")).value() == expected


@pytest.mark.parametrize("key", PATH_KEYS + NAME_KEYS)
def test_null_and_what_is_quoted_already_stay(key):
    for value in ("null", "'a b'", '"a b"', "${oc.env:HOME}/music", "music/rock"):
        assert quoted(f"{key}={value}") == f"{key}={value}"


@pytest.mark.parametrize("name", ["My Song (live).mp3", "Café [Remix].mp3", "song#1.mp3", "null"])
def test_songs_and_encoders_are_files_of_any_name(name):
    for key in ("like", "continue", "encoder"):
        assert parsed(quoted(f"{key}={name}")).value() == (None if name == "null" else name)
    assert parsed(quoted("encoder=owner/name@0123abc")).value() == "owner/name@0123abc"


def test_home_is_found():
    assert parsed(quoted("data.root=~/My Music")).value() == os.path.expanduser("~/My Music")
    assert parsed(quoted("+data.groups=~/a.csv")).value() == os.path.expanduser("~/a.csv")


def test_other_keys_are_left_to_hydra():
    assert quoted("model.net.channels=[8,8]") == "model.net.channels=[8,8]"
    assert quoted("~optimizer.fused") == "~optimizer.fused"


def test_in_a_sweep_a_comma_divides_values_unless_the_path_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rock, pop").mkdir()
    several = parsed(quoted("data.root=a b,音楽,'c,d'", sweep=True))
    assert [parsed(f"x={value}").value() for value in several.sweep_string_iterator()] == ["a b", "音楽", "c,d"]
    one = parsed(quoted("data.root=rock, pop", sweep=True))
    assert not one.is_sweep_override()
    assert one.value() == "rock, pop"
    assert quoted("ckpt=glob(runs*)", sweep=True) == "ckpt=glob(runs*)"
    genres = parsed(quoted("genre=[pop,R&B],hip hop", sweep=True))
    assert [parsed(f"x={value}").value() for value in genres.sweep_string_iterator()] == [["pop", "R&B"], "hip hop"]


def test_genres_are_text():
    assert parsed(quoted("genres=[null,true,1980,R&B, hip hop]")).value() == ["null", "true", "1980", "R&B", "hip hop"]
    assert parsed(quoted("genre=1980")).value() == "1980"
    assert parsed(quoted("genre=pop,jazz")).is_sweep_override()  # which Hydra refuses in a single run


def test_flags_move_to_the_front_once():
    assert flags_first(["a=1", "--multirun", "b=1,2", "-m"]) == ["--multirun", "a=1", "b=1,2"]
    assert flags_first(["a=1"]) == ["a=1"]
    words = ["model=cnn", "--cfg", "job", "-m", "seed=0,1"]
    assert hydra_arguments(words, "train") == ["-m", "--cfg", "job", "model=cnn", "seed=0,1"]


def test_a_named_run_has_its_log_in_the_same_folder():
    words = hydra_arguments(["run_dir=my run", "seed=1"], "train")
    assert words == ["run_dir='my run'", "seed=1", "hydra.run.dir='my run'"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("cnn", "model=cnn"),
        ("model cnn", "model=cnn"),
        ("--epochs 3", "epochs=3"),
        ("--epochs=3", "epochs=3"),
        ("--batch-size 3", "batch_size=3"),
        ("epoch 3", "epochs=3"),
        ("conv", "model=convlstm"),
        ("--multrun", "--multirun"),
        ("paper/dense", "experiment=paper/dense"),
        ("--cfg jobs", "job, hydra, all"),
    ],
)
def test_a_line_that_is_nearly_right_is_answered_with_the_right_one(words, hint):
    with pytest.raises(UserError, match=hint):
        hydra_arguments(words.split(), "train")


@pytest.mark.parametrize("place", [*ODD, "a${b}", "runs"])
def test_a_path_of_our_own_is_taken_as_it_is(place):
    assert OmegaConf.create({"runs": parsed(path_override("runs", place)).value()}).runs == place
