"""Does the monitor hear all planes, and does it still learn who is who?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.planes import Plane
from sentinel.state.world import World

_SECOND = 10**9
LIMITS = {
    "N2": 120 * _SECOND,
    "N4": 120 * _SECOND,
    "N3": 600 * _SECOND,
}  # heartbeats are far more frequent on N2 and N4
_PATIENCE = 3  # times the longest silence there was before
_OTHERS = 30 * _SECOND  # so lately another plane must have been heard
_KNOWN = 60 * _SECOND  # a plane of heartbeats that was heard for less may never have had any
_NAMES = tuple(LIMITS)


class MonitorHealth(Fact):
    """A plane that falls silent for longer than ever (and two minutes, N3 ten) while another is heard.

    N3 may be silent where no session is alive. Of N2 and N4, something is expected after a minute in which they were heard.
    """

    fields = {
        "fiveg.monitor.plane": spec("keyword", "the plane that this is about: N2, N3 or N4", "参考点"),
        "fiveg.monitor.silent_for": spec("long", "seconds for which nothing was heard", "静默秒数"),
    }
    kinds = ()
    topics = ("plane", "plane_sighted")
    derives = ("monitor.blind", "monitor.sighted")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:  # noqa: ARG002
        """See `Fact.of`."""
        return {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:
        """See `Fact.due`."""
        name = str(data[0])
        plane = world.planes.of(name)
        if plane is None:
            return
        if topic == "plane_sighted":
            if plane.blind:
                silent, plane.blind = when - plane.blind, 0
                yield derived("monitor.sighted", when, {
                    "fiveg.monitor.plane": name, "fiveg.monitor.silent_for": silent // _SECOND,
                })  # fmt: skip
            return
        limit = max(LIMITS[name], _PATIENCE * plane.longest)
        silent = world.deadlines.watched(plane.last, when)
        world.deadlines.add(max(when - silent + limit, when + _OTHERS, world.now), "plane", name)
        if silent >= limit and not plane.blind and _others(name, when, world) and _expected(name, plane, world):
            plane.blind = plane.last
            yield derived("monitor.blind", when, {
                "fiveg.monitor.plane": name, "fiveg.monitor.silent_for": silent // _SECOND,
            })  # fmt: skip


def _others(name: str, when: int, world: World) -> bool:
    planes = (world.planes.of(other) for other in _NAMES if other != name)
    return any(_heard(plane, when, world) for plane in planes)


def _heard(plane: Plane | None, when: int, world: World) -> bool:
    return plane is not None and not plane.blind and world.deadlines.watched(plane.last, when) <= _OTHERS


def _expected(name: str, plane: Plane, world: World) -> bool:
    if name == "N3":
        return any(world.sessions.live.values())
    return plane.last - plane.first >= _KNOWN
