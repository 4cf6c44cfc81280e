"""A rule of access: who may, or may not, do what to what, and under which conditions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.access.engine.conditions import Atom, holds, write
from sentinel.access.engine.target import Target, target
from sentinel.model.access import ACTIONS, VERBS, Effect, Fact, Request

ANYBODY = "any"
_MEANT = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as read; `path` and `line` are where it stands."""

    id: str
    site: str
    subjects: _MEANT
    targets: tuple[Target, ...]
    actions: _MEANT  # as written
    atoms: tuple[Atom, ...]
    effect: Effect
    obligations: Mapping[str, Fact] = field(default_factory=dict)
    title: str = ""
    title_zh: str = ""
    domain: str = ""
    path: Path = Path()
    line: int = 0

    @property
    def row(self) -> list[str]:
        """The line of the casbin policy: id, sub, dom, obj, act, cond, eft."""
        objects = "|".join(each.text for each in self.targets)
        return [self.id, "|".join(self.subjects), self.site, objects, "|".join(self.actions), write(self.atoms),
                self.effect.value]  # fmt: skip


def failing(rule: Rule, request: Request) -> list[str]:
    """The clauses that the request does not meet: `subject`, `site`, `resource`, `action` or the name of a condition."""
    clauses = [
        ("subject", bool(set(rule.subjects) & set(request.subject.keys))),
        ("site", rule.site == request.site),
        ("resource", any(each.matches(request.resource) for each in rule.targets)),
        ("action", request.action in verbs("|".join(rule.actions))),
    ]
    clauses += [(atom.name, holds(atom, request.context, rule.effect)) for atom in rule.atoms]
    return [name for name, met in clauses if not met]


def wanted(rule: Rule, clause: str) -> str:
    """What a rule wants of a clause."""
    plain = {"subject": rule.subjects, "site": (rule.site,), "action": rule.actions,
             "resource": tuple(each.text for each in rule.targets)}  # fmt: skip
    if clause in plain:
        return f"in [{', '.join(plain[clause])}]"
    return next(str(atom) for atom in rule.atoms if atom.name == clause)


def got(request: Request, clause: str) -> str:
    """What the request has there; empty where it is not known."""
    plain = {"subject": request.subject.supi, "site": request.site, "action": request.action,
             "resource": str(request.resource)}  # fmt: skip
    return plain[clause] if clause in plain else str(request.context.get(clause, ""))


@functools.lru_cache(65536)
def verbs(patterns: str) -> frozenset[str]:
    """The actions that patterns mean, of `connect`, `modbus:read|write`, `s7:*` or `any`; raises `ValueError`."""
    found: set[str] = set()
    protocol = ""
    for part in patterns.split("|"):
        before, colon, verb = part.rpartition(":")
        protocol = before if colon else protocol
        whole = part if colon or part == ANYBODY or part in VERBS else f"{protocol}:{verb}"
        found |= _meant(whole)
        protocol = "" if whole in (ANYBODY, "connect") else protocol
    return frozenset(found)


def _meant(pattern: str) -> frozenset[str]:
    if pattern == ANYBODY:
        return VERBS
    protocol, _, verb = pattern.partition(":")
    if verb == "*" and ACTIONS.get(protocol):
        return frozenset(f"{protocol}:{each}" for each in ACTIONS[protocol])
    if pattern not in VERBS:
        expected = [f"{name}:{'|'.join(some)}" if some else name for name, some in ACTIONS.items()]
        raise ValueError(f"`{pattern}` is no action; expected any, {', '.join(expected)}")
    return frozenset({pattern})


@functools.lru_cache(65536)
def targets(text: str) -> tuple[Target, ...]:
    """The targets of a casbin policy line."""
    return tuple(target(part) for part in text.split("|"))


@functools.lru_cache(65536)
def subjects(text: str) -> frozenset[str]:
    """The subjects of a casbin policy line."""
    return frozenset(text.split("|"))
