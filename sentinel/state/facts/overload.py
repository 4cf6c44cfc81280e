"""Does an AMF come out of overload?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact
from sentinel.state.bounded import Bounded
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import text
from sentinel.state.world import World

LASTING = 600 * 10**9


class Overload(Fact):
    """No Overload Stop ten minutes after Overload Start (TS 38.413, 8.7.7 and 8.7.8)."""

    fields = {}
    kinds = ("ngap.overload_start", "ngap.overload_stop")
    topics = once = ("overload",)
    derives = ("ngap.overload_lasting",)

    def __init__(self) -> None:
        self._since: Bounded[str, int] = Bounded(1000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        amf = text(event.fields, "source.ip")
        if event.kind == "ngap.overload_stop":
            self._since.pop(amf, None)
        elif amf not in self._since:
            self._since[amf] = event.time
            world.deadlines.add(event.time + LASTING, "overload", amf, event.time)
        return {}

    def unseen(self, topic: str, data: Data) -> None:  # noqa: ARG002
        """See `Fact.unseen`."""
        self._since.pop(str(data[0]), None)

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        amf, since = str(data[0]), data[1]
        if self._since.get(amf) == since:
            del self._since[amf]
            yield derived("ngap.overload_lasting", when, {"source.ip": amf})
