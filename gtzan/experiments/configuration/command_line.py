"""Prepare the command line for Hydra: move flags to the front, quote paths and names, suggest fixes for typos."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Quote, QuotedString

from gtzan.errors import UserError
from gtzan.experiments.configuration import schema
from gtzan.experiments.configuration.composition import choices

PATH_KEYS = (
    *("cache", "runs", "resume", "run_dir", "guide", "ckpt", "judge", "data.root", "data.store", "data.groups"),
    *("data.builtin_root", "data.csv", "trainer.default_root_dir", "hydra.run.dir", "hydra.sweep.dir"),
    *("data.metadata", "hydra.sweep.subdir", "like", "continue", "encoder"),
)
"""Keys whose value is the path of a file or folder, which may hold any character."""
NAME_KEYS = ("genre", "genres", "data.name", "data.genres")
"""Keys whose value names genres or a corpus, in any language."""

_UNQUOTED = re.compile(r"(?!\d)[\w./-]+", re.ASCII)  # needs no quotes, unless it is reserved
_RESERVED = ("null", "true", "false", "nan", "inf")
_QUOTED = re.compile(r"""(['"]).*\1""", re.DOTALL)
_SWEEP = re.compile(r"(choice|glob|range|interval|shuffle|sort|tag)\(.*\)", re.DOTALL)
_MULTIRUN = ("-m", "--multirun")


def overrides() -> list[str]:
    """The overrides on the command line, without signs before them."""
    typed = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    return [override.lstrip("+~") for override in typed]


def hydra_arguments(argv: Sequence[str], program: str) -> list[str]:
    """The arguments as Hydra accepts them.

    Hydra's own output folder follows ``run_dir``, so that a run with an explicit folder has its log there, too.

    Args:
        argv: without the program's name.
        program: ``train`` or ``synthesize``.

    Raises:
        UserError: an argument that is neither a flag nor an override; the message suggests the closest valid one.
    """
    flags, overrides = _split_arguments(list(argv), program)
    sweep = any(flag in _MULTIRUN for flag in flags)
    words = [quoted(override, sweep) for override in overrides]
    if not sweep:  # a sweep has no run_dir, and says so
        words += [f"hydra.run.dir={word.removeprefix('run_dir=')}" for word in words if word.startswith("run_dir=")]
    return flags_first([*flags, *words])


def flags_first(argv: Sequence[str]) -> list[str]:
    """Move ``-m`` and ``--multirun`` before the overrides.

    ``train.py model=cnn -m batch_size=16,32`` is the natural order, but argparse does not accept positionals on both
    sides of a flag (https://github.com/facebookresearch/hydra/issues/2384 and others).
    """
    flags = [word for word in argv if word in _MULTIRUN]
    return flags[:1] + [word for word in argv if word not in _MULTIRUN]


def quoted(override: str, sweep: bool = False) -> str:
    """An override with its path or name quoted where Hydra's grammar requires it, and ``~`` expanded.

    In a sweep, a comma separates values, unless the whole is an existing path.
    """
    key, equals, value = override.partition("=")
    name = key.lstrip("+")
    if not equals or name not in PATH_KEYS + NAME_KEYS:
        return override
    if name in NAME_KEYS:
        return f"{key}={_quoted_names(value, sweep)}"
    if sweep and not _exists(value):
        if _SWEEP.fullmatch(value):
            return override
        return f"{key}={','.join(map(_quoted_path, _split_at_commas(value)))}"
    return f"{key}={_quoted_path(value)}"


def _quoted_names(value: str, sweep: bool) -> str:
    """Quote one name, or each of a list in brackets; in a sweep, several of these."""
    if _QUOTED.fullmatch(value) or (sweep and _SWEEP.fullmatch(value)):
        return value
    if len(parts := _split_at_commas(value)) > 1:  # Hydra reports that a single run takes one
        return ",".join(_quoted_names(part, sweep=False) for part in parts)
    if value.startswith("[") and value.endswith("]"):
        return (
            "[" + ",".join(_quoted_text(part.strip()) for part in _split_at_commas(value[1:-1]) if part.strip()) + "]"
        )
    return value if value in ("null", "") else _quoted_text(value)


def _quoted_path(value: str) -> str:
    if value in ("null", "") or _QUOTED.fullmatch(value):
        return value
    if value == "~" or value.startswith(("~/", "~\\")):
        value = str(Path(value).expanduser())
    return _quoted_text(value.replace("${", "\\${") if _exists(value) else value)


def _quoted_text(value: str) -> str:
    if _QUOTED.fullmatch(value) or not needs_quotes(value):
        return value
    if "${" in value and "\\${" not in value:  # an interpolation, such as ${oc.env:HOME}/music
        return value
    return QuotedString(value, Quote.single).with_quotes()


def needs_quotes(text: str) -> bool:
    """Whether Hydra's grammar would take a text for something else, such as ``1e3``, ``true`` or ``a, b``."""
    return not _UNQUOTED.fullmatch(text) or text.lower() in _RESERVED


def _exists(value: str) -> bool:
    try:
        return Path(value).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, or the home of an unknown user
        return False


def _split_at_commas(text: str) -> list[str]:
    """Split at commas outside quotes and brackets."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and parts[-1].strip() in ("", "["):  # elsewhere it is an apostrophe
            quote = sign
        depth += (sign in "[{(") - (sign in ")}]") if not quote else 0
        if sign == "," and depth <= 0 and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _split_arguments(argv: list[str], program: str) -> tuple[list[str], list[str]]:
    """Hydra's flags with their values, and the overrides."""
    options = get_args_parser()._option_string_actions
    flags, overrides = [], []
    while argv:
        word = argv.pop(0)
        if word.startswith("-") and word != "-":
            name, equals, _ = word.partition("=")
            if name not in options:
                raise UserError(_unknown_flag_message(word, argv, program, list(options)))
            flags.append(word)
            action = options[name]
            if not equals and action.nargs != 0 and argv and (action.nargs != "?" or argv[0] in (action.choices or ())):
                flags.append(argv.pop(0))
            value = flags[-1].rpartition("=")[2]
            if action.choices and action.nargs != "?" and value not in action.choices:
                raise UserError(f"{word} takes one of {', '.join(action.choices)}.")
        elif "=" in word or word.startswith("~"):
            overrides.append(word)
        else:
            raise UserError(_not_an_override_message(word, argv, program))
    return flags, overrides


def _unknown_flag_message(word: str, rest: list[str], program: str, options: list[str]) -> str:
    name, _, value = word.lstrip("-").partition("=")
    name = name.replace("-", "_")
    if not value and rest and not rest[0].startswith("-") and "=" not in rest[0]:
        value = rest[0]
    known = [*schema.keys(program), *choices()]
    near = name if name in known or "." in name else next(iter(get_close_matches(name, known, 1)), None)
    if near:
        return f"{word} is not a flag: settings have no dashes, did you mean {near}={value or 'VALUE'}?"
    flag = get_close_matches(word, options, 1)
    return f"{word} is not a flag" + (f": did you mean {flag[0]}?" if flag else f"; see python {program}.py --help.")


def _not_an_override_message(word: str, rest: list[str], program: str) -> str:
    groups = choices()
    known = [*schema.keys(program), *groups]
    value = rest[0] if rest and "=" not in rest[0] and not rest[0].startswith("-") else None
    options = {name: group for group, names in reversed(groups.items()) for name in names}
    if word in options and (value is None or word not in known):
        return f"{word} is not of the form key=value: did you mean {options[word]}={word}?"
    if near := get_close_matches(word, known, 1):
        return f"{word} is not of the form key=value: did you mean {near[0]}={value or 'VALUE'}?"
    if near := get_close_matches(word, options, 1):
        return f"{word} is not of the form key=value: did you mean {options[near[0]]}={near[0]}?"
    return f"{word} is not of the form key=value, such as model=cnn; see python {program}.py --help."
