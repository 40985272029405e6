"""The README's commands are ones that the programs take."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from gtzan.cli.main import _parser
from gtzan.experiments.processes.launch import register_resolvers
from gtzan.experiments.processes.scripts import PROGRAMS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = re.compile(
    r"(?:^|`|&& |, |· )((?:python train\.py|python synthesize\.py|gtzan) [^`#\n|]*|python train\.py(?=`))", re.MULTILINE
)
COMMANDS = sorted({match.strip() for match in COMMAND.findall(README)})


def test_the_readme_has_commands_to_test():
    assert len([c for c in COMMANDS if c.startswith("python train.py")]) > 10
    assert len([c for c in COMMANDS if c.startswith("gtzan ")]) > 4


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("python train.py")])
def test_train_takes_the_readmes_overrides(command):
    words = [word for word in shlex.split(command)[2:] if word not in ("-m", "--cfg", "job", "--help")]
    # Of a sweep, the first value stands for the others.
    overrides = [word.split(",")[0] if re.search(r"=[\w./-]+,", word) else word for word in words]
    register_resolvers()
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=overrides)
    for override in overrides:
        key, value = override.split("=", 1)
        if not isinstance(cfg.get(key), dict) and key in ("epochs", "split", "batch_size", "fold", "seed"):
            assert str(cfg[key]) == value


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("python synthesize.py")])
def test_synthesize_takes_the_readmes_overrides(command):
    words = [word for word in shlex.split(command)[2:] if word not in ("-m", "--help")]
    overrides = [word if "[" in word else word.split(",")[0] for word in words]
    register_resolvers()
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        assert compose("synthesize", overrides=overrides).model.make.endswith("make_generator")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("gtzan ")])
def test_gtzan_takes_the_readmes_arguments(command):
    words = shlex.split(command)[1:]
    assert words[0] in PROGRAMS or _parser().parse_args(words).run


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README))
def test_the_readmes_pictures_are_there(picture):
    assert (ROOT / picture).stat().st_size > 1000
