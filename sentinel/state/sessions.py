"""User plane sessions and their tunnels, from N4 first and N2 second (TS 29.244, 6.3; TS 38.413, 8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sentinel.model.event import Event, Value
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text, texts
from sentinel.state.identity import STALE, Identity

ACCEPTED = 1  # PFCP cause
_MOST = 32  # tunnels and addresses kept of one session
Tunnel = tuple[str, str]  # address and TEID of the receiving end
Seid = tuple[str, str]  # address and SEID of the receiving end


@dataclass(slots=True)
class Session:
    """A PDU session as the control plane set it up."""

    identity: Identity = field(default_factory=Identity)
    seid: str = ""  # the creator's own
    creator: str = ""  # address that established it over N4; empty when it is known from N2 alone
    dnn: str = ""
    sst: Value | None = None
    sd: str = ""
    psi: Value | None = None
    ue_ips: tuple[str, ...] = ()
    tunnels: tuple[Tunnel, ...] = ()
    ended: int | None = None

    def facts(self) -> dict[str, Value]:
        """As event fields."""
        named: tuple[tuple[str, Value | None], ...] = (
            ("fiveg.dnn", self.dnn or None), ("fiveg.snssai.sst", self.sst), ("fiveg.snssai.sd", self.sd or None),
            ("fiveg.pdu_session.id", self.psi), ("fiveg.pdu_session.ue_ip", self.ue_ips[0] if self.ue_ips else None),
        )  # fmt: skip
        return self.identity.facts() | {name: value for name, value in named if value is not None}


class Sessions:
    """Sessions by SEID, tunnel and terminal address."""

    def __init__(self, cap: int = 500_000) -> None:
        self._seids: Bounded[Seid, Session] = Bounded(cap)
        self._tunnels: Bounded[Tunnel, Session] = Bounded(cap)
        self._addresses: Bounded[str, Session] = Bounded(cap)
        self._ends: Bounded[str, None] = Bounded(10_000)
        self._outstanding: Bounded[tuple[str, str, int], Session] = Bounded(10_000)

    def at(self, address: str, seid: str, now: int) -> Session | None:
        """The session that `address` knows by `seid`."""
        return _fresh(self._seids.get((address, seid)), now)

    def of_tunnel(self, address: str, teid: str, now: int) -> Session | None:
        """The session whose packets arrive at `address` with `teid`."""
        return _fresh(self._tunnels.get((address, teid)), now)

    def of_address(self, address: str, now: int) -> Session | None:
        """The session that gave a terminal this address."""
        return _fresh(self._addresses.get(address), now)

    def ends_at(self, address: str) -> bool:
        """Tunnels end at this address: it is a UPF or a gNB."""
        return address in self._ends

    @property
    def evicted(self) -> int:
        """Entries forgotten because a table was full."""
        return self._seids.evicted + self._tunnels.evicted + self._addresses.evicted

    def join(self, session: Session, tunnels: Iterator[Tunnel] | tuple[Tunnel, ...]) -> None:
        """These tunnels carry this session."""
        for tunnel in tunnels:
            if all(tunnel):
                self._tunnels[tunnel] = session
                self._ends[tunnel[0]] = None

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
                session = self._seids.get(_receiver(event))
                if session is not None and session.creator == text(event.fields, "source.ip"):
                    _learn(session, event)
                    self._index(session)
            case "pfcp.session_deletion_request":
                session = self._seids.get(_receiver(event))
                if session is not None:
                    self._outstanding[_request(event)] = session
            case "pfcp.session_deletion_response":
                session = self._outstanding.pop(_answered(event), None)
                if session is not None and number(event.fields, "fiveg.pfcp.cause") == ACCEPTED:
                    session.ended = event.time

    def _establish(self, event: Event) -> None:
        fields = event.fields
        session = Session(creator=text(fields, "source.ip"))
        session.identity = Identity(
            text(fields, "fiveg.supi"), text(fields, "fiveg.pei"), text(fields, "fiveg.gpsi"), source="N4"
        )
        session.seid = text(fields, "fiveg.pfcp.f_seid.seid")
        _learn(session, event)
        self._outstanding[_request(event)] = session

    def _established(self, event: Event) -> None:
        session = self._outstanding.pop(_answered(event), None)
        if session is None or number(event.fields, "fiveg.pfcp.cause") != ACCEPTED:
            return
        fields = event.fields
        there = (text(fields, "source.ip"), text(fields, "fiveg.pfcp.f_seid.seid"))
        held = self._seids.get(there)
        if held is not None and held.ended is None and held.creator != session.creator:
            return  # somebody else's session lives under this SEID
        self._seids[there] = self._seids[(session.creator, session.seid)] = session
        _learn(session, event)
        self._index(session)

    def _index(self, session: Session) -> None:
        self.join(session, session.tunnels)
        for address in session.ue_ips:
            self._addresses[address] = session


def _learn(session: Session, event: Event) -> None:
    fields = event.fields
    session.dnn = session.dnn or text(fields, "fiveg.dnn")
    session.sst = fields.get("fiveg.snssai.sst", session.sst)
    session.sd = session.sd or text(fields, "fiveg.snssai.sd")
    session.tunnels += tuple(
        tunnel
        for name in ("f_teid", "outer_header")
        for tunnel in _tunnels(event, f"fiveg.pfcp.{name}")
        if tunnel not in session.tunnels
    )
    session.ue_ips += tuple(ip for ip in texts(fields, "fiveg.pdu_session.ue_ip") if ip not in session.ue_ips)
    session.tunnels, session.ue_ips = session.tunnels[-_MOST:], session.ue_ips[-_MOST:]


def _tunnels(event: Event, prefix: str) -> Iterator[Tunnel]:
    yield from zip(texts(event.fields, f"{prefix}.address"), texts(event.fields, f"{prefix}.teid"), strict=False)


def _receiver(event: Event) -> Seid:
    return text(event.fields, "destination.ip"), text(event.fields, "fiveg.pfcp.seid")


def _request(event: Event) -> tuple[str, str, int]:
    fields = event.fields
    return text(fields, "source.ip"), text(fields, "destination.ip"), number(fields, "fiveg.pfcp.sequence") or 0


def _answered(event: Event) -> tuple[str, str, int]:
    source, destination, sequence = _request(event)
    return destination, source, sequence


def _fresh(session: Session | None, now: int) -> Session | None:
    if session is None or (session.ended is not None and now - session.ended > STALE):
        return None
    return session
