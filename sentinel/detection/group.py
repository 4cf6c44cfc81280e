"""From matches to alerts: matches of one rule about one entity that follow each other closely are one alert.

A match within the rule's `window` of the last one joins: same id, a higher count, a later end. What counts is matches:
a correlation's first match counts one and brings all members of its window as evidence. The id is a digest of
the rule, the entity and the first match's event, so that a replay gives the same ids.

What a peer can make grow is bounded: the open alerts, the evidence and related names of each, and every text in it. So
is what people are shown: of a rule that fires for more entities within its window than its `flood`, the others share one
alert, with how many they are and examples.
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
_EXAMPLES = 20
_NOBODY = (None, ())
_COUNTED = 10_000  # entities of a flood that are told apart; beyond that it is "at least"
FLOODED = "rule.name"
"""What an alert for a flood of entities is about: its rule."""
ENTITIES, EXAMPLES, CONFIDENCE = "fiveg.alert.entities", "fiveg.alert.examples", "fiveg.alert.confidence"

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
    confirmed: bool = False  # a match came while the mirror showed what there is
    shared: bool = False  # it is about many entities
    entities: dict[str, None] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def join(self, match: Match, *, confirmed: bool = True) -> None:
        """Take one more match."""
        self.count += 1
        self.confirmed |= confirmed
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
        get = fields.get
        user = next((value for name in USERS if (value := get(name)) not in _NOBODY), None)
        _note(self.users, user)
        for names, noted in ((ADDRESSES, self.addresses), (HOSTS, self.hosts)):
            for name in names:
                _note(noted, get(name))
        if not self.shared:
            self._complete(get)

    def count_in(self, entity: Entity) -> None:
        """One more match of a flood is about this entity."""
        digest = hashlib.blake2b(json.dumps(entity).encode(), digest_size=8).hexdigest()
        if digest in self.entities or len(self.entities) >= _COUNTED:
            return
        self.entities[digest] = None
        if len(self.examples) < _EXAMPLES:
            self.examples.append(", ".join(f"{name}={value}" for name, value in entity) or "-")

    def _complete(self, get: Callable[[str], Value | None]) -> None:
        """Learn an identity that the first event did not know, unless this event is about somebody else."""
        learnt = {name: cut.value(value) for name in IDENTITY if (value := get(name)) is not None}
        if all(self.fields.get(name, value) == value for name, value in learnt.items()):
            self.fields.update(learnt)

    def alert(self) -> Alert:
        """The alert as it stands."""
        related: dict[str, Value] = {
            "related.user": tuple(self.users), "related.ip": tuple(self.addresses), "related.hosts": tuple(self.hosts),
        }  # fmt: skip
        fields = self.fields | {name: values for name, values in related.items() if values}
        if self.shared:
            fields |= {ENTITIES: len(self.entities), EXAMPLES: tuple(self.examples)}
        if not self.confirmed:
            fields[CONFIDENCE] = "unconfirmed"
        evidence = (*self.head, *self.tail)
        return Alert(self.id, self.ref, self.entity, self.first, self.last, self.count, fields, evidence, self.why)

    def proofs(self) -> tuple[Event, ...]:
        """Events newly referenced since this was last asked."""
        fresh = tuple(event for event in self.fresh.values() if not isinstance(event, Recalled))
        self.fresh.clear()
        return fresh


def _note(noted: dict[str, None], found: Value | None) -> None:
    if found is None or found in noted:  # nearly always: most that follows is about the same ones
        return
    for value in _scalars(found):
        if value != "" and len(noted) < _RELATED:
            noted[cut.shown(str(value))] = None


class Groups:
    """The open alerts; the one idle for longest is closed when there are too many."""

    def __init__(self, most: int = MAX_GROUPS) -> None:
        self._most = most
        self._open: OrderedDict[tuple[str, Entity], Group] = OrderedDict()
        self._opened: dict[str, deque[int]] = {}  # when alerts of single entities were opened, by rule

    def join(
        self, document: Rule | Correlation, match: Match, why: Callable[[], Clause], *, confirmed: bool = True
    ) -> Group:
        """The alert that a match belongs to, with the match in it; `why` explains the first one."""
        entity = entity_of(document.entity, match)
        key = (document.key, entity)
        group = self._current(key, document, match)
        if group is None:
            if self._floods(document, match.event.time):
                return self._flood(document, match, entity, why, confirmed=confirmed)
            group = _opened(document, entity, match, why())
        return self._joined(key, group, document, match, confirmed=confirmed)

    def _current(self, key: tuple[str, Entity], document: Rule | Correlation, match: Match) -> Group | None:
        """The open alert that the match is close enough to."""
        group = self._open.get(key)
        if group is None or not group.first - document.window <= match.event.time <= group.last + document.window:
            return None
        return group

    def _joined(
        self, key: tuple[str, Entity], group: Group, document: Rule | Correlation, match: Match, *, confirmed: bool
    ) -> Group:
        self._open.pop(key, None)
        group.ref, group.window = document.ref, document.window  # the rule may have been reloaded
        group.join(match, confirmed=confirmed)
        self._open[key] = group
        self._close(group.last)
        return group

    def _floods(self, document: Rule | Correlation, time: int) -> bool:
        """Whether the rule has opened its share of alerts within its window; if not, this is one more."""
        opened = self._opened.setdefault(document.key, deque())
        while opened and opened[0] < time - document.window:
            opened.popleft()
        if len(opened) >= document.flood:
            return True
        opened.append(max(time, opened[-1]) if opened else time)
        return False

    def _flood(
        self, document: Rule | Correlation, match: Match, entity: Entity, why: Callable[[], Clause], *, confirmed: bool
    ) -> Group:
        """The one alert for all entities beyond the rule's share."""
        everybody: Entity = ((FLOODED, document.ref.slug),)
        key = (document.key, everybody)
        group = self._current(key, document, match) or _opened(document, everybody, match, why(), shared=True)
        group.count_in(entity)
        return self._joined(key, group, document, match, confirmed=confirmed)

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
        self._opened = {key: times for key, times in self._opened.items() if key in wanted}
        for key in [key for key in self._open if key[0] not in wanted]:
            del self._open[key]

    def clear(self) -> None:
        """Close all."""
        self._open.clear()
        self._opened.clear()

    def opened(self) -> dict[str, list[int]]:
        """When alerts of single entities were opened, in JSON's terms."""
        return {key: list(times) for key, times in self._opened.items()}

    def reopen(self, opened: object) -> None:
        """Take back what `opened` gave."""
        self._opened = {key: deque(times) for key, times in opened.items()} if isinstance(opened, dict) else {}

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


def _opened(document: Rule | Correlation, entity: Entity, match: Match, why: Clause, *, shared: bool = False) -> Group:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([document.key, entity, match.event.id]).encode())
    known = () if shared else match.event.fields.items()
    fields = {name: cut.value(value) for name, value in known if not name.endswith(".payload.head")}
    time = match.event.time
    ref, window = document.ref, document.window
    return Group(digest.hexdigest(), entity, ref, window, cut.clause(why), time, time, fields, shared=shared)


def _dump(group: Group) -> dict[str, object]:
    return {
        "id": group.id, "why": _dump_clause(group.why), "first": group.first, "last": group.last,
        "fields": group.fields, "count": group.count, "mark": list(group.mark),
        "head": [_row(one) for one in group.head], "tail": [_row(one) for one in group.tail],
        "related": [list(group.users), list(group.addresses), list(group.hosts)], "confirmed": group.confirmed,
        "shared": group.shared, "entities": list(group.entities), "examples": group.examples,
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
        {one.event_id for one in (*head, *tail)}, (int(str(mark[0])), str(mark[1])), {},
        dumped.get("confirmed") is not False, dumped.get("shared") is True,
        dict.fromkeys(saved.texts("entities")), saved.texts("examples"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Saved:
    values: Mapping[str, object]

    def int(self, name: str) -> int:
        return int(str(self.values[name]))

    def rows(self, name: str) -> list[list[object]]:
        found = self.values[name]
        return found if isinstance(found, list) else []

    def texts(self, name: str) -> list[str]:
        found = self.values.get(name)
        return [str(one) for one in found] if isinstance(found, list) else []

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
