"""State: what is true now. It states facts; rules hold opinions (docs/architecture.md; docs/facts.md lists them).

For every event, in order: deadlines that are over are judged, the facts are read off the world before the event, the
world takes the event in, and the event is resolved to a terminal in the world after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sentinel.errors import StoreError
from sentinel.model.event import AnnotatedEvent, Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.plugins import discover
from sentinel.site import SitePlan
from sentinel.state import facts as _facts
from sentinel.state.base import Fact
from sentinel.state.contexts import UeContexts
from sentinel.state.ledger import Ledger
from sentinel.state.sessions import Sessions
from sentinel.state.table import sizes_of
from sentinel.state.world import World, protocol_of

PLUGINS = discover(_facts, Fact)  # type: ignore[type-abstract]  # an abstract base is what is asked for

IDENTITY: dict[str, FieldSpec] = {
    "fiveg.identity_source": FieldSpec(FieldType.KEYWORD, "how the SUPI was learnt: N4, N2, register", "身份来源"),
    "fiveg.ue.subject": FieldSpec(
        FieldType.KEYWORD,
        "the terminal: SUPI, else SUCI, else 5G-TMSI, else its N2 context",
        "终端（SUPI、SUCI、5G-TMSI 或 N2 上下文）",
    ),
    "fiveg.gnb.address": FieldSpec(FieldType.IP, "N2 address of the RAN node", "基站 N2 地址"),
}
FACTS: dict[str, FieldSpec] = IDENTITY | {name: spec for plugin in PLUGINS for name, spec in plugin.fields.items()}
DERIVED = frozenset(kind for plugin in PLUGINS for kind in plugin.derives)
"""Kinds of events that State makes, and nothing else."""
_MUTE = frozenset({"flow", "gtpu", "modbus", "s7comm", "iec104", "dnp3", "enip", "cip", "opcua", "mqtt", "dns", "tls"})
_NAMES_TERMINAL = ("ngap.", "nas.", "pfcp.session_", "gtpu.", "flow.")


_Of = Callable[[Event, World], Mapping[str, Value]]
_Wanted = tuple[list[_Of], bool | None, bool]


class State:
    """Annotates events with facts and identity. `events` and `resolved` count those that concern a terminal."""

    def __init__(self, site: SitePlan | None = None, ledger: Ledger | None = None) -> None:
        self._world = World(site, ledger)
        self._facts = [plugin() for plugin in PLUGINS]
        self._wanted: dict[str, _Wanted] = {}
        self._topics = {topic: fact for fact in self._facts for topic in fact.topics}
        self._once = frozenset(topic for fact in self._facts for topic in fact.once)
        self.events = 0
        self.resolved = 0

    @property
    def evicted(self) -> int:
        """Entries that full tables of the world had to forget; what facts keep of late forgets the oldest by design."""
        lost = self._world.deadlines.lost
        return lost + sum(table.evicted for table in self._world.tables.values())

    def sizes(self) -> dict[str, tuple[int, int, int]]:
        """Entries, cap and evicted entries of every table, those of facts among them."""
        holders: dict[str, object] = dict(self._world.tables)
        holders |= {type(fact).__name__: fact for fact in self._facts}
        found = {
            f"{name}.{part}": (entries, cap, evicted)
            for name, holder in holders.items()
            for part, entries, cap, evicted in sizes_of(holder)
        }
        deadlines = self._world.deadlines
        return found | {"deadlines": (len(deadlines), deadlines.cap, deadlines.lost)}

    @property
    def sessions(self) -> Sessions:
        """The sessions of the user plane."""
        return self._world.sessions

    @property
    def contexts(self) -> UeContexts:
        """The contexts on N2."""
        return self._world.contexts

    def learning(self, now: int) -> bool:
        """The site is being learnt, because there is no plan."""
        return self._world.learning(now)

    def take(self, event: Event, clock: str = "") -> list[Event]:
        """What follows from the time having come, and the event, annotated; `clock` says whose time it is."""
        world, now = self._world, event.time
        world.now, world.deadlines.clock = now, clock
        if world.deadlines.next() > now:
            return [self.observe(event)]
        return [*self._due(now), self.observe(event)]

    def unseen(self, since: int, until: int, clock: str = "") -> None:
        """A live source was not watched meanwhile: what could not be seen is not missing."""
        self._world.deadlines.clock = clock
        for topic, data in self._world.deadlines.unseen(since, until, self._once):
            self._topics[topic].unseen(topic, data)

    def observe(self, event: Event) -> Event:
        """The event, annotated; the world has taken it in."""
        world, seen = self._world, AnnotatedEvent(event)
        world.begin(seen.time)
        wanted, counted, mute = self._wanted.get(seen.kind) or self._want(seen.kind)
        facts: dict[str, Value] = {}
        for of in wanted:
            found = of(seen, world)
            if found:
                facts.update(found)
        fields, whose = seen.fields, world.observe(seen)
        if mute or fields.keys().isdisjoint(whose):
            facts.update(whose)
        else:
            facts.update({name: value for name, value in whose.items() if fields.get(name) is None})
        if counted is None or (counted and "fiveg.ran_ue_ngap_id" in fields):
            self.events += 1
            self.resolved += "fiveg.supi" in facts or "fiveg.supi" in fields
        if facts:
            seen.lay(facts)
        return seen

    def _due(self, now: int) -> Iterator[Event]:
        for when, topic, data in self._world.deadlines.met(now):
            fact = self._topics.get(topic)
            if fact is not None:
                yield from fact.due(when, topic, data, self._world)

    def _want(self, kind: str) -> _Wanted:
        """The facts that look at a kind, whether it concerns a terminal, and whether it never says itself whose it is.

        It concerns one: none is always, true where it names one.
        """
        family = protocol_of(kind) + ".*"
        facts: list[_Of] = [fact.of for fact in self._facts if kind in fact.kinds or family in fact.kinds]
        counted = (True if kind.startswith("ngap.") else None) if kind.startswith(_NAMES_TERMINAL) else False
        self._wanted[kind] = found = (facts, counted, protocol_of(kind) in _MUTE)
        return found

    def state(self) -> dict[str, Any]:
        """All that is to outlive a restart; it goes on changing with the next event."""
        own = {type(fact).__qualname__: vars(fact) for fact in self._facts if vars(fact)}
        return {"world": self._world.state(), "facts": own, "counts": (self.events, self.resolved)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave; raises `StoreError`, and is of no use then."""
        try:
            self._world.restore(state["world"])
            for fact in self._facts:
                vars(fact).update(state["facts"].get(type(fact).__qualname__, {}))
            self.events, self.resolved = state["counts"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError(f"what was remembered does not fit: {error}") from error
