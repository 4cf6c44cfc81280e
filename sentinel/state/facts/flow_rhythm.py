"""Does a terminal call the same destination again and again, as a clock would?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from operator import mul

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.world import World

_KEPT = 32  # intervals that are looked at


@dataclass(slots=True, eq=False)
class Calls:
    """Connections of one source to one destination and port."""

    first: int
    last: int
    intervals: tuple[int, ...] = ()
    count: int = 1


class FlowRhythm(Fact):
    """How often and how regularly a destination was called; the spread is the standard deviation over the mean.

    Known gap: a beacon inside of one long connection.
    """

    fields = {
        "fiveg.flow.repeats": spec("long", "connections to this destination and port so far", "累计连接次数"),
        "fiveg.flow.interval": spec("double", "mean seconds between them", "平均间隔（秒）"),
        "fiveg.flow.interval_spread": spec("double", "standard deviation over mean of the intervals", "间隔变异系数"),
        "fiveg.flow.known_for": spec("long", "seconds since the destination was first called", "目的已知时长（秒）"),
    }
    kinds = ("flow.started",)

    def __init__(self) -> None:
        self._calls: Bounded[tuple[str, str, str], Calls] = Bounded(100_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:  # noqa: ARG002
        """See `Fact.of`."""
        get = event.fields.get
        key = (str(get("source.ip", "")), str(get("destination.ip", "")), str(get("destination.port", "")))
        calls = self._calls.get(key)
        if calls is None:
            self._calls[key] = Calls(event.time, event.time)
            return {}
        calls.intervals = (*calls.intervals, event.time - calls.last)[-_KEPT:]
        calls.last, calls.count = event.time, calls.count + 1
        if len(calls.intervals) < 2:
            return {}
        mean, spread = _moments(calls.intervals)
        return {
            "fiveg.flow.repeats": calls.count,
            "fiveg.flow.interval": round(mean / 1e9, 3),
            "fiveg.flow.interval_spread": round(spread / mean, 3) if mean > 0 else 0.0,
            "fiveg.flow.known_for": (event.time - calls.first) // 10**9,
        }


def _moments(intervals: tuple[int, ...]) -> tuple[float, float]:
    """Mean and standard deviation, by way of whole sums, which are exact."""
    many, total = len(intervals), sum(intervals)
    squares = sum(map(mul, intervals, intervals))
    return total / many, math.sqrt(many * squares - total * total) / many
