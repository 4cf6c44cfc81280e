"""Can the monitor still tell whose sessions they are?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import number
from sentinel.state.sessions import ACCEPTED
from sentinel.state.world import World

_WINDOW = 50  # sessions over which the share is taken
_WEIGHT = 0.02  # of a session in the share before
_DROP = 10  # points


class IdentityVisibility(Fact):
    """The share of new sessions with a SUPI over the last fifty, against what it was; a fall by ten points is told once."""

    fields = {
        "fiveg.monitor.share": spec("long", "share of sessions with a SUPI, per cent", "可识别会话占比（%）"),
        "fiveg.monitor.share_before": spec("long", "what it was", "此前占比（%）"),
    }
    kinds = ("pfcp.session_establishment_response",)
    topics = ("identity_visibility",)
    derives = ("monitor.identity_lost",)

    def __init__(self) -> None:
        self._last: tuple[bool, ...] = ()
        self._before = -1.0
        self._told = False

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        session = world.sessions.outstanding(event)
        if session is None or number(event.fields, "fiveg.pfcp.cause") != ACCEPTED:
            return {}
        self._last = (*self._last, bool(session.identity.supi))[-_WINDOW:]
        if len(self._last) < _WINDOW:
            return {}
        share = 100 * sum(self._last) / _WINDOW
        if self._before < 0:
            self._before = share
        if self._before - share > _DROP and not self._told:
            self._told = True
            world.deadlines.add(event.time, "identity_visibility", round(share), round(self._before))
        elif self._before - share <= _DROP:
            self._told = False
            self._before += _WEIGHT * (share - self._before)
        return {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        yield derived("monitor.identity_lost", when, {
            "fiveg.monitor.share": data[0], "fiveg.monitor.share_before": data[1], "fiveg.monitor.plane": "N4",
        })  # fmt: skip
