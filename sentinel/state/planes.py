"""Mirror health: which plane is heard, and which fell silent while others go on (threats, 157)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sentinel.model.event import Event
from sentinel.state.bounded import Bounded
from sentinel.state.table import Table

SECOND = 10**9
PLANES = {"ngap": "N2", "nas": "N2", "sctp": "N2", "pfcp": "N4", "gtpu": "N3", "flow": "N3"}


@dataclass(slots=True, eq=False)
class Plane:
    """What is heard of a reference point."""

    first: int = 0
    last: int = 0
    longest: int = 0  # the longest silence that was followed by something, in its first hour and since
    events: int = 0
    blind: int = 0  # since when it is said to be blind; 0: it is not


class Planes(Table):
    """N2, N3 and N4 as they are heard."""

    kept = ("_planes",)

    def __init__(self) -> None:
        self._planes: Bounded[str, Plane] = Bounded(8)

    def observe(self, event: Event, name: str, watched: Callable[[int, int], int]) -> tuple[str, str] | None:
        """Something is heard on the plane; the topic and plane where it is heard for the first time, or again.

        A silence is as long as it was `watched`.
        """
        now, plane = event.time, self._planes.get(name)
        if plane is None:
            self._planes[name] = Plane(now, now, events=1)
            return "plane", name
        plane.events += 1
        silent = now - plane.last
        if silent > 0:
            if silent > plane.longest and not plane.blind:
                plane.longest = max(plane.longest, watched(plane.last, now))
            plane.last = now
        return ("plane_sighted", name) if plane.blind else None

    def of(self, name: str) -> Plane | None:
        """How a plane is heard; none, where it never was."""
        return self._planes.get(name)

    def heard(self, name: str, now: int, within: int) -> bool:
        """Something was heard of the plane lately, and it is not blind."""
        plane = self._planes.get(name)
        return plane is not None and not plane.blind and plane.first <= now <= plane.last + within

    @property
    def blind(self) -> tuple[str, ...]:
        """Planes that are said to be blind."""
        return tuple(name for name, plane in self._planes.items() if plane.blind)
