"""Whether the mirror shows what there is: while it is blind, what seems to be missing may only be unseen.

Events of the monitor itself say so (`monitor.*`), with the plane they are about where they know it. Blindness lasts
until the event that ends it, or for as long as the table says after the last one that began it, in event time; where
that says how long it lasted (`event.duration`), so much longer.
"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event

PREFIX = "monitor."
_MINUTE = 60_000_000_000
_BEGIN: Mapping[str, int] = {  # for how long at most
    "monitor.blind": 60 * _MINUTE,
    "monitor.interface_lost": 60 * _MINUTE,
    "monitor.collector_silent": 60 * _MINUTE,
    "monitor.packets_dropped": _MINUTE,
    "monitor.spool_full": _MINUTE,
    "monitor.batches_missing": _MINUTE,
    "monitor.watching_interrupted": _MINUTE,
}
_END: Mapping[str, tuple[str, ...]] = {
    "monitor.sighted": ("monitor.blind",),
    "monitor.interface_returned": ("monitor.interface_lost",),
    "monitor.collector_returned": ("monitor.collector_silent",),
}
KINDS = frozenset((*_BEGIN, *_END))
PLANE = "fiveg.monitor.plane"
_ALL = ""


class Sight:
    """Which planes are not seen now; few entries, each a kind and a plane."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], int] = {}

    def observe(self, event: Event) -> None:
        """An event of the monitor."""
        named = event.fields.get(PLANE)
        planes = named if isinstance(named, tuple) else (_ALL if named is None else named,)
        for plane in planes:
            whose = str(plane).lower()
            if event.kind in _BEGIN:
                lasted = event.fields.get("event.duration")
                end = event.time + (lasted if isinstance(lasted, int) else 0)
                self._until[event.kind, whose] = end + _BEGIN[event.kind]
            for begun in _END.get(event.kind, ()):
                self._until.pop((begun, whose), None)

    def blind(self, planes: tuple[str, ...], now: int) -> bool:
        """Whether any of these planes is not seen now; a blindness without a plane is that of all."""
        if not self._until:
            return False
        for key in [key for key, until in self._until.items() if until < now]:
            del self._until[key]
        return any(plane == _ALL or not planes or plane in planes for _, plane in self._until)

    def clear(self) -> None:
        """Forget everything."""
        self._until.clear()

    def dump(self) -> list[object]:
        """The state in JSON's terms."""
        return [[kind, plane, until] for (kind, plane), until in self._until.items()]

    def load(self, state: object) -> None:
        """Take back what `dump` gave."""
        self.clear()
        for kind, plane, until in state if isinstance(state, list) else ():
            self._until[str(kind), str(plane)] = int(until)
