"""Do the messages that look after a tunnel or a path come from who may send them, and when they should?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text
from sentinel.state.world import World

MOVE = 5 * 10**9


class GtpuPath(Fact):
    """Error Indications of others, restart counters that changed, End Markers without a handover (TS 29.281, 7)."""

    fields = {
        "fiveg.gtpu.error_foreign": spec(
            "boolean",
            "the error indication names a tunnel that its sender does not serve",
            "错误指示是否来自非隧道端点",
        ),
        "fiveg.gtpu.error_live": spec(
            "boolean", "an end of the tunnel does not know it, though N2 has the session", "端点不识别在线会话的隧道"
        ),
        "fiveg.gtpu.recovery_changed": spec("boolean", "restart counter is not the one before", "重启计数是否变化"),
        "fiveg.gtpu.handover_recent": spec("boolean", "the terminal moved within five seconds", "近期是否切换"),
    }
    kinds = ("gtpu.error_indication", "gtpu.echo_request", "gtpu.echo_response", "gtpu.end_marker")

    def __init__(self) -> None:
        self._counters: Bounded[str, int] = Bounded(10_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        source = text(fields, "fiveg.gtpu.outer.source.ip") or text(fields, "source.ip")
        if event.kind == "gtpu.error_indication":
            return _error(event, source, world)
        if event.kind == "gtpu.end_marker":
            return _end(event, world)
        counter = number(fields, "fiveg.gtpu.restart_counter")
        before = self._counters.get(source)
        if counter is None:
            return {}
        self._counters[source] = counter
        return {} if before in (None, counter) else {"fiveg.gtpu.recovery_changed": True}


def _error(event: Event, source: str, world: World) -> dict[str, Value]:
    fields = event.fields
    session = world.sessions.of_tunnel(text(fields, "fiveg.gtpu.peer"), text(fields, "fiveg.gtpu.teid"), event.time)
    if session is None:
        return {}
    if session.ended is not None:
        undone = session.creator and session.released is None and session.idle is None
        return {"fiveg.session.desync": "deleted_on_n4"} if undone else {}
    parties = {address for address, _ in session.tunnels + session.uls + session.dls}
    if source not in parties:
        return {"fiveg.gtpu.error_foreign": True}
    return {"fiveg.gtpu.error_live": True} if session.over() is None else {}


def _end(event: Event, world: World) -> dict[str, Value]:
    fields = event.fields
    end = text(fields, "fiveg.gtpu.outer.destination.ip") or text(fields, "destination.ip")
    session = world.sessions.of_tunnel(end, text(fields, "fiveg.gtpu.teid"), event.time)
    if session is None or session.n2 is None:
        return {}
    recent = session.preparing or event.time - session.moved <= MOVE
    return {"fiveg.gtpu.handover_recent": recent}
