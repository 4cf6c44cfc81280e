"""Does what N4 does to a session fit what N2 says of its terminal?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import text, texts
from sentinel.state.sessions import Session, Tunnel, tunnels_of
from sentinel.state.world import World

JOIN = 2 * 10**9
RELEASE = 5 * 10**9


class PfcpSession(Fact):
    """Deletions, dropped and redirected traffic, against the N2 context of the session (TS 29.244, 6.3; TS 38.413, 8.2)."""

    fields = {
        "fiveg.pfcp.n2_release": spec(
            "boolean", "N2 said something of the terminal in the five seconds before", "N2 侧是否有对应过程"
        ),
        "fiveg.pfcp.live_sessions": spec("long", "sessions alive at this UPF", "UPF 在线会话数"),
        "fiveg.pfcp.drop_active": spec(
            "boolean",
            "traffic is dropped while the terminal is connected and nothing is released",
            "在线会话转发被置丢弃",
        ),
        "fiveg.pfcp.outer_header_foreign": spec(
            "ip[]", "outer header addresses that are no base station's, UPF's or SMF's", "外层头指向非登记地址"
        ),
        "fiveg.pfcp.outer_header_mismatch": spec(
            "boolean", "not a RAN end that N2 told of, though N2 was quiet", "外层头与 N2 隧道不一致"
        ),
    }
    kinds = (
        "pfcp.session_establishment_request", "pfcp.session_modification_request", "pfcp.session_deletion_request",
    )  # fmt: skip
    topics = once = ("redirect",)
    derives = ("pfcp.redirect_unmatched",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        upf = text(fields, "destination.ip")
        facts: dict[str, Value] = {"fiveg.pfcp.live_sessions": world.sessions.live.get(upf, 0)}
        foreign = tuple(dict.fromkeys(address for address, _ in _headers(event) if _foreign(address, event, world)))
        if foreign:
            facts["fiveg.pfcp.outer_header_foreign"] = foreign
        session = world.sessions.at(upf, text(fields, "fiveg.pfcp.seid"), event.time)
        if session is None or session.n2 is None:
            return facts
        quiet = event.time - session.touched
        if event.kind == "pfcp.session_deletion_request":
            facts["fiveg.pfcp.n2_release"] = quiet <= RELEASE
        elif event.kind == "pfcp.session_modification_request":
            if "drop" in texts(fields, "fiveg.pfcp.far.apply_action"):
                facts["fiveg.pfcp.drop_active"] = session.over() is None and quiet > RELEASE
            facts |= self._redirected(event, session, quiet, world)
        return facts

    def _redirected(self, event: Event, session: Session, quiet: int, world: World) -> dict[str, Value]:
        strange = [tunnel for tunnel in _headers(event) if _strange(tunnel, event, session, world)]
        if not strange or not session.dls:
            return {}
        if quiet > JOIN:
            return {"fiveg.pfcp.outer_header_mismatch": True}
        fields = event.fields
        ends = (text(fields, "source.ip"), text(fields, "destination.ip"), text(fields, "fiveg.pfcp.seid"))
        world.deadlines.add(event.time + JOIN, "redirect", *ends, *strange[0])
        return {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        source, upf, seid, address, teid = map(str, data)
        session = world.sessions.at(upf, seid, when)
        if session is not None and session.ended is None and (address, teid) not in session.dls:
            yield derived("pfcp.redirect_unmatched", when, {
                "source.ip": source, "destination.ip": upf, "fiveg.pfcp.seid": seid,
                "fiveg.pfcp.outer_header.address": address, "fiveg.pfcp.outer_header.teid": teid, **session.facts(),
            })  # fmt: skip


def _headers(event: Event) -> Iterator[Tunnel]:
    yield from (tunnel for tunnel in tunnels_of(event, "fiveg.pfcp.outer_header") if tunnel[0])


def _foreign(address: str, event: Event, world: World) -> bool:
    if address in (text(event.fields, "source.ip"), text(event.fields, "destination.ip")):
        return False  # to the SMF itself
    site = world.site
    if site is not None and site.n3_peers:
        return address not in site.n3_peers and address not in site.n4_peers
    return world.speaks_gtpu(address) is False and address not in world.learnt_n4


def _strange(tunnel: Tunnel, event: Event, session: Session, world: World) -> bool:
    """Not the RAN's, nor towards another core function."""
    if tunnel in session.dls or tunnel[0] in (text(event.fields, "source.ip"), text(event.fields, "destination.ip")):
        return False
    site = world.site
    return site is None or (tunnel[0] not in site.upfs and tunnel[0] not in site.n4_peers)
