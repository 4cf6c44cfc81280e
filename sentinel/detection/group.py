"""From matches to alerts: matches of one rule about one entity that follow each other closely are one alert.

A match within the rule's `window` of the last one joins: same id, a higher count, a later end. What counts is matches:
a correlation's first match counts one and brings all members of its window as evidence. The id is a digest of
the rule, the entity and the first match's event, so that a replay gives the same ids.

What a peer can make grow is bounded: the open alerts, the evidence and related names of each, and every text in it.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sentinel.detection import cut
from sentinel.detection.correlate import Match
from sentinel.detection.recall import ADDRESSES, HOSTS, IDENTITY, USERS, Recalled, revived
from sentinel.detection.rule import Correlation, Rule
from sentinel.model.alert import Alert, Clause, Evidence, RuleRef
from sentinel.model.event import Event, Fields, Scalar, Value

MAX_GROUPS = 100_000
_FIRST = 20
_LATEST = 20
_RELATED = 100

Entity = tuple[tuple[str, Scalar], ...]


def _scalars(value: Value | None) -> tuple[Scalar, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def entity_of(names: Iterable[str], match: Match) -> Entity:
    """Who or what a match is about: the fields that are known."""
    found = []
    for name in names:
        values = _scalars(match.key.get(name) or match.event.fields.get(name))
        if values:
            one = values[0] if len(values) == 1 else ",".join(map(str, values))
            found.append((name, cut.told_apart(one) if isinstance(one, str) else one))
    return tuple(found)


@dataclass(slots=True)
class Group:
    """An open alert."""

    id: str
    entity: Entity
    ref: RuleRef
    window: int
    why: Clause
    first: int
    last: int
    fields: dict[str, Value]
    count: int = 0
    head: list[Evidence] = field(default_factory=list)
    tail: deque[Evidence] = field(default_factory=deque)
    users: dict[str, None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    mark: tuple[int, str] = (-1, "")
    fresh: dict[str, Event] = field(default_factory=dict)

    def join(self, match: Match) -> None:
        """Take one more match."""
        self.count += 1
        # members of overlapping windows come again: what is not after the last one taken is known
        members = match.members(self.mark[0])
        for event in members:
            if (event.time, event.id) > self.mark and event.id not in self.known:
                self._take(event)
        if match.event.id not in self.known and match.event.time <= self.mark[0]:
            self._take(match.event)  # late
        times = [match.event.time, *(event.time for event in members)]
        self.first, self.last = min(self.first, *times), max(self.last, *times)

    def _take(self, event: Event) -> None:
        self.mark = max(self.mark, (event.time, event.id))
        self.known.add(event.id)
        self.fresh[event.id] = event
        evidence = Evidence(event.id, event.kind, event.time, event.source, event.packet)
        if len(self.head) < _FIRST:
            self.head.append(evidence)
        else:
            self.tail.append(evidence)
            if len(self.tail) > _LATEST:
                gone = self.tail.popleft().event_id
                self.known.discard(gone)
                self.fresh.pop(gone, None)
        self._relate(event.fields)

    def _relate(self, fields: Fields) -> None:
        for name in USERS:
            users = _scalars(fields.get(name))
            if users:
                _note(self.users, users)
                break
        for names, noted in ((ADDRESSES, self.addresses), (HOSTS, self.hosts)):
            for name in names:
                _note(noted, _scalars(fields.get(name)))
        self._complete(fields)

    def _complete(self, fields: Fields) -> None:
        """Learn an identity that the first event did not know, unless this event is about somebody else."""
        learnt = {name: cut.value(value) for name in IDENTITY if (value := fields.get(name)) is not None}
        if all(self.fields.get(name, value) == value for name, value in learnt.items()):
            self.fields.update(learnt)

    def alert(self) -> Alert:
        """The alert as it stands."""
        related: dict[str, Value] = {
            "related.user": tuple(self.users), "related.ip": tuple(self.addresses), "related.hosts": tuple(self.hosts),
        }  # fmt: skip
        fields = self.fields | {name: values for name, values in related.items() if values}
        evidence = (*self.head, *self.tail)
        return Alert(self.id, self.ref, self.entity, self.first, self.last, self.count, fields, evidence, self.why)

    def proofs(self) -> tuple[Event, ...]:
        """Events newly referenced since this was last asked."""
        fresh = tuple(event for event in self.fresh.values() if not isinstance(event, Recalled))
        self.fresh.clear()
        return fresh


def _note(noted: dict[str, None], values: Iterable[Scalar]) -> None:
    for value in values:
        if value != "" and len(noted) < _RELATED:
            noted[cut.shown(str(value))] = None


class Groups:
    """The open alerts; the one idle for longest is closed when there are too many."""

    def __init__(self, most: int = MAX_GROUPS) -> None:
        self._most = most
        self._open: OrderedDict[tuple[str, Entity], Group] = OrderedDict()

    def join(self, document: Rule | Correlation, match: Match, why: Callable[[], Clause]) -> Group:
        """The alert that a match belongs to, with the match in it; `why` explains the first one."""
        entity = entity_of(document.entity, match)
        key = (document.key, entity)
        group = self._open.pop(key, None)
        if group is None or not group.first - document.window <= match.event.time <= group.last + document.window:
            group = _opened(document, entity, match, why())
        group.ref, group.window = document.ref, document.window  # the rule may have been reloaded
        group.join(match)
        self._open[key] = group
        self._close(group.last)
        return group

    def _close(self, now: int) -> None:
        """Close the alerts idlest of all while no match can join them, or while there are too many."""
        while len(self._open) > 1:
            oldest = next(iter(self._open.values()))
            if oldest.last + oldest.window >= now and len(self._open) <= self._most:
                return
            self._open.popitem(last=False)

    def keep(self, keys: Iterable[str]) -> None:
        """Close the alerts of all other rules."""
        wanted = frozenset(keys)
        for key in [key for key in self._open if key[0] not in wanted]:
            del self._open[key]

    def clear(self) -> None:
        """Close all."""
        self._open.clear()

    def dump(self) -> list[object]:
        """The open alerts in JSON's terms."""
        return [[key, list(map(list, entity)), _dump(group)] for (key, entity), group in self._open.items()]

    def load(self, dumped: object, documents: Mapping[str, Rule | Correlation]) -> None:
        """Take back what `dump` gave, of rules that are still there."""
        self.clear()
        for key, pairs, group in dumped if isinstance(dumped, list) else ():
            if key in documents:
                entity = tuple((name, value) for name, value in pairs)
                self._open[key, entity] = _load(group, entity, documents[key])


def _opened(document: Rule | Correlation, entity: Entity, match: Match, why: Clause) -> Group:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([document.key, entity, match.event.id]).encode())
    known = match.event.fields.items()
    fields = {name: cut.value(value) for name, value in known if not name.endswith(".payload.head")}
    time = match.event.time
    return Group(digest.hexdigest(), entity, document.ref, document.window, cut.clause(why), time, time, fields)


def _dump(group: Group) -> dict[str, object]:
    return {
        "id": group.id, "why": _dump_clause(group.why), "first": group.first, "last": group.last,
        "fields": group.fields, "count": group.count, "mark": list(group.mark),
        "head": [_row(one) for one in group.head], "tail": [_row(one) for one in group.tail],
        "related": [list(group.users), list(group.addresses), list(group.hosts)],
    }  # fmt: skip


def _row(one: Evidence) -> list[object]:
    return [one.event_id, one.kind, one.time, one.source, one.packet]


def _load(dumped: dict[str, object], entity: Entity, document: Rule | Correlation) -> Group:
    saved = _Saved(dumped)
    users, addresses, hosts = (dict.fromkeys(map(str, names)) for names in saved.rows("related"))
    head, tail = ([Evidence(*row) for row in saved.rows(name)] for name in ("head", "tail"))  # type: ignore[arg-type]  # as dumped
    mark = saved.rows("mark")
    return Group(
        str(dumped["id"]), entity, document.ref, document.window, _clause(dumped["why"]),
        saved.int("first"), saved.int("last"), saved.fields(), saved.int("count"), head, deque(tail), users, addresses, hosts,
        {one.event_id for one in (*head, *tail)}, (int(str(mark[0])), str(mark[1])),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Saved:
    values: Mapping[str, object]

    def int(self, name: str) -> int:
        return int(str(self.values[name]))

    def rows(self, name: str) -> list[list[object]]:
        found = self.values[name]
        return found if isinstance(found, list) else []

    def fields(self) -> dict[str, Value]:
        found = self.values["fields"]
        return dict(revived(found)) if isinstance(found, dict) else {}


def _dump_clause(clause: Clause) -> list[object]:
    return [clause.text, clause.held, clause.field, clause.value, [_dump_clause(child) for child in clause.children]]


def _clause(dumped: object) -> Clause:
    if not isinstance(dumped, list):
        raise TypeError("expected a dumped clause")
    text, held, name, value, children = dumped
    return Clause(text, held, name, tuple(value) if isinstance(value, list) else value, tuple(map(_clause, children)))
