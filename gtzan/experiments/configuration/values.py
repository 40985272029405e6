"""Kinds of values that a key may have, each of which can say in words what it allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol


class Kind(Protocol):
    """A set of values; as text, it is what stands after "must be"."""

    def allows(self, value: Any) -> bool: ...


@dataclass(frozen=True)
class Number:
    """Finite numbers in a range.

    Attributes:
        low, high: the range, ends included.
        whole: without fractions.
        above: whether ``low`` itself is left out.
        below: whether ``high`` itself is left out.
    """

    low: float = -inf
    high: float = inf
    whole: bool = False
    above: bool = False
    below: bool = False

    def allows(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return (
            (self.low < value if self.above else self.low <= value)
            and (value < self.high if self.below else value <= self.high)
            and -inf < value < inf
        )

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        least = f" above {show(self.low)}" if self.above else f" from {show(self.low)}"
        most = f" to {'below ' if self.below else ''}{show(self.high)}"
        return kind + (least if self.low > -inf else "") + (most if self.high < inf else "" if self.above else " up")


@dataclass(frozen=True)
class Choice:
    """Some values, named one by one."""

    values: tuple

    def allows(self, value: Any) -> bool:
        return any(type(value) is type(one) and value == one for one in self.values)

    def __str__(self) -> str:
        return in_words([show(value) for value in self.values])


@dataclass(frozen=True)
class Text:
    """Text that is not empty."""

    what: str = "text"

    def allows(self, value: Any) -> bool:
        return isinstance(value, str) and value.strip() != "" and "\0" not in value

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class ListOf:
    """A list of values of one kind, at least one."""

    kind: Kind
    length: int | None = None

    def allows(self, value: Any) -> bool:
        several = isinstance(value, Sequence) and not isinstance(value, str)
        return several and len(value) in (self.length or len(value) or 1,) and all(map(self.kind.allows, value))

    def __str__(self) -> str:
        return f"a list of {'one or more values' if self.length is None else f'{self.length} values'}, each {self.kind}"


@dataclass(frozen=True)
class Node:
    """A dictionary, such as a class and its arguments."""

    def allows(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def __str__(self) -> str:
        return "a dictionary of settings"


@dataclass(frozen=True)
class OneOf:
    """Values of any of several kinds."""

    kinds: tuple[Kind, ...]

    def allows(self, value: Any) -> bool:
        return any(kind.allows(value) for kind in self.kinds)

    def __str__(self) -> str:
        return in_words(list(map(str, self.kinds)))


@dataclass(frozen=True)
class Described:
    """A kind in other words."""

    kind: Kind
    words: str

    def allows(self, value: Any) -> bool:
        return self.kind.allows(value)

    def __str__(self) -> str:
        return self.words


NULL, FLAG = Choice((None,)), Choice((True, False))


def optional(kind: Kind) -> OneOf:
    """The same, or ``null``."""
    return OneOf((kind, NULL))


def show(value: Any) -> str:
    """A value as one types it: ``null``, ``true``, ``1,000,000``, ``[1,2]``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{show(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(show, value)) + "]"
    return str(value)


def in_words(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
