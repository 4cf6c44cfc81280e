"""Is an SCTP association towards the AMF begun by a base station, and brought to its end?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import number, text
from sentinel.state.world import World

WAIT = 5 * 10**9
_Ends = tuple[str, int, str, int]


class SctpHandshake(Fact):
    """An INIT that no COOKIE ECHO follows within five seconds (RFC 9260, 5.1), and a COOKIE ECHO without an INIT."""

    fields = {
        "fiveg.sctp.from_gnb": spec(
            "boolean", "source is a base station of the plan, or one that has set up", "来源是否为已知基站"
        ),
        "fiveg.sctp.without_init": spec("boolean", "no INIT came before this COOKIE ECHO", "无 INIT 的 COOKIE ECHO"),
    }
    kinds = ("sctp.init", "sctp.cookie_echo", "sctp.shutdown")
    topics = once = ("sctp_handshake",)
    derives = ("sctp.half_open",)

    def __init__(self) -> None:
        self._begun: Bounded[_Ends, int] = Bounded(50_000)  # when; 0 once echoed: a COOKIE ECHO may be sent again

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        ends = (
            text(fields, "source.ip"), number(fields, "source.port") or 0,
            text(fields, "destination.ip"), number(fields, "destination.port") or 0,
        )  # fmt: skip
        if event.kind == "sctp.shutdown":
            self._begun.pop(ends, None)
            return {}
        facts: dict[str, Value] = _origin(ends[0], event.time, world)
        if event.kind == "sctp.init":
            self._begun[ends] = event.time
            world.deadlines.add(event.time + WAIT, "sctp_handshake", *ends, event.time)
            return facts
        if event.time - world.first > WAIT:
            facts["fiveg.sctp.without_init"] = ends not in self._begun
        if ends in self._begun:
            self._begun[ends] = 0
        return facts

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        source, source_port, destination, port, begun = data
        ends = (str(source), int(source_port), str(destination), int(port))
        if self._begun.get(ends) != begun:
            return
        del self._begun[ends]
        association = world.associations.at((ends[:2], ends[2:]))
        if association is not None and association.heard >= begun:
            return  # it lives: the mirror missed the COOKIE ECHO
        yield derived("sctp.half_open", when, {
            "source.ip": source, "source.port": source_port, "destination.ip": destination, "destination.port": port,
            "network.transport": "sctp", **_origin(ends[0], when, world),
        })  # fmt: skip


def _origin(address: str, now: int, world: World) -> dict[str, Value]:
    """While a site is learnt, a base station that is not known yet is no stranger."""
    known = _is_gnb(address, world)
    return {"fiveg.sctp.from_gnb": known} if known or not world.learning(now) else {}


def _is_gnb(address: str, world: World) -> bool:
    if world.site is not None and world.site.gnbs:
        return address in world.site.functions
    return world.associations.holds(address) or world.gnbs.at(address) is not None
