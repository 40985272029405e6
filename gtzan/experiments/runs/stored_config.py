"""A run's configuration as a file: fully resolved, and read as data.

Only the interpolation ``${run_dir}`` is kept, because the folder may be moved before the run is resumed.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf._utils import get_omega_conf_dumper

from gtzan.errors import UserError, reason_of
from gtzan.files import write_atomically
from gtzan.models.targets import check_targets

PLACEHOLDER = "\0run_dir\0"  # stands for the folder while a configuration is resolved; no path holds a NUL
INTERPOLATION = re.compile(r"(\\*)\$\{(run_dir\})?")
LARGEST, MOST_VALUES = 1_000_000, 100_000  # bytes of a file, and values in it
NEEDED = {
    "data": dict,
    "model": dict,
    "model.net": dict,
    "model.net._target_": str,
    "model.view": dict,
    "model.view._target_": str,
    "features": dict,
}


def write(cfg: DictConfig, path: Path) -> None:
    """Write a configuration, resolved but for ``${run_dir}``, so that reading gives the same values."""
    movable = cfg.copy()
    movable.run_dir = PLACEHOLDER
    values = _replaced(OmegaConf.to_container(movable, resolve=True), _escaped)
    values["run_dir"] = _escaped(str(cfg.run_dir))
    settings = {"default_flow_style": False, "sort_keys": False, "Dumper": get_omega_conf_dumper()}
    text = yaml.dump(values, allow_unicode=True, **settings)
    if re.search("[\x85\u2028\u2029]", text):  # YAML takes them for ends of lines
        text = yaml.dump(values, **settings)
    write_atomically(path, text)


def read(path: Path) -> DictConfig:
    """The configuration in a file, with ``run_dir`` set to its current folder.

    Raises:
        UserError: it is missing or damaged, or interpolates more than ``${run_dir}``.
    """
    return OmegaConf.create(_load(path) | {"run_dir": _escaped(str(path.parent))})


def read_values(path: Path) -> dict:
    """The same as plain values.

    Raises:
        UserError: as :func:`read`.
    """
    folder = str(path.parent)
    return _replaced(_load(path), lambda text: _filled(text, folder)) | {"run_dir": folder}


def _load(path: Path) -> dict:
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path} is not a configuration: it is larger than {LARGEST:,} bytes.")
        text = path.read_text(encoding="utf-8")
        # libyaml, much faster, has no surrogates, in which Python keeps what is no UTF-8 in a file's name.
        loader = yaml.SafeLoader if re.search(r"\\u[dD][89a-fA-F]", text) else yaml.CSafeLoader
        values = yaml.load(text, loader)
        _check(values, path)
    except FileNotFoundError as error:
        raise UserError(f"{path.parent} is not a run folder: it has no {path.name}.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason_of(error)}.") from error
    except (ValueError, yaml.YAMLError, RecursionError, AttributeError, TypeError) as error:
        raise UserError(f"{path} is not a configuration ({type(error).__name__}).") from error
    return values


def _check(values: dict, path: Path) -> None:
    """Raise a :class:`UserError` for content that no run could have written."""
    if not isinstance(values, dict):
        raise UserError(f"{path} is not a configuration: it holds no keys with values.")
    count = 0

    def look(text: str) -> str:
        for found in INTERPOLATION.finditer(text):
            if len(found[1]) % 2 == 0 and not found[2]:
                raise UserError(f"{path} interpolates more than run_dir ({text[:100]}), which no run has written.")
        return text

    waiting = [values]  # no recursion: aliases may make a file of a few bytes endless
    while waiting:
        value = waiting.pop()
        count += 1
        if count > MOST_VALUES:
            raise UserError(f"{path} is not a configuration: it holds more than {MOST_VALUES:,} values.")
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            look(value)
    for key, kind in NEEDED.items():
        node: Any = values
        for name in key.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        if not isinstance(node, kind):
            raise UserError(f"{path} is not of train.py: it has no {key}.")
    check_targets(values, str(path))


def _replaced(value, change: Callable[[str], str]):
    """A copy of a nested value, with a function applied to its strings."""
    if isinstance(value, dict):
        return {key: _replaced(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _escaped(text: str) -> str:
    """The text escaped for OmegaConf, with an interpolation in place of the placeholder.

    OmegaConf treats a backslash as an escape only before an interpolation.
    """
    parts = [re.sub(r"(\\*)\$\{", r"\1\1\\${", part) for part in text.split(PLACEHOLDER)]
    doubled = [re.sub(r"(\\+)$", r"\1\1", part) for part in parts[:-1]]
    return "${run_dir}".join([*doubled, parts[-1]])


def _filled(text: str, folder: str) -> str:
    """The opposite of :func:`_escaped`."""

    def value(found: re.Match) -> str:
        backslashes = "\\" * (len(found[1]) // 2)
        return backslashes + ("${" + (found[2] or "") if len(found[1]) % 2 else folder)

    return INTERPOLATION.sub(value, text)
