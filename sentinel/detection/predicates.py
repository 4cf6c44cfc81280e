"""What a leaf asks of one value. Each predicate can answer (`holds`) and write itself as Python (`source`).

`source` receives the name of a variable that holds one value of the leaf's view, and binds constants that have no
literal form. Both forms must agree; a property test holds them to it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sentinel.detection.views import Seen

OPERATORS: dict[str, str] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "==", "neq": "!="}
"""Sigma's comparisons and their signs."""

COMPARE: dict[str, Callable[[int | float, int | float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


@dataclass(slots=True)
class Constants:
    """Names for what generated code refers to but cannot spell."""

    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """A name for `value`."""
        name = f"k{len(self.values)}"
        self.values[name] = value
        return name


class Predicate(Protocol):
    """A question about one value."""

    def holds(self, value: Seen) -> bool:
        """The answer."""

    def source(self, name: str, constants: Constants, /) -> str:
        """The question as a Python expression over the variable `name`."""


@dataclass(frozen=True, slots=True)
class Equals:
    """Equal to one of `values`."""

    values: tuple[Seen, ...]

    def holds(self, value: Seen) -> bool:
        """Whether it is one of them."""
        return value in self.values

    def source(self, name: str, constants: Constants) -> str:
        """A comparison, or membership in a set."""
        if len(self.values) == 1:
            return f"{name} == {self.values[0]!r}"
        return f"{name} in {constants.bind(frozenset(self.values))}"


@dataclass(frozen=True, slots=True)
class Affix:
    """A text that starts with, ends with or contains one of `values`."""

    where: str
    values: tuple[str, ...]

    def holds(self, value: Seen) -> bool:
        """Whether one of them is where it should be."""
        if not isinstance(value, str):
            return False
        return any(holds_affix(self.where, value, wanted) for wanted in self.values)

    def source(self, name: str, _constants: Constants) -> str:
        """A string method, or `in`."""
        if self.where == "contains":
            return "(" + " or ".join(f"{wanted!r} in {name}" for wanted in self.values) + ")"
        wanted = repr(self.values[0]) if len(self.values) == 1 else repr(self.values)
        return f"{name}.{self.where}({wanted})"


def holds_affix(where: str, value: str, wanted: str) -> bool:
    """Whether `wanted` is at the place `where` (`startswith`, `endswith`, `contains`, `equals`) of `value`."""
    match where:
        case "startswith":
            return value.startswith(wanted)
        case "endswith":
            return value.endswith(wanted)
        case "contains":
            return wanted in value
        case _:
            return value == wanted


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression found anywhere in the text; anchors bind it."""

    expression: str
    flags: int = 0

    def holds(self, value: Seen) -> bool:
        """Whether it is found."""
        return isinstance(value, str) and re.search(self.expression, value, self.flags) is not None

    def source(self, name: str, constants: Constants) -> str:
        """A search with the compiled expression."""
        return f"{constants.bind(re.compile(self.expression, self.flags).search)}({name}) is not None"


@dataclass(frozen=True, slots=True)
class Compare:
    """A number against a bound."""

    sign: str
    bound: int | float

    def holds(self, value: Seen) -> bool:
        """Whether it compares so."""
        return not isinstance(value, str) and COMPARE[self.sign](value, self.bound)

    def source(self, name: str, _constants: Constants) -> str:
        """The comparison."""
        return f"{name} {self.sign} {self.bound!r}"


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included: a network of addresses."""

    low: int
    high: int

    def holds(self, value: Seen) -> bool:
        """Whether it lies between them."""
        return not isinstance(value, str) and self.low <= value <= self.high

    def source(self, name: str, _constants: Constants) -> str:
        """The chained comparison."""
        return f"{self.low} <= {name} <= {self.high}"
