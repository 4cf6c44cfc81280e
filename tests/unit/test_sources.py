"""Sources side by side: one that waits holds up no other, and what goes wrong is raised where it is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from collectors.sources.base import Source
from sentinel.errors import ConfigError, InputError
from sentinel.model.event import Event, PlainEvent
from sentinel.sources import tap, together


class Fixed(Source):
    """A source of so many batches, which may have to wait before the last."""

    def __init__(self, name: str, batches: int, waits_for: threading.Event | None = None) -> None:
        self.name, self._batches, self._waits_for = name, batches, waits_for
        self.closed = False

    def batches(self) -> Iterator[Sequence[Event]]:
        for number in range(self._batches):
            if self._waits_for and number == self._batches - 1:
                self._waits_for.wait(30)
            yield [PlainEvent("nas.x", number, "", self.name, number, {})]

    def counters(self) -> dict[str, int]:
        return {"packets": self._batches}

    def close(self) -> None:
        self.closed = True


def test_tracks_are_read_side_by_side_and_each_in_order() -> None:
    held = threading.Event()
    slow, quick, last = Fixed("slow", 2, held), Fixed("quick", 3), Fixed("last", 1)
    ends = []
    for given in together([[slow], [quick, last]], threading.Event()):
        if given.batch is None:
            ends.append(given.source.name)
            if given.source is last:
                held.set()
    assert ends == ["quick", "last", "slow"]
    assert slow.closed
    assert quick.closed


def test_what_goes_wrong_is_raised() -> None:
    def broken() -> Iterator[Source]:
        yield Fixed("fine", 1)
        raise InputError("nowhere")

    with pytest.raises(InputError, match="nowhere"):
        list(together([broken()], threading.Event()))


def test_a_source_that_waits_does_not_hold_up_the_end() -> None:
    stopping = threading.Event()
    seen = 0
    for _ in together([[Fixed("slow", 2, threading.Event())]], stopping):
        seen += 1
        stopping.set()
    assert seen >= 1


def test_a_tap_is_found_by_its_name() -> None:
    assert [tap(kind).kind for kind in ("live", "scapy", "tshark")] == ["live", "scapy", "tshark"]
    with pytest.raises(ConfigError, match="there are live, scapy, tshark"):
        tap("pcap")
