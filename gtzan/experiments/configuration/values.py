"""Constraints on the values of keys, each with a description for error messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol


class Constraint(Protocol):
    """A set of allowed values; ``str()`` gives the words that follow "must be" in an error message."""

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
        noun = "a whole number" if self.whole else "a number"
        least = f" above {show(self.low)}" if self.above else f" from {show(self.low)}"
        most = f" to {'below ' if self.below else ''}{show(self.high)}"
        return noun + (least if self.low > -inf else "") + (most if self.high < inf else "" if self.above else " up")


@dataclass(frozen=True)
class Choice:
    """One of the values listed."""

    values: tuple

    def allows(self, value: Any) -> bool:
        return any(type(value) is type(one) and value == one for one in self.values)

    def __str__(self) -> str:
        return in_words([show(value) for value in self.values])


@dataclass(frozen=True)
class Text:
    """Non-empty text."""

    description: str = "text"

    def allows(self, value: Any) -> bool:
        return isinstance(value, str) and value.strip() != "" and "\0" not in value

    def __str__(self) -> str:
        return self.description


@dataclass(frozen=True)
class ListOf:
    """A non-empty list whose items satisfy a constraint."""

    constraint: Constraint
    length: int | None = None

    def allows(self, value: Any) -> bool:
        several = isinstance(value, Sequence) and not isinstance(value, str)
        return several and len(value) in (self.length or len(value) or 1,) and all(map(self.constraint.allows, value))

    def __str__(self) -> str:
        count = "one or more" if self.length is None else self.length
        return f"a list of {count} values, each {self.constraint}"


@dataclass(frozen=True)
class Node:
    """A dictionary, such as a class and its arguments."""

    def allows(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def __str__(self) -> str:
        return "a dictionary of settings"


@dataclass(frozen=True)
class Shares:
    """Names and how much of each, at least one of them more than nothing."""

    def allows(self, value: Any) -> bool:
        return isinstance(value, Mapping) and all(map(Number(0).allows, value.values())) and sum(value.values()) > 0

    def __str__(self) -> str:
        return "genres and their shares, such as {jazz: 0.5, metal: 0.5}"


@dataclass(frozen=True)
class OneOf:
    """A value that satisfies at least one of several constraints."""

    options: tuple[Constraint, ...]

    def allows(self, value: Any) -> bool:
        return any(option.allows(value) for option in self.options)

    def __str__(self) -> str:
        return in_words(list(map(str, self.options)))


@dataclass(frozen=True)
class Described:
    """A constraint with a description of its own."""

    constraint: Constraint
    description: str

    def allows(self, value: Any) -> bool:
        return self.constraint.allows(value)

    def __str__(self) -> str:
        return self.description


NULL, FLAG = Choice((None,)), Choice((True, False))


def optional(constraint: Constraint) -> OneOf:
    """A value that satisfies the constraint, or ``null``."""
    return OneOf((constraint, NULL))


def show(value: Any) -> str:
    """Format a value as it is typed on the command line: ``null``, ``true``, ``1,000,000``, ``[1,2]``."""
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
