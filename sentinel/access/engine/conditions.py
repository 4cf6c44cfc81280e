"""The conditions of rules: every atom is a set of texts or ranges of numbers over one attribute of the context.

An attribute that is not known meets no condition of an allow and every condition of a deny, so that not to know never
grants. Two readings of an atom stand side by side: `holds` interprets it, for casbin; `sentinel.access.engine.compiled` compiles
it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from sentinel.model.access import Effect, Fact, Facts

Range = tuple[int, int]  # both ends in
HIGHEST = 2**63 - 1
POSTURE = ("clean-n2", "clean-n3", "clean-n4", "clean-sbi", "clean-ot", "clean-identity")  # what trust can say


@dataclass(frozen=True, slots=True)
class OneOf:
    """The attribute is one of these texts."""

    name: str
    values: frozenset[str]

    def has(self, value: Fact) -> bool:
        """Whether a known value meets it."""
        return value in self.values

    def __str__(self) -> str:
        return f"in [{', '.join(sorted(self.values))}]"


@dataclass(frozen=True, slots=True)
class Within:
    """The attribute is a number in one of these ranges."""

    name: str
    ranges: tuple[Range, ...]

    def has(self, value: Fact) -> bool:
        """Whether a known value meets it."""
        return isinstance(value, int) and any(low <= value <= high for low, high in self.ranges)

    def __str__(self) -> str:
        return "in " + " or ".join(f"{low} … {'' if high >= HIGHEST else high}".rstrip() for low, high in self.ranges)


Atom = OneOf | Within


def holds(atom: Atom, facts: Facts, effect: Effect) -> bool:
    """Interpret one atom."""
    value = facts.get(atom.name)
    return effect is Effect.DENY if value is None else atom.has(value)


def write(atoms: Iterable[Atom]) -> str:
    """Atoms as the canonical JSON that a casbin policy line carries."""
    plain = {atom.name: sorted(atom.values) if isinstance(atom, OneOf) else atom.ranges for atom in atoms}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


@functools.lru_cache(65536)
def read(text: str) -> tuple[Atom, ...]:
    """The atoms of `write`."""
    return tuple(
        Within(name, tuple((low, high) for low, high in values))
        if values and isinstance(values[0], list)
        else OneOf(name, frozenset(values))
        for name, values in orjson.loads(text).items()
    )
