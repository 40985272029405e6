"""Check that the classes and functions named by a configuration exist, without importing anything."""

import re
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from gtzan.data.source import PACKAGE
from gtzan.errors import BadValueError
from gtzan.models.targets import CALLED_KEYS


def check_targets_exist(values: Mapping) -> None:
    """Raise a :class:`BadValueError` for a class or function that certainly does not exist."""
    for key, target in _targets(values):
        if problem := missing(str(target)):
            raise BadValueError(key, target, f"{key}={target}: {problem}")


def is_own(target: str) -> bool:
    """Whether a dotted name belongs to the user's own module, or to a library unknown here."""
    first = target.partition(".")[0]
    return "." in target and first not in (PACKAGE, "torch", "lightning") and first not in sys.stdlib_module_names


def missing(target: str) -> str | None:
    """What part of a dotted name does not exist, in a sentence; ``None`` if it exists or only an import could tell."""
    *modules, name = target.split(".")
    if not modules or not all(part.isidentifier() for part in (*modules, name)):
        return "it must be the name of a class with its module, such as torch.optim.Adam."
    if modules[0] in sys.stdlib_module_names or name in vars(sys.modules.get(".".join(modules), object)):
        return None
    spec: ModuleSpec | None = None
    path: list[str] | None = None
    for number in range(1, len(modules) + 1):
        spec = PathFinder.find_spec(".".join(modules[:number]), path)
        if spec is None and number == 1:
            return f"there is no module {modules[0]} here: is it installed, or its folder in PYTHONPATH?"
        path = spec.submodule_search_locations if spec else None
        if spec is None or (path is None and number < len(modules)):  # inside a class, or made by an import
            return None
    names = _identifiers(Path(spec.origin)) if spec and spec.origin else frozenset()
    if not names or name in names or "__getattr__" in names or "*" in names:
        return None
    classes = sorted(word for word in names if word[0].isupper() and not word.isupper())
    near = get_close_matches(name, classes, 1)
    return f"{'.'.join(modules)} has no {name}" + (f": did you mean {'.'.join([*modules, near[0]])}?" if near else ".")


def _targets(values: Mapping, node: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        place = f"{node}.{key}".lstrip(".")
        if key == "_target_" or (node == "model" and key in CALLED_KEYS):
            yield place, value
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping):
                yield from _targets(entry, place)


@cache
def _identifiers(source: Path) -> frozenset[str]:
    """Every word in a module's source, ``*`` where it imports all of another; empty unless it is source code."""
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return frozenset()
    words = frozenset(re.findall(r"\b[^\W\d]\w*", text))
    return words | {"*"} if re.search(r"\bimport\s+\*", text) else words
