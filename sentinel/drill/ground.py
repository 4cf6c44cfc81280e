"""What every network function of a drill stands on: one time, one wire, one source of chance."""

from __future__ import annotations

from itertools import count
from random import Random

from sentinel.drill.timeline import Timeline
from sentinel.drill.wire.ip import Wire


class Ground:
    """Time and chance of a drill from `start_ns` on, with a seed; the AMF numbers its terminals here."""

    def __init__(self, start_ns: int, seed: str) -> None:
        self.timeline = Timeline(start_ns)
        self.random = Random(seed)
        self.wire = Wire()
        self.amf_ids = count(1)
