"""The candidate index, and engine C: which few rules can be about a request, and their conditions as functions.

A rule is filed under its site, each of its subjects and each of its targets. A target is one address and port (looked
up), a network (looked up once for each prefix length that occurs), or a name. What is found meets subject, site and
resource; only action and conditions are left to be judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sentinel.access.conditions import Test
from sentinel.access.rule import Rule, verbs
from sentinel.access.target import ALL_ADDRESSES, Target
from sentinel.model.access import Effect, Facts, Request, Resource


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A rule, ready to be judged by either engine."""

    id: str
    rule: Rule
    row: list[str]
    allow: bool
    actions: frozenset[str]
    test: Test
    timed: bool = False  # whether it asks for hours

    @classmethod
    def of(cls, rule: Rule) -> Entry:
        """Compile a rule."""
        timed = any(atom.name == "minute" for atom in rule.atoms)
        actions = verbs("|".join(rule.actions))
        return cls(rule.id, rule, rule.row, rule.effect is Effect.ALLOW, actions, _compiled(rule), timed)


def _compiled(rule: Rule) -> Test:
    tests = tuple(atom.closure(rule.effect) for atom in rule.atoms)
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)

    def every(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110  # a generator costs more than all of the tests
            if not test(facts):
                return False
        return True

    return every


_Filed = list[tuple[Target, Entry]]


@dataclass(slots=True)
class _Table:
    """What is filed under one subject at one site."""

    exact: dict[tuple[int, int], _Filed] = field(default_factory=dict)
    networks: dict[int, dict[int, _Filed]] = field(default_factory=dict)  # bits that are free to first address
    named: dict[str, _Filed] = field(default_factory=dict)
    wide: _Filed = field(default_factory=list)

    def put(self, target: Target, entry: Entry) -> None:
        self._place(target).append((target, entry))

    def _place(self, target: Target) -> _Filed:
        if target.addresses == ALL_ADDRESSES:
            return self.named.setdefault(target.name, []) if target.name else self.wide
        if target.single:
            return self.exact.setdefault((target.addresses[0], target.ports[0]), [])
        free = (target.addresses[1] - target.addresses[0]).bit_length()
        return self.networks.setdefault(free, {}).setdefault(target.addresses[0] >> free, [])

    def collect(self, resource: Resource, found: dict[str, Entry]) -> None:
        places = [self.wide] if self.wide else []
        if place := self.exact.get((resource.number, resource.port)):
            places.append(place)
        if place := self.named.get(resource.name):
            places.append(place)
        for free, nets in self.networks.items():
            if place := nets.get(resource.number >> free):
                places.append(place)
        for place in places:
            for target, entry in place:
                if entry.id not in found and target.matches(resource):
                    found[entry.id] = entry


class Index:
    """All rules, by whom and what they are about."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._sites: dict[str, dict[str, _Table]] = {}
        self.entries = {rule.id: Entry.of(rule) for rule in rules}
        for entry in self.entries.values():
            tables = self._sites.setdefault(entry.rule.site, {})
            for subject in entry.rule.subjects:
                table = tables.setdefault(subject, _Table())
                for target in entry.rule.targets:
                    table.put(target, entry)

    def candidates(self, request: Request) -> list[Entry]:
        """The rules whose subject, site and resource are the request's, each once."""
        found: dict[str, Entry] = {}
        tables = self._sites.get(request.site)
        if tables:
            for key in request.subject.keys:
                if table := tables.get(key):
                    table.collect(request.resource, found)
        return list(found.values())
