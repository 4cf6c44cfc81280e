"""Is a user's packet in a tunnel that was set up for it, between the right ends, and from or to the right terminal?"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import text
from sentinel.state.identity import STALE, later
from sentinel.state.sessions import Session, Tunnel
from sentinel.state.world import World

JOIN = 2 * 10**9  # N2, N3 and N4 may tell of one thing so far apart
RELEASE = 5 * 10**9
_OUTER = ("fiveg.gtpu.outer.source.ip", "fiveg.gtpu.outer.destination.ip")


class TunnelFact(Fact):
    """A tunnel, or a flow in one, against the session that N4 and N2 set up (TS 29.281, 5.1; TS 23.501, 5.8.2).

    A tunnel that nobody has told of is judged two seconds later, and where its session could not have begun before the
    monitor did: its base station has set up since, its peer is a stranger, or ten minutes have passed.
    """

    fields = {
        "fiveg.teid_known": spec("boolean", "N2 or N4 has told of this tunnel", "TEID 是否已知"),
        "fiveg.gtpu.qfi_granted": spec("boolean", "the QoS flow was granted to the session", "QFI 是否已授权"),
        "fiveg.gtpu.released_for": spec(
            "long", "seconds since the session of this tunnel was released, more than five", "隧道释放后秒数"
        ),
        "fiveg.session.desync": spec(
            "keyword", "deleted_on_n4: N4 has deleted what N2 still has", "控制面与用户面不一致"
        ),
        "fiveg.gtpu.wrong_peer": spec(
            "boolean", "the outer source is not the other end of this tunnel", "隧道对端是否不符"
        ),
        "fiveg.gtpu.expected_peer": spec("ip", "the end it should come from", "应有的隧道对端"),
        "fiveg.flow.source_spoofed": spec(
            "boolean", "uplink source is not the terminal's address, prefix or framed route", "上行源地址是否伪造"
        ),
        "fiveg.flow.destination_mismatch": spec(
            "boolean", "downlink destination is not the terminal's", "下行目的地址是否不符"
        ),
    }
    kinds = ("gtpu.tunnel_started", "flow.started", "flow.updated")
    topics = once = ("tunnel",)
    derives = ("gtpu.tunnel_unknown",)

    def __init__(self) -> None:
        self._unknown: Bounded[Tunnel, int] = Bounded(100_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        get = event.fields.get
        teid = get("fiveg.gtpu.teid")
        if teid is None:
            return {}
        source, end = str(get(_OUTER[0], "")), (str(get(_OUTER[1], "")), str(teid))
        session, now = world.sessions.tunnel(*end), event.time
        if session is None:
            return self._of_unknown(event, source, end, world)
        if later(session.since, now):
            return {}  # who had it then is not known
        facts: dict[str, Value] = {"fiveg.teid_known": session.ended is None or now - session.ended <= STALE}
        if (over := session.over()) is not None and now - over > RELEASE:
            facts["fiveg.gtpu.released_for"] = (now - over) // 10**9
            if session.ended is not None and session.creator and session.released is None and session.idle is None:
                facts["fiveg.session.desync"] = "deleted_on_n4"
        qfi = get("fiveg.gtpu.qfi")
        if qfi is not None and session.qfis and qfi not in session.qfis and now - session.granted > JOIN:
            facts["fiveg.gtpu.qfi_granted"] = False
        if event.kind != "flow.updated":
            _ends(event, session, source, end, world, facts)
        return facts

    def _of_unknown(self, event: Event, source: str, end: Tunnel, world: World) -> dict[str, Value]:
        first = self._unknown.get(end)
        if first is None:
            if not _judged(source, end, world):
                return {}
            self._unknown[end] = event.time
            inner = (text(event.fields, "source.ip"), text(event.fields, "destination.ip"))
            world.deadlines.add(event.time + JOIN, "tunnel", source, *end, *inner, event.time)
            return {}
        return {"fiveg.teid_known": False} if event.time - first > JOIN else {}

    def unseen(self, topic: str, data: Data) -> None:  # noqa: ARG002
        """See `Fact.unseen`; it is judged anew when it is heard again."""
        self._unknown.pop((str(data[1]), str(data[2])), None)

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        source, address, teid, inner_source, inner_destination, first = map(str, data)
        end = (address, teid)
        if self._unknown.get(end) != int(first):
            return
        if world.sessions.tunnel(*end) is not None:
            del self._unknown[end]
            return
        yield derived("gtpu.tunnel_unknown", when, {
            "source.ip": inner_source, "destination.ip": inner_destination, _OUTER[0]: source, _OUTER[1]: address,
            "fiveg.gtpu.teid": teid, "fiveg.teid_known": False,
        })  # fmt: skip


def _judged(source: str, end: Tunnel, world: World) -> bool:
    """The session of this tunnel, if there were one, would have begun while the monitor watched."""
    if world.speaks_gtpu(source) is False:
        return True
    return world.seen_whole(source) or world.seen_whole(end[0])


def _ends(event: Event, session: Session, source: str, end: Tunnel, world: World, facts: dict[str, Value]) -> None:
    get, now = event.fields.get, event.time
    uplink = end in session.uls and end not in session.dls
    told = session.ran_ends(now, JOIN) if uplink else session.uls if end in session.dls else ()
    if told and told[-1][0] != source:  # nearly never
        expected = {address for address, _ in told}
        if uplink:
            expected |= _also(session, source, world)
        if source not in expected:
            facts |= {"fiveg.gtpu.wrong_peer": True, "fiveg.gtpu.expected_peer": min(expected)}
    if not session.ue_ips:
        return
    if uplink:
        if not belongs(str(get("source.ip", "")), session):
            facts["fiveg.flow.source_spoofed"] = True
    elif (end in session.dls or end in session.headers) and not belongs(str(get("destination.ip", "")), session):
        facts["fiveg.flow.destination_mismatch"] = True


def _also(session: Session, source: str, world: World) -> set[str]:
    """Other addresses that may send uplink in a session whose RAN end is known."""
    others = set(world.gnbs.n3_of(session.gnb)) if session.gnb else set[str]()
    if source == session.creator:
        others.add(source)  # on N4-u, as router advertisements go (TS 29.244, 5.3)
    return others


def belongs(address: str, session: Session) -> bool:
    """The address is the terminal's, or of a network behind it, or one that belongs to nobody."""
    return not address or address in session.ue_ips or _near(address, session.ue_ips, session.framed)


@functools.lru_cache(65536)
def _near(address: str, own: tuple[str, ...], framed: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.is_link_local or parsed.is_unspecified or parsed.is_multicast or address == "255.255.255.255":
        return True
    for text_of in (*framed, *(f"{each}/64" for each in own if ":" in each)):
        try:
            if parsed in ipaddress.ip_network(text_of, strict=False):
                return True
        except ValueError:
            continue
    return False
