"""The files in ``conf/``, and the configurations composed from them."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobRuntime
from omegaconf import DictConfig, OmegaConf

from gtzan.experiments.processes.scripts import programs_folder

CONF = programs_folder() / "conf"


def compose(program: str, overrides: Sequence[str] = (), with_hydra: bool = False) -> DictConfig:
    """``train``'s or ``synthesize``'s configuration; it works while Hydra runs a program, too.

    Args:
        program: ``train`` or ``synthesize``.
        overrides: as Hydra takes them.
        with_hydra: keep Hydra's own node, ``hydra``.

    Raises:
        HydraException, OmegaConfBaseException: see :func:`gtzan.experiments.configuration.hydra_errors.user_errors`.
    """
    running = GlobalHydra.instance().hydra
    name = JobRuntime.instance().get("name") if running else program
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONF), job_name=name, version_base="1.3"):
            return hydra_compose(program, overrides=list(overrides), return_hydra_config=with_hydra)
    finally:
        GlobalHydra.instance().hydra = running


def to_plain_values(node: DictConfig, resolve: bool = True, throw_on_missing: bool = False) -> dict:
    """A node of the configuration as a dictionary of plain Python types, which a checkpoint can hold.

    Args:
        resolve: replaces interpolations by their values.
        throw_on_missing: raises OmegaConf's ``MissingMandatoryValue`` where a value is not given.
    """
    values = OmegaConf.to_container(node, resolve=resolve, throw_on_missing=throw_on_missing)
    if not isinstance(values, dict):
        raise TypeError(f"{node} is not a dictionary")
    return values


def choices() -> dict[str, list[str]]:
    """The files of each group, such as ``{"model": ["cnn", "dense"], …}``, without their suffix."""
    found: dict[str, list[str]] = {}
    for path in sorted(CONF.glob("**/*.yaml")):
        group = path.relative_to(CONF).parts[0]
        if path.parent != CONF and group != "hydra":
            found.setdefault(group, []).append(path.relative_to(CONF / group).with_suffix("").as_posix())
    return found


@cache
def keys_of(group: str) -> tuple[str, ...]:
    """The names at the top of any file of a group."""
    found: dict[str, None] = {}
    for path in sorted((CONF / group).glob("*.yaml")):
        node = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        found |= dict.fromkeys(node.get(group, node))
    return tuple(found)


def flat_keys(values: dict, prefix: str = "") -> Iterator[str]:
    """Every key of nested dictionaries, dotted."""
    for key, value in values.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flat_keys(value, f"{prefix}{key}.")


def file_that_sets(key: str, value: object) -> Path | None:
    """The file in ``conf/`` that sets a dotted key to a value."""
    for path in sorted(CONF.glob("**/*.yaml")):
        text = path.read_text(encoding="utf-8")
        package = "" if "@package _global_" in text else ".".join(path.relative_to(CONF).parts[:-1])
        node = yaml.safe_load(text)
        for name in key.removeprefix(f"{package}.").split("."):
            node = node.get(name) if isinstance(node, dict) else None
        if node is not None and node == value and (not package or key.startswith(f"{package}.")):
            return path
    return None
