"""The world as State knows it: the site plan, what was learnt, and the tables; facts are read off it."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sentinel import site as plan
from sentinel.model.event import Event, Value
from sentinel.site import Network, SitePlan
from sentinel.state import nas
from sentinel.state.associations import Associations
from sentinel.state.bounded import Bounded
from sentinel.state.contexts import UeContext, UeContexts, ids_of
from sentinel.state.deadlines import Deadlines
from sentinel.state.fields import text, texts
from sentinel.state.gnbs import ANNOUNCING, Gnbs
from sentinel.state.ledger import Ledger
from sentinel.state.permits import Permits
from sentinel.state.planes import PLANES, Planes
from sentinel.state.sessions import Session, Sessions
from sentinel.state.table import Table
from sentinel.state.terminals import Terminal, Terminals

LEARNING = 600 * 10**9  # ns after the first event in which a site without a plan is taken as it is
SWEEP = 10 * 10**9  # ns between two looks for what may be forgotten
_DELETION = frozenset({"pfcp.session_deletion_request", "pfcp.session_deletion_response"})
_ENDING = frozenset({"ngap.ng_setup_response", "ngap.ng_reset"})
_SIGHTINGS = frozenset({"nas.registration_request", "nas.registration_accept", "nas.service_request"})


class _Way(NamedTuple):
    """What is done with events of a kind: the plane they are heard on, who learns of them, and who says whose they are."""

    plane: str
    learn: Callable[[Event], None] | None
    whose: Callable[[Event], Mapping[str, Value]]


class World(Table):
    """What is true now, as of the last event observed."""

    kept = ("learnt_gnbs", "learnt_n4", "_first", "_forgotten")

    def __init__(self, site: SitePlan | None, ledger: Ledger | None = None) -> None:
        self.site = site
        self.associations = Associations(site.amfs if site else frozenset())
        self.gnbs = Gnbs(site)
        self.sessions = Sessions(ledger)
        self.contexts = UeContexts(self.associations, self.sessions, ledger)
        self.terminals = Terminals()
        self.planes = Planes()
        self.deadlines = Deadlines()
        # Where no plan lists them: gNB id and address, and N4 addresses.
        self.learnt_gnbs: Bounded[tuple[str, str], None] = Bounded(10_000)
        self.learnt_n4: Bounded[str, None] = Bounded(10_000)
        self.now = 0  # packet time of the event that is being taken in
        self._first: int | None = None
        self._forgotten = 0
        self._asked: tuple[Event, Session | None] | None = None
        self._way = functools.lru_cache(4096)(self._way_of)
        self.permits = Permits(site)
        self.register: dict[str, plan.Terminal] = {each.supi: each for each in site.terminals} if site else {}
        self._registered = {terminal.ip: terminal for terminal in site.terminals if terminal.ip} if site else {}
        self._in_pools = functools.lru_cache(65536)(functools.partial(_within, site.ue_pools if site else ()))
        self._in_core = functools.lru_cache(65536)(functools.partial(_within, site.core_networks if site else ()))

    @property
    def tables(self) -> dict[str, Table]:
        """All tables, by name."""
        return {
            "world": self, "associations": self.associations, "gnbs": self.gnbs, "sessions": self.sessions,
            "contexts": self.contexts, "terminals": self.terminals, "planes": self.planes, "deadlines": self.deadlines,
        }  # fmt: skip

    def state(self) -> dict[str, Any]:
        """All that is to outlive a restart."""
        return {name: table.dump() for name, table in self.tables.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave."""
        for name, table in self.tables.items():
            table.load(state[name])
        self._asked = None

    def begin(self, now: int) -> None:
        """Something is heard; the first time, it starts the time of learning."""
        if self._first is None:
            self._first = now

    def learning(self, now: int) -> bool:
        """There is no site plan, and the first ten minutes are not over."""
        return self.site is None and self.warming(now)

    def warming(self, now: int) -> bool:
        """The monitor is younger than ten minutes: what began before it is not known."""
        return self._first is None or now - self._first <= LEARNING

    @property
    def first(self) -> int:
        """When the monitor heard something for the first time."""
        return self._first or 0

    def speaks_gtpu(self, address: str) -> bool | None:
        """The address is a UPF's, a base station's or, on N4-u, an SMF's; none while that is learnt, or nobody tells."""
        if self.site is not None and self.site.n3_peers:
            return address in self.site.n3_peers or address in self.site.n4_peers or self.gnbs.is_n3(address)
        known = self.sessions.ends_at(address) or self.gnbs.is_n3(address) or address in self.learnt_n4
        told = self.planes.of("N2") is not None or self.planes.of("N4") is not None
        return known or (False if told and not self.warming(self.now) else None)

    def in_ue_pool(self, address: str) -> bool:
        """The address belongs to terminals."""
        return self._in_pools(address)

    def core_function(self, address: str) -> str:
        """The name of the core function or gNB at this address (the address where it has none); empty: not the core.

        An asset of the register is no core function even where its address lies in a core network: edge hosts and
        name servers may share one.
        """
        if self.site is not None:
            if address in self.site.asset_addresses:
                return ""
            return self.site.functions.get(address) or (address if self._in_core(address) else "")
        known = address in self.learnt_n4 or self.associations.holds(address) or self.sessions.ends_at(address)
        return address if known else ""

    def seen_whole(self, address: str) -> bool:
        """All sessions of the base station with this N3 address began while the monitor watched."""
        return not self.warming(self.now) or self.gnbs.seen_whole(address)

    def observe(self, event: Event) -> Mapping[str, Value]:
        """Bring the tables up to the event; fields that say whose it is and where in the radio network, as far as known."""
        now = self.now = event.time
        way = self._way(event.kind)
        if way.plane or event.fields.get("fiveg.gtpu.teid") is not None:
            change = self.planes.observe(event, way.plane or "N3", self.deadlines.watched)
            if change:
                self.deadlines.add(now, *change)
        if way.learn is not None:
            way.learn(event)
        if now - self._forgotten > SWEEP or now < self._forgotten:
            self._forgotten = now
            self.sessions.forget(now)
            self.contexts.forget(now)
        return way.whose(event)

    def _way_of(self, kind: str) -> _Way:
        protocol = protocol_of(kind)
        plane = PLANES.get(protocol, "")
        match protocol:
            case "ngap" | "nas" | "sctp":
                return _Way(plane, self._learn_n2, self._identity_n2)
            case "pfcp":
                return _Way(plane, self._learn_n4, self._identity_n4)
            case _:
                return _Way(plane, None, self._identity_n3 if protocol in ("gtpu", "flow") else self._identity_inner)

    def _learn_n2(self, event: Event) -> None:
        protocol = protocol_of(event.kind)
        if protocol != "nas":
            self.associations.observe(event)
            if event.kind in ANNOUNCING:
                self.gnbs.observe(event)
            if event.kind in _ENDING:
                self._end(event)
        if protocol != "sctp":
            context = self.contexts.observe(event)
            if context is not None:
                self._meet(context, event, protocol)

    def _learn_n4(self, event: Event) -> None:
        if not self._may_speak_pfcp(event):
            return
        session = self.sessions.outstanding(event) if event.kind.endswith("establishment_response") else None
        self.sessions.observe(event)
        if session is not None and session.ref and session.identity.supi:
            self._has(session, event.time)

    def _end(self, event: Event) -> None:
        """NG Setup and NG Reset end all contexts of a base station, or some (TS 38.413, 8.7.1 and 8.7.4)."""
        key = self.associations.key(event)
        if event.kind == "ngap.ng_setup_response" or text(event.fields, "fiveg.ngap.reset_type") == "ng_interface":
            self.contexts.end_all(key[0][0], event.time)
            return
        for amf_id in texts(event.fields, "fiveg.ngap.reset.amf_ue_ngap_id"):
            context = self.contexts.named(key[1][0], amf_id, event.time)
            if context is not None and context.association == key:
                self.contexts.end(context, event.time)

    def _meet(self, context: UeContext, event: Event, protocol: str) -> None:
        if protocol == "nas":
            nas.observe(context, event)
        elif event.kind == "ngap.handover_command" and context.target and context.association is not None:
            self.gnbs.meet(context.association[0][0], self.gnbs.address_of(context.target))
        for session in context.sessions.values():
            session.touched = event.time
        if context.identity.supi:
            self._sight(context, context.identity.supi, event, protocol)

    def _sight(self, context: UeContext, supi: str, event: Event, protocol: str) -> None:
        """The terminal has a name: remember it."""
        self.terminals.in_context(supi, context, event.time, placed=event.fields.get("fiveg.nci") is not None)
        if context.handover == event.time and context.association is not None and context.others:
            self.gnbs.meet(context.association[0][0], context.others[-1][0][0])
        if protocol == "ngap" and event.fields.get("fiveg.pdu_session.id") is not None:
            for session in context.sessions.values():
                if session.ended is None:
                    self._has(session, event.time)
        elif event.kind in _SIGHTINGS:
            self.terminals.meet(supi, event.time).seen = event.time
        if context.identity.pei and event.fields.get("fiveg.pei") is not None:
            self.terminals.in_device(supi, context.identity.pei, event.time)

    def _has(self, session: Session, now: int) -> None:
        if not session.identity.supi:
            return
        self.terminals.has_session(session.identity.supi, session, now)
        if session.creator and session.identity.pei:
            self.terminals.in_device(session.identity.supi, session.identity.pei, now)

    def terminal(self, supi: str, now: int) -> Terminal | None:
        """What is remembered of a subscriber, unless it was learnt after `now`."""
        return self.terminals.of(supi, now) if supi else None

    def supi_of(self, event: Event) -> str:
        """The subscriber of an event, as far as it is known before it."""
        supi = text(event.fields, "fiveg.supi")
        if supi:
            return supi
        protocol = protocol_of(event.kind)
        if protocol in ("ngap", "nas"):
            context = self.contexts.of(event) if event.kind != "ngap.initial_ue_message" else None
            identity = self.contexts.of_tmsi(text(event.fields, "fiveg.tmsi"), event.time)
            known = (context.identity.supi if context else "") or (identity.supi if identity else "")
            return known or self._supi_of_tunnel(event)
        session = self.session_of(event)
        if session is not None and session.identity.supi:
            return session.identity.supi
        terminal = self._registered.get(text(event.fields, "source.ip"))
        return terminal.supi if terminal and protocol != "pfcp" else ""

    def supi_at(self, address: str) -> str:
        """The subscriber who has an address now, or by the register."""
        session = self.sessions.of_address(address, self.now)
        if session is not None and session.identity.supi:
            return session.identity.supi
        terminal = self._registered.get(address)
        return terminal.supi if terminal is not None else ""

    def _supi_of_tunnel(self, event: Event) -> str:
        """Whom N4 named for the tunnel that N2 sets up now."""
        ends = [text(event.fields, f"fiveg.ngap.ul.{part}") for part in ("address", "teid")]
        session = self.sessions.of_tunnel(ends[0], ends[1], event.time) if all(ends) else None
        return session.identity.supi if session is not None else ""

    def cell_of(self, event: Event) -> str:
        """The cell of an N2 event: its own, or that of its context."""
        if nci := text(event.fields, "fiveg.nci"):
            return nci
        context = self.contexts.of(event)
        return context.nci if context is not None else ""

    def session_of(self, event: Event) -> Session | None:
        """The session that an event of N3 or N4, or of a flow inside a tunnel, belongs to."""
        if self._asked is None or self._asked[0] is not event:
            found = self._session_n4(event) if event.kind.startswith("pfcp.") else self._session_n3(event)
            self._asked = (event, found)
        return self._asked[1]

    def _may_speak_pfcp(self, event: Event) -> bool:
        """What a stranger says of sessions is not learnt; that a UPF deletes one for him is true all the same."""
        peers = self.site.n4_peers if self.site is not None else None
        ends = {text(event.fields, "source.ip"), text(event.fields, "destination.ip")}
        if event.kind in _DELETION:
            return not peers or bool(ends & peers)
        return not peers or ends <= peers

    def _identity_n4(self, event: Event) -> Mapping[str, Value]:
        session = self._session_n4(event)  # not as it was before the event
        if session is not None:
            return session.facts()
        return {"fiveg.identity_source": "N4"} if text(event.fields, "fiveg.supi") else {}  # it says so itself

    def _identity_inner(self, event: Event) -> Mapping[str, Value]:
        session = self.session_of(event)
        return session.facts() if session is not None else {}

    def _identity_n3(self, event: Event) -> Mapping[str, Value]:
        session = self.session_of(event)
        return session.facts() if session is not None else self._identity_register(event)

    def _identity_n2(self, event: Event) -> Mapping[str, Value]:
        facts: dict[str, Value] = {"fiveg.gnb.address": self.associations.key(event)[0][0]}
        association = self.associations.of(event)
        if association is not None and association.gnb_id:
            facts |= {"fiveg.gnb.id": association.gnb_id, "fiveg.gnb.name": association.name}
        context = None if event.kind.startswith("sctp.") else self.contexts.of(event)
        if context is None and event.kind == "ngap.path_switch_request":  # whom it claims, whether or not it may
            context = self.contexts.named(self.associations.key(event)[1][0], ids_of(event)[1], event.time)
        if context is not None:
            facts |= context.identity.facts()
            facts["fiveg.ue.subject"] = (
                context.identity.supi or context.identity.suci or context.tmsi or self._nameless(event)
            )
            facts |= {name: v for name, v in (("fiveg.nci", context.nci), ("fiveg.tac", context.tac)) if v}
        return facts

    def _nameless(self, event: Event) -> str:
        """A name for a terminal that has none: which context it has."""
        return f"{text(event.fields, 'fiveg.ran_ue_ngap_id')}@{self.associations.key(event)[0][0]}"

    def _session_n4(self, event: Event) -> Session | None:
        fields, now = event.fields, event.time
        seid = text(fields, "fiveg.pfcp.seid")
        return self.sessions.at(text(fields, "destination.ip"), seid, now) or self.sessions.at(
            text(fields, "source.ip"), text(fields, "fiveg.pfcp.f_seid.seid"), now
        )

    def _session_n3(self, event: Event) -> Session | None:
        get, now, sessions = event.fields.get, event.time, self.sessions
        outer = get("fiveg.gtpu.outer.destination.ip")
        return (
            (sessions.of_tunnel(str(outer), str(get("fiveg.gtpu.teid", "")), now) if outer else None)
            or sessions.of_address(str(get("source.ip", "")), now)
            or sessions.of_address(str(get("destination.ip", "")), now)
        )

    def _identity_register(self, event: Event) -> dict[str, Value]:
        for end in ("source.ip", "destination.ip") if self._registered else ():
            terminal = self._registered.get(text(event.fields, end))
            if terminal is not None:
                facts: dict[str, Value] = {"fiveg.supi": terminal.supi, "fiveg.identity_source": "register"}
                return facts | ({"fiveg.pei": terminal.imei} if terminal.imei else {})
        return {}


@functools.lru_cache(4096)
def protocol_of(kind: str) -> str:
    """What stands before the point in an event's kind."""
    return kind.partition(".")[0]


def _within(networks: tuple[Network, ...], address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
