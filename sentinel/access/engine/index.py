"""The candidate index: which few rules can be about a request, ready to be judged by either engine.

A rule is filed under its site, each of its subjects and each of its targets. A target is one address and port (looked
up), a network (looked up once for each prefix length that occurs), or a name. What is found meets subject, site and
resource; only action and conditions are left to be judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sentinel.access.engine.compiled import Judging, compiled
from sentinel.access.engine.rule import Rule, verbs, wanted
from sentinel.access.engine.target import ALL_ADDRESSES, Target
from sentinel.model.access import Effect, Fact, Request, Resource


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A rule, ready to be judged by either engine."""

    id: str
    rule: Rule
    row: list[str]
    allow: bool
    judge: Judging
    timed: bool = False  # whether it asks for hours
    obligations: Mapping[str, Fact] = field(default_factory=dict)
    _wanted: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rule: Rule) -> Entry:
        """Compile a rule."""
        timed = any(atom.name == "minute" for atom in rule.atoms)
        judge = compiled(verbs("|".join(rule.actions)), rule.atoms, rule.effect)
        obligations = MappingProxyType(dict(rule.obligations))
        return cls(rule.id, rule, rule.row, rule.effect is Effect.ALLOW, judge, timed, obligations)

    def wanted(self, clause: str) -> str:
        """What the rule wants of a clause, written once: it never changes."""
        found = self._wanted.get(clause)
        if found is None:
            found = self._wanted[clause] = wanted(self.rule, clause)
        return found


_Filed = list[tuple[Target, Entry]]
_Here = list[tuple[str, str, str, Entry]]  # kind, name and protocol of a target; empty is any
_Spot = tuple[int, int]  # address and port


@dataclass(slots=True)
class _Table:
    """What is filed under one subject at one site, but not under one address and port."""

    networks: dict[int, dict[int, _Filed]] = field(default_factory=dict)  # bits that are free to first address
    named: dict[str, _Filed] = field(default_factory=dict)
    wide: _Filed = field(default_factory=list)

    def put(self, target: Target, entry: Entry) -> None:
        self._place(target).append((target, entry))

    def _place(self, target: Target) -> _Filed:
        if target.addresses == ALL_ADDRESSES:
            return self.named.setdefault(target.name, []) if target.name else self.wide
        free = (target.addresses[1] - target.addresses[0]).bit_length()
        return self.networks.setdefault(free, {}).setdefault(target.addresses[0] >> free, [])

    def collect(self, resource: Resource, found: dict[Entry, None]) -> None:
        """Find what is about a resource."""
        if self.wide:
            _collect(self.wide, resource, found)
        if place := self.named.get(resource.name):
            _collect(place, resource, found)
        for free, networks in self.networks.items():
            if place := networks.get(resource.number >> free):
                _collect(place, resource, found)


@dataclass(slots=True)
class _Site:
    """What is filed at one site, by spot and subject, or by subject alone."""

    spots: dict[_Spot, dict[str, _Here]] = field(default_factory=dict)
    tables: dict[str, _Table] = field(default_factory=dict)

    def put(self, subject: str, target: Target, entry: Entry) -> None:
        if target.single:
            spot = self.spots.setdefault((target.addresses[0], target.ports[0]), {})
            spot.setdefault(subject, []).append((target.kind, target.name, target.protocol, entry))
        else:
            self.tables.setdefault(subject, _Table()).put(target, entry)


class Index:
    """All rules, by whom and what they are about."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._sites: dict[str, _Site] = {}
        self.entries = {rule.id: Entry.of(rule) for rule in rules}
        for entry in self.entries.values():
            site = self._sites.setdefault(entry.rule.site, _Site())
            for subject in entry.rule.subjects:
                for target in entry.rule.targets:
                    site.put(subject, target, entry)

    def candidates(self, request: Request) -> Collection[Entry]:
        """The rules whose subject, site and resource are the request's, each once."""
        site, resource, keys = self._sites.get(request.site), request.resource, request.subject.keys
        if site is None:
            return ()
        found: dict[Entry, None] = {}  # in the order in which they are found
        if spot := site.spots.get((resource.number, resource.port)):
            for key in keys:
                if here := spot.get(key):
                    _collect_here(here, resource, found)
        if tables := site.tables:
            for key in keys:
                if table := tables.get(key):
                    table.collect(resource, found)
        return found


def _collect_here(here: _Here, resource: Resource, found: dict[Entry, None]) -> None:
    for kind, name, protocol, entry in here:
        if (
            (not kind or kind == resource.kind)
            and (not name or name == resource.name)
            and (not protocol or protocol == resource.protocol)
        ):
            found[entry] = None


def _collect(filed: _Filed, resource: Resource, found: dict[Entry, None]) -> None:
    for target, entry in filed:
        if target.matches(resource):
            found[entry] = None
