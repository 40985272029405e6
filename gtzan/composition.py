"""Configurations composed from the files in ``conf/``, and Hydra's errors about them in one sentence."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobRuntime
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    InterpolationKeyError,
    InterpolationResolutionError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)

from gtzan import schema
from gtzan.errors import BadValueError, UserError
from gtzan.programs import programs_folder
from gtzan.rules import RULES
from gtzan.values import show

CONF = programs_folder() / "conf"


def compose(program: str, overrides: Sequence[str] = ()) -> DictConfig:
    """``train``'s or ``synthesize``'s configuration; also while Hydra runs a program, of which it knows only one.

    Raises:
        HydraException, OmegaConfBaseException: see :func:`explained`.
    """
    running, name = GlobalHydra.instance().hydra, JobRuntime.instance().get("name")
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONF), job_name=name, version_base="1.3"):
            return hydra_compose(program, overrides=list(overrides))
    finally:
        GlobalHydra.instance().hydra = running


@contextmanager
def explained(program: str, overrides: Sequence[str] = ()) -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise about a configuration into a :class:`UserError` of one sentence.

    Args:
        program: ``train`` or ``synthesize``, whose keys are suggested in place of unknown ones.
        overrides: as typed, where they are at hand.
    """
    try:
        yield
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise UserError(sentence(error, program, overrides)) from error
    except ValueError as error:
        if "Config group override must be" not in str(error):
            raise
        groups = choices(CONF)
        pairs = [(text, *text.partition("=")[::2]) for text in overrides]
        text, group = next((text, key) for text, key, value in pairs if value not in groups.get(key, [value]))
        raise UserError(f"{text}: choose from {', '.join(groups[group])}.") from error


def sentence(error: Exception, program: str, overrides: Sequence[str] = ()) -> str:
    """What an error of Hydra's, OmegaConf's or the YAML parser's says, in one sentence."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem_mark.name}, line {error.problem_mark.line + 1}, is no YAML: {error.problem}."
    if isinstance(error, OverrideParseException):
        key, _, value = error.override.partition("=")
        return f"{error.override} cannot be read: put the value in quotes, \"{key}='{value}'\"."
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and "/" in error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.partition("/")
        if group == "hydra":
            group, _, name = error.missing_cfg_file.rpartition("/")
        options = choices(CONF).get(group, error.options or [])
        near = get_close_matches(name, options, 1)
        hint = f"did you mean {group}={near[0]}? Choose from" if near else "choose from"
        return f"{group}={name} is unknown: {hint} {', '.join(options)}."
    if isinstance(error.__cause__, OmegaConfBaseException) and error.__cause__.full_key:
        if str(error).startswith("Could not override"):
            return unknown_key(error.__cause__.full_key, program, overrides)
        return _of_value(error.__cause__, overrides)
    if isinstance(error, OmegaConfBaseException):
        return _of_value(error, overrides)
    return _of_override(str(error).strip() or str(error.__cause__), program, overrides)


def _of_override(text: str, program: str, overrides: Sequence[str]) -> str:
    """Of the errors that Hydra tells apart by their text only."""
    if found := re.match(r"Could not override '([^']+)'", text):
        return unknown_key(found[1].replace("/", "."), program, overrides)
    if found := re.match(r"Could not append to config. An item is already at '([^']+)'", text):
        return f"+{found[1]}: the key {found[1]} is there already, say {found[1]}=VALUE without the +."
    if found := re.match(r"(?:Multiple values for|Could not append)\W+([\w/]+)", text):
        return f"+{found[1]}: {found[1]} is chosen already, say {found[1]}=NAME without the +."
    if found := re.match(r"Could not delete\D*?'([^']+)'", text):
        return f"~{found[1]} cannot be left out: {text.partition('. ')[2] or text}"
    if found := re.match(r"Ambiguous value for argument '([^']+)'", text):
        key, _, values = found[1].partition("=")
        return f"{found[1]} names several values: add -m to try each of them, or write {key}=[{values}] for a list."
    if found := re.match(r"Sweep parameters '([^']+)' requires --multirun", text):
        return f"{found[1]} names several values: add -m to try each of them."
    if found := re.match(r"In '([^']+)': \w+ raised while composing config:\n(.*)", text):
        return f"conf/{found[1]}.yaml: {found[2]}."
    return " ".join(line.strip() for line in text.splitlines()[:2]).rstrip(".") + "."


def _of_value(error: OmegaConfBaseException, overrides: Sequence[str]) -> str:
    """Of a value that a key cannot have."""
    key = str(error.full_key or error.key)
    if isinstance(error, MissingMandatoryValue):
        return f"{key} is not given: say {key}=VALUE."
    if isinstance(error, InterpolationKeyError | InterpolationResolutionError):
        return f"{key} cannot be worked out: {str(error.msg or error).partition(chr(10))[0].rstrip('.')}."
    typed = next((text.partition("=")[2] for text in reversed(overrides) if text.lstrip("+").startswith(f"{key}=")), "")
    quoted = re.match(r"(?:Incompatible value|Value) '([^']*)'", str(error))
    value = typed or (quoted[1] if quoted else show(error.value))
    if kind := RULES.get(key):
        return f"{key}={value} must be {kind}."
    return f"{key}={value}: {str(error.msg or error).partition(chr(10))[0].rstrip('.')}."


def unknown_key(key: str, program: str, overrides: Sequence[str] = ()) -> str:
    """That there is no such key, and the nearest that there is."""
    for other in schema.SCHEMAS:
        if key in schema.keys(other) and key not in schema.keys(program):
            return f"{key} is a key of {other}.py, not of {program}.py."
    known = [*_flat(OmegaConf.to_container(compose(program), resolve=False)), *choices(CONF)]
    near = nearest(key, known)
    typed = next((text.partition("=")[2] for text in overrides if text.lstrip("+").startswith(f"{key}=")), None)
    near = f"{near}={typed}" if near and typed else near
    return f"There is no key {key}" + (f": did you mean {near}?" if near else f"; see python {program}.py --help.")


def nearest(key: str, known: Sequence[str]) -> str | None:
    """Of dotted keys, the one that was probably meant."""
    last = {name.rpartition(".")[2]: name for name in reversed(known)}
    if key in last:
        return last[key]
    if near := get_close_matches(key, known, 1):
        return near[0]
    near = get_close_matches(key.rpartition(".")[2], last, 1)
    return last[near[0]] if near else None


def choices(conf: Path) -> dict[str, list[str]]:
    """The files of each group, such as ``{"model": ["cnn", "dense"], …}``, without their suffix."""
    found: dict[str, list[str]] = {}
    for path in sorted(conf.glob("**/*.yaml")):
        group = path.relative_to(conf).parts[0]
        if path.parent != conf and group != "hydra":
            found.setdefault(group, []).append(path.relative_to(conf / group).with_suffix("").as_posix())
    return found


@cache
def keys_of(group: str) -> tuple[str, ...]:
    """The names at the top of any file of a group."""
    found: dict[str, None] = {}
    for path in sorted((CONF / group).glob("*.yaml")):
        node = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        found |= dict.fromkeys(node.get(group, node))
    return tuple(found)


def _flat(values: dict, prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")


def with_file(error: BadValueError, cfg: DictConfig, overrides: Sequence[str]) -> UserError:
    """The same error, with the file in ``conf/`` that the value stands in where it was not typed."""
    key = error.key
    while True:
        if any(text.lstrip("+").startswith(f"{key}=") for text in overrides):
            return error
        if path := _file_with(key, error.value):
            return UserError(f"{error} It stands in {path}.")
        raw = OmegaConf.to_container(cfg, resolve=False)
        for name in key.split("."):
            raw = raw.get(name) if isinstance(raw, dict) else None
        linked = re.fullmatch(r"\$\{([\w.]+)\}", raw) if isinstance(raw, str) else None
        if linked is None or linked[1] == key:
            return error
        key = linked[1]


def _file_with(key: str, value: object) -> Path | None:
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
