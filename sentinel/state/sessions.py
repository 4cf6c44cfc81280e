"""User plane sessions and their tunnels, from N4 first and N2 second (TS 29.244, 6.3; TS 38.413, 8.2)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sentinel.model.event import Event, Value
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, numbers, text, texts
from sentinel.state.identity import EARLY, STALE, Identity, later
from sentinel.state.ledger import Ledger, NoLedger
from sentinel.state.table import Table

ACCEPTED = 1  # PFCP cause
KEPT = 600 * 10**9  # ns for which an ended session is remembered, so that its tunnels are known to be released
_MOST = 32  # tunnels and addresses kept of one session
_DLS = 4  # RAN ends of the tunnel that are remembered
Tunnel = tuple[str, str]  # address and TEID of the receiving end
Seid = tuple[str, str]  # address and SEID of the receiving end


@dataclass(slots=True, eq=False)
class Session:
    """A PDU session as the control plane set it up."""

    identity: Identity = field(default_factory=Identity)
    ref: str = ""  # names it among all sessions
    since: int = 0
    seid: str = ""  # the creator's own
    creator: str = ""  # address that established it over N4; empty when it is known from N2 alone
    upf: str = ""  # N4 address of the user plane function
    dnn: str = ""
    sst: Value | None = None
    sd: str = ""
    psi: Value | None = None
    type: str = ""
    ue_ips: tuple[str, ...] = ()
    framed: tuple[str, ...] = ()  # networks behind the terminal
    tunnels: tuple[Tunnel, ...] = ()
    uls: tuple[Tunnel, ...] = ()  # UPF ends, as N4 and N2 told them
    headers: tuple[Tunnel, ...] = ()  # outer headers that N4 had created, the latest last
    dls: tuple[Tunnel, ...] = ()  # RAN ends that N2 told, the latest last
    moved: int = 0  # when the RAN end changed
    preparing: bool = False  # a handover was prepared and is not over: both RAN ends may be used
    qfis: tuple[int, ...] = ()  # QoS flows that were granted; empty where nobody said
    granted: int = 0  # when they changed
    n2: int | None = None  # when N2 last set it up or changed it
    gnb: str = ""  # N2 address of the RAN node that serves it
    touched: int = 0  # when N2 last said anything of its terminal
    idle: int | None = None  # since when its terminal has no N2 context
    released: int | None = None  # when N2 released it
    ended: int | None = None  # when it ended

    def facts(self) -> Mapping[str, Value]:
        """As event fields; not to be changed."""
        who = self.identity
        return _facts(
            who.supi, who.pei, who.gpsi, who.suci, who.source, self.dnn, self.sst, self.sd, self.psi, self.ue_ips[:1]
        )

    def ran_ends(self, now: int, grace: int) -> tuple[Tunnel, ...]:
        """The RAN ends it may use now: the last one, and the one before while a handover lasts."""
        several = self.preparing or now - self.moved <= grace
        return self.dls[-2:] if several else self.dls[-1:]

    def over(self) -> int | None:
        """When it was released, its terminal became idle, or it ended, whichever was first."""
        if self.released is None and self.idle is None:
            return self.ended
        times = [time for time in (self.released, self.idle, self.ended) if time is not None]
        return min(times) if times else None


@functools.lru_cache(16384)  # nearly all events of a session say the same of it
def _facts(
    supi: str, pei: str, gpsi: str, suci: str, source: str,
    dnn: str, sst: Value | None, sd: str, psi: Value | None, addresses: tuple[str, ...],
) -> Mapping[str, Value]:  # fmt: skip
    named: tuple[tuple[str, Value | None], ...] = (
        ("fiveg.dnn", dnn or None), ("fiveg.snssai.sst", sst), ("fiveg.snssai.sd", sd or None),
        ("fiveg.pdu_session.id", psi), ("fiveg.pdu_session.ue_ip", addresses[0] if addresses else None),
    )  # fmt: skip
    whose = Identity(supi, pei, gpsi, suci, source).facts()
    return whose | {name: value for name, value in named if value is not None}


class Sessions(Table):
    """Sessions by SEID, tunnel and terminal address."""

    kept = ("_seids", "_tunnels", "_addresses", "_ends", "_outstanding", "_graves", "live")

    def __init__(self, ledger: Ledger | None = None, cap: int = 500_000) -> None:
        self._ledger = ledger or NoLedger()
        self._seids: Bounded[Seid, Session] = Bounded(cap)
        self._tunnels: Bounded[Tunnel, Session] = Bounded(cap)
        self._addresses: Bounded[str, Session] = Bounded(cap)
        self._ends: Bounded[str, None] = Bounded(10_000)
        self._outstanding: Bounded[tuple[str, str, int], Session] = Bounded(10_000)
        self._graves: Bounded[str, Session] = Bounded(cap)  # ended, in that order, by their names
        self.live: Bounded[str, int] = Bounded(10_000)  # sessions alive by user plane function

    def at(self, address: str, seid: str, now: int) -> Session | None:
        """The session that `address` knows by `seid`."""
        session = self._seids.get((address, seid))
        return session if session is not None and _fresh(session, now) else None

    def of_tunnel(self, address: str, teid: str, now: int) -> Session | None:
        """The session whose packets arrive at `address` with `teid`."""
        session = self._tunnels.get((address, teid))
        if session is None or not _fresh(session, now):
            return None
        if later(session.moved, now) and session.dls[-1:] == ((address, teid),):
            return None  # it came to this RAN end afterwards
        return session

    def tunnel(self, address: str, teid: str) -> Session | None:
        """The same, also when the session ended some minutes ago, or began after the event."""
        return self._tunnels.get((address, teid))

    def of_address(self, address: str, now: int) -> Session | None:
        """The session that gave a terminal this address."""
        session = self._addresses.get(address)
        return session if session is not None and _fresh(session, now) else None

    def ends_at(self, address: str) -> bool:
        """Tunnels end at this address: it is a UPF or a gNB."""
        return address in self._ends

    def join(self, session: Session, tunnels: Iterable[Tunnel], now: int, since: int | None = None) -> None:
        """These tunnels carry this session; what is told of the past takes nothing from who has it today."""
        for tunnel in tunnels:
            held = self._tunnels.get(tunnel)
            if all(tunnel) and held is not session and not _succeeds(held, now):
                self._hold("teid", "/".join(tunnel), session, held, since)
                self._tunnels[tunnel] = session
                self._ends[tunnel[0]] = None

    def named(self, session: Session) -> None:
        """More is known of whose session it is: say so of all it holds."""
        self.touch(session)
        for address in session.ue_ips:
            if self._addresses.get(address) is session:
                self._hold("address", address, session, session)
        for tunnel in session.tunnels + session.uls + session.dls[-1:]:
            if self._tunnels.get(tunnel) is session:
                since = session.moved if session.dls[-1:] == (tunnel,) else None
                self._hold("teid", "/".join(tunnel), session, session, since)

    def move(self, session: Session, tunnel: Tunnel, now: int, *, preparing: bool = False) -> None:
        """The RAN end of a session is (or, while a handover is prepared, may become) this one."""
        session.preparing = preparing
        if not all(tunnel) or session.dls[-1:] == (tunnel,):
            return
        if session.dls and not preparing:
            self._ledger.release("teid", "/".join(session.dls[-1]), session.ref, now)
        session.dls, session.moved = (*session.dls, tunnel)[-_DLS:], now
        self.touch(session)
        self.join(session, (tunnel,), now, now)

    def end(self, session: Session, now: int) -> None:
        """It is over: for the grace window it still explains late packets."""
        if session.ended is not None:
            return
        session.ended = now
        self.touch(session)
        if session.upf:
            self.live[session.upf] = max(self.live.get(session.upf, 1) - 1, 0)
        self._graves[session.ref] = session
        for kind, key in _holdings(session):
            self._ledger.release(kind, key, session.ref, now)

    def forget(self, now: int) -> None:
        """Drop what ended long ago."""
        while self._graves:
            ref, session = next(iter(self._graves.items()))
            if now - (session.ended or 0) <= KEPT:
                return
            self._graves.pop(ref)
            for tunnel in session.tunnels + session.uls + session.dls:
                _drop(self._tunnels, tunnel, session)
            for address in session.ue_ips:
                _drop(self._addresses, address, session)
            for seid in [(session.creator, session.seid), (session.upf, session.ref.rpartition("/")[2])]:
                _drop(self._seids, seid, session)

    def observe(self, event: Event) -> None:
        """Follow PFCP session procedures of peers that may speak PFCP.

        INVARIANT: nobody is known by an address or a tunnel before the user plane function has accepted it.
        """
        match event.kind:
            case "pfcp.session_establishment_request":
                self._establish(event)
            case "pfcp.session_establishment_response":
                self._established(event)
            case "pfcp.session_modification_request":
                session = self._receiving(event)
                if session is not None and session.creator == text(event.fields, "source.ip"):
                    _learn(session, event)
                    self.touch(session)
                    self._index(session, event.time)
            case "pfcp.session_deletion_request":
                session = self._receiving(event)
                if session is not None:
                    self._outstanding[request_of(event)] = session
            case "pfcp.session_deletion_response":
                session = self._outstanding.pop(answered_by(event), None)
                if session is not None and number(event.fields, "fiveg.pfcp.cause") == ACCEPTED:
                    self.end(session, event.time)

    def _receiving(self, event: Event) -> Session | None:
        session = self._seids.get(_receiver(event))
        return None if session is None or later(session.since, event.time) else session

    def _establish(self, event: Event) -> None:
        fields = event.fields
        session = Session(creator=text(fields, "source.ip"), since=event.time)
        session.identity = Identity(
            text(fields, "fiveg.supi"), text(fields, "fiveg.pei"), text(fields, "fiveg.gpsi"), source="N4"
        )
        session.seid = text(fields, "fiveg.pfcp.f_seid.seid")
        _learn(session, event)
        self._outstanding[request_of(event)] = session

    def outstanding(self, event: Event) -> Session | None:
        """The session that a response is about."""
        return self._outstanding.get(answered_by(event))

    def _established(self, event: Event) -> None:
        session = self._outstanding.pop(answered_by(event), None)
        if session is None or number(event.fields, "fiveg.pfcp.cause") != ACCEPTED:
            return
        fields = event.fields
        there = (text(fields, "source.ip"), text(fields, "fiveg.pfcp.f_seid.seid"))
        held = self._seids.get(there)
        if held is not None and held.ended is None and held.creator != session.creator:
            return  # somebody else's session lives under this SEID
        if _succeeds(held, event.time) or _succeeds(self._seids.get((session.creator, session.seid)), event.time):
            return  # it is told of the past
        if held is not None:
            self.end(held, event.time)
        session.upf, session.ref = there[0], f"{session.since:x}@{'/'.join(there)}"
        self._seids[there] = self._seids[(session.creator, session.seid)] = session
        self.live[session.upf] = self.live.get(session.upf, 0) + 1
        for kind, key in _seids(session):
            self._hold(kind, key, session, None)
        _learn(session, event)
        self._index(session, event.time)

    def _index(self, session: Session, now: int) -> None:
        self.join(session, session.tunnels, now)
        for address in session.ue_ips:
            held = self._addresses.get(address)
            if held is not session and not _succeeds(held, now):
                self._hold("address", address, session, held)
                self._addresses[address] = session

    def touch(self, session: Session) -> None:
        """Something of it changed."""
        if session.ref:
            self._ledger.changed(session)

    def alive(self) -> Iterator[Session]:
        """All sessions that are not over, each once."""
        found = {session.ref: session for table in (self._seids, self._tunnels) for session in table.values()}
        return (session for session in found.values() if session.ref and session.ended is None)

    def _hold(self, kind: str, key: str, session: Session, before: Session | None, since: int | None = None) -> None:
        self.touch(session)
        shared = before is not None and before is not session and before.ended is None
        begun = session.since if since is None else since
        self._ledger.hold(kind, key, begun, session.ref, session.facts(), shared=shared)


def _learn(session: Session, event: Event) -> None:
    fields = event.fields
    session.dnn = session.dnn or text(fields, "fiveg.dnn")
    session.sst = fields.get("fiveg.snssai.sst", session.sst)
    session.sd = session.sd or text(fields, "fiveg.snssai.sd")
    session.type = session.type or text(fields, "fiveg.pdu_session.type")
    session.tunnels += tuple(
        tunnel
        for name in ("f_teid", "outer_header")
        for tunnel in tunnels_of(event, f"fiveg.pfcp.{name}")
        if tunnel not in session.tunnels
    )
    session.uls = tuple(dict.fromkeys((*session.uls, *tunnels_of(event, "fiveg.pfcp.f_teid"))))[-8:]
    session.headers = tuple(dict.fromkeys((*session.headers, *tunnels_of(event, "fiveg.pfcp.outer_header"))))[-8:]
    session.ue_ips += tuple(ip for ip in texts(fields, "fiveg.pdu_session.ue_ip") if ip not in session.ue_ips)
    session.framed += tuple(net for net in texts(fields, "fiveg.pdu_session.framed_route") if net not in session.framed)
    session.tunnels, session.ue_ips = session.tunnels[-_MOST:], session.ue_ips[-_MOST:]
    session.framed = session.framed[-_MOST:]
    grant(session, numbers(fields, "fiveg.pdu_session.qfi"), event.time)


def grant(session: Session, qfis: Iterable[int], now: int) -> bool:
    """These QoS flows are allowed, too; whether one was not before."""
    fresh = tuple(qfi for qfi in qfis if qfi not in session.qfis)
    if fresh:
        session.qfis, session.granted = (session.qfis + fresh)[-64:], now
    return bool(fresh)


def tunnels_of(event: Event, prefix: str) -> Iterator[Tunnel]:
    """Address and TEID of the aligned fields below `prefix`."""
    yield from zip(texts(event.fields, f"{prefix}.address"), texts(event.fields, f"{prefix}.teid"), strict=False)


def request_of(event: Event) -> tuple[str, str, int]:
    """What names a PFCP request: who asks whom, and the sequence number."""
    fields = event.fields
    return text(fields, "source.ip"), text(fields, "destination.ip"), number(fields, "fiveg.pfcp.sequence") or 0


def answered_by(event: Event) -> tuple[str, str, int]:
    """The request that a PFCP response answers."""
    source, destination, sequence = request_of(event)
    return destination, source, sequence


def _receiver(event: Event) -> Seid:
    return text(event.fields, "destination.ip"), text(event.fields, "fiveg.pfcp.seid")


def _seids(session: Session) -> tuple[tuple[str, str], ...]:
    return ("seid", f"{session.creator}/{session.seid}"), ("seid", session.ref.partition("@")[2])


def _holdings(session: Session) -> Iterator[tuple[str, str]]:
    if session.creator:
        yield from _seids(session)
    for address in session.ue_ips:
        yield "address", address
    for tunnel in dict.fromkeys(session.tunnels + session.uls + session.dls):
        yield "teid", "/".join(tunnel)


def _drop(table: Bounded[Any, Session], key: object, session: Session) -> None:
    if table.get(key) is session:
        del table[key]


def _fresh(session: Session, now: int) -> bool:
    """It had begun, and had not ended long before."""
    return session.since - now <= EARLY and (session.ended is None or now - session.ended <= STALE)


def _succeeds(session: Session | None, now: int) -> bool:
    """It lives, and began after `now`."""
    return session is not None and session.ended is None and later(session.since, now)
