"""Is there a session on N4 that N2 knows nothing of?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import number, text
from sentinel.state.sessions import ACCEPTED
from sentinel.state.world import World

WAIT = 5 * 10**9
HEARD = 300 * 10**9  # so lately N2 must have been heard for its silence to mean anything


class Orphan(Fact):
    """No PDU session procedure on N2 within five seconds of a session's establishment on N4, while N2 is heard."""

    fields = {}
    kinds = ("pfcp.session_establishment_response",)
    topics = once = ("orphan",)
    derives = ("pfcp.session_orphaned",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        if number(fields, "fiveg.pfcp.cause") == ACCEPTED:
            upf, seid = text(fields, "source.ip"), text(fields, "fiveg.pfcp.f_seid.seid")
            world.deadlines.add(event.time + WAIT, "orphan", upf, seid, text(fields, "destination.ip"), event.time)
        return {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        upf, seid, creator, answered = str(data[0]), str(data[1]), str(data[2]), int(data[3])
        session = world.sessions.at(upf, seid, when)
        if session is None or session.n2 is not None or session.ended is not None or session.since > answered:
            return
        if world.planes.heard("N2", when, HEARD):
            yield derived("pfcp.session_orphaned", when, {
                "source.ip": creator, "destination.ip": upf, "fiveg.pfcp.seid": seid, "fiveg.pfcp.creator": creator,
                **session.facts(),
            })  # fmt: skip
