"""Turn errors of Hydra, OmegaConf and YAML into one sentence that suggests a fix, such as the closest valid key."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import yaml
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import (
    InterpolationResolutionError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    ValidationError,
)

from gtzan.audio.encoders.registry import check_encoder
from gtzan.audio.settings import ENCODERS
from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration import composition, schema
from gtzan.experiments.configuration.arguments import CORPORA, EXTRACTOR, OPTIMIZERS, TRAINER, VIEWS
from gtzan.experiments.configuration.composition import choices, compose, file_that_sets, flat_keys, to_plain_values
from gtzan.experiments.configuration.rules import NET_RULES, RULES
from gtzan.experiments.configuration.values import show

ARGUMENTS = {"data": CORPORA, "model.net": NET_RULES, "model.view": VIEWS, "optimizer": OPTIMIZERS}
"""Of nodes with a ``_target_``, by its class: arguments that can be added to those that are set."""


@contextmanager
def user_errors(program: str, overrides: Sequence[str] = ()) -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise about a configuration into a :class:`UserError` of one sentence.

    Args:
        program: ``train`` or ``synthesize``, whose keys are suggested for unknown ones.
        overrides: as typed, if known.
    """
    try:
        yield
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise UserError(error_message(error, program, overrides)) from error
    except ValueError as error:
        if "Config group override must be" not in str(error):
            raise
        groups = choices()
        pairs = [(text, *text.partition("=")[::2]) for text in overrides]
        if nameless := [text for text, key, _ in pairs if not key.strip("+~")]:
            raise UserError(f"{nameless[0]} names no key: say KEY=VALUE.") from error
        text, group = next((text, key) for text, key, value in pairs if value not in groups.get(key, [value]))
        raise UserError(f"{text}: choose from {', '.join(groups[group])}.") from error


def error_message(error: Exception, program: str, overrides: Sequence[str] = ()) -> str:
    """One sentence for an error of Hydra, OmegaConf or the YAML parser."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem_mark.name}, line {error.problem_mark.line + 1}, is not valid YAML: {error.problem}."
    if isinstance(error, OverrideParseException):
        key, _, value = error.override.partition("=")
        return f"{error.override} cannot be read: put the value in quotes, \"{key}='{value}'\"."
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and "/" in error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.partition("/")
        if group == "hydra":
            group, _, name = error.missing_cfg_file.rpartition("/")
        options = choices().get(group, error.options or [])
        if group == "model" and name in ENCODERS:
            try:
                check_encoder(name)
                missing = ""
            except UserError as not_installed:
                missing = f" {not_installed}"
            return f"model={name} is unknown: it is an encoder, did you mean model=probe encoder={name}?{missing}"
        near = get_close_matches(name, options, 1)
        hint = f"did you mean {group}={near[0]}? Choose from" if near else "choose from"
        return f"{group}={name} is unknown: {hint} {', '.join(options)}."
    if isinstance(error.__cause__, OmegaConfBaseException) and error.__cause__.full_key:
        if str(error).startswith("Could not override"):
            return unknown_key(error.__cause__.full_key, program, overrides)
        return _value_message(error.__cause__, overrides)
    if isinstance(error, OmegaConfBaseException):
        return _value_message(error, overrides)
    return _override_message(str(error).strip() or str(error.__cause__), program, overrides)


def _override_message(text: str, program: str, overrides: Sequence[str]) -> str:
    """For errors that Hydra distinguishes by their text only."""
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
        # Of the keys at the top, only these take lists.
        as_list = f", or write {key}=[{values}] for a list" if "." in key or key in ("genre", "genres") else ""
        return f"{found[1]} names several values: add -m to try each of them{as_list}."
    if found := re.match(r"Sweep parameters '([^']+)' requires --multirun", text):
        return f"{found[1]} names several values: add -m to try each of them."
    if found := re.match(r"In '([^']+)': \w+ raised while composing config:\n(.*)", text):
        key = re.search(r"full_key: (\S+)", text)
        value = re.match(r"Value '([^']*)'", found[2])
        if key and key[1] in RULES:
            problem = f"{key[1]}={value[1] if value else 'null'} must be {RULES[key[1]]}."
        else:
            problem = unknown_key(key[1], program) if key and "not in" in found[2] else f"{found[2]}."
        return f"{problem} It is set in {composition.CONF / found[1]}.yaml."
    return " ".join(line.strip() for line in text.splitlines()[:2]).rstrip(".") + "."


def _value_message(error: OmegaConfBaseException, overrides: Sequence[str]) -> str:
    """For a value that a key cannot take."""
    key = str(error.full_key or error.key)
    if isinstance(error, MissingMandatoryValue):
        return f"{key} is not given: say {key}=VALUE."
    if isinstance(error, InterpolationResolutionError) and not isinstance(error, ValidationError):
        return f"{key} cannot be resolved: {str(error.msg or error).partition(chr(10))[0].rstrip('.')}."
    typed = next((text.partition("=")[2] for text in reversed(overrides) if text.lstrip("+").startswith(f"{key}=")), "")
    value = typed or show(value_of(error))
    if constraint := RULES.get(key):
        return f"{key}={value} must be {constraint}."
    return f"{key}={value}: {str(error.msg or error).partition(chr(10))[0].rstrip('.')}."


def value_of(error: OmegaConfBaseException) -> object:
    """The value that an error of OmegaConf's is about, as text where only its message has it."""
    quoted = re.search(r"(?:Incompatible value|Value) '([^']*)'", str(error))
    return quoted[1] if quoted else error.value


def unknown_key(key: str, program: str, overrides: Sequence[str] = ()) -> str:
    """A message that a key does not exist, with the closest one that does."""
    for other in schema.SCHEMAS:
        if key in schema.keys(other) and key not in schema.keys(program):
            return f"{key} is a key of {other}.py, not of {program}.py."
    typed = next((text.partition("=")[2] for text in overrides if text.lstrip("+").startswith(f"{key}=")), None)
    known, more = [*schema.keys(program), *choices()], list[str]()
    if "." in key or not get_close_matches(key, known, 1):
        groups = choices()
        chosen = [text for text in overrides if text.partition("=")[2] in groups.get(text.partition("=")[0], [])]
        values = to_plain_values(compose(program, chosen), resolve=False)
        known += flat_keys(values)
        more = [name for name in _arguments(key.rpartition(".")[0], values) if name not in known]
    if key in more:
        return f"{key} is not set there, so that it has to be added: say +{key}={typed or 'VALUE'}."
    near = nearest(key, [*known, *more])
    sign = "+" if near in more else ""
    near = f"{sign}{near}={typed}" if near and typed else near and f"{sign}{near}"
    return f"There is no key {key}" + (f": did you mean {near}?" if near else f"; see python {program}.py --help.")


def _arguments(node: str, values: dict) -> list[str]:
    """Dotted keys that a node can have, whether or not the chosen configuration sets them; none of other nodes."""
    settings: Any = values
    for name in node.split("."):
        settings = settings.get(name) if isinstance(settings, dict) else None
    if not isinstance(settings, dict):
        return []
    target = str(settings.get("_target_")).rpartition(".")[2]
    known: Any = {"trainer": {target: TRAINER}, "features": {target: EXTRACTOR}, **ARGUMENTS}
    names = known.get(node, {}).get(target, ())
    return [f"{node}.{name}" for name in names]


def nearest(key: str, known: Sequence[str]) -> str | None:
    """The dotted key that was probably meant."""
    last = {name.rpartition(".")[2]: name for name in reversed(known)}
    if key in last:
        return last[key]
    if near := get_close_matches(key, known, 1):
        return near[0]
    near = get_close_matches(key.rpartition(".")[2], last, 1)
    return last[near[0]] if near else None


def with_source_file(error: BadValueError, cfg: DictConfig, overrides: Sequence[str]) -> UserError:
    """The same error, naming the file in ``conf/`` that sets the value unless the command line does."""
    key = error.key
    while True:
        if any(text.lstrip("+").startswith(f"{key}=") for text in overrides):
            return error
        if path := file_that_sets(key, error.value):
            return UserError(f"{error} It is set in {path}.")
        raw: Any = to_plain_values(cfg, resolve=False)
        for name in key.split("."):
            raw = raw.get(name) if isinstance(raw, dict) else None
        linked = re.fullmatch(r"\$\{([\w.]+)\}", raw) if isinstance(raw, str) else None
        if linked is None or linked[1] == key:
            return error
        key = linked[1]
