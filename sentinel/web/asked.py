"""Requests, clauses and decisions as pages show them: plain values, with identifiers as the store names them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentinel.model.access import Decision, Fact, Miss, Request

SUPPOSED = "99999"
"""How the SUPIs of terminals begin that an analysis supposes."""
_MISS = re.compile(
    r"rule (?P<rule>\S+) would allow, but (?P<clause>\S+?)(?: `(?P<got>.*)`|, which is not known,) is not in (?P<wanted>.*)"
)


@dataclass(frozen=True, slots=True)
class Example:
    """A request that shows something; a supposed terminal is one that the register does not have."""

    supi: str
    supposed: bool
    keys: Sequence[str]
    resource: str
    action: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that would have allowed it but for one clause: what that wanted, and what it got (empty: not known)."""

    rule: str
    clause: str
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision."""

    allowed: bool
    reason: str
    rules: Sequence[str]
    misses: Sequence[NearMiss]
    obligations: Mapping[str, Fact]


def example(request: Request | None, name: str) -> Example | None:
    """The request with the terminal under this name."""
    if request is None:
        return None
    keys = tuple(key for key in request.subject.keys if not key.startswith("supi:") and key != "any")
    supposed = request.subject.supi.startswith(SUPPOSED)
    return Example(name, supposed, keys, str(request.resource), request.action, dict(request.context))


def verdict(decision: Decision) -> Verdict:
    """The decision as plain values."""
    misses = tuple(near(miss) for miss in decision.misses)
    return Verdict(decision.allowed, decision.reason.value, decision.rules, misses, dict(decision.obligations))


def near(miss: Miss) -> NearMiss:
    """The same of a miss."""
    return NearMiss(miss.rule, miss.clause, miss.wanted.removeprefix("in "), miss.got)


def read_miss(text: str) -> NearMiss | None:
    """A miss as it was recorded; none for a text of another form."""
    found = _MISS.fullmatch(text)
    return NearMiss(found["rule"], found["clause"], found["wanted"], found["got"] or "") if found else None
