"""What our own tap saw of a terminal since something was cut: answers that should not have come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sentinel.errors import EvidenceError
from sentinel.evidence.ring import Ring
from sentinel.model.enforcement import Flow
from sentinel.model.event import Value
from sentinel.store.base import Span, Store
from sentinel.store.moment import parse_moment

MOST = 8  # packets that are shown of a leak
_LOOKED_AT = 2000  # packets and events
_ENDS = re.compile(r"(\S+) → (\S+)$")
_ACCOUNTS = ("flow.updated", "flow.ended")


class Tap(Protocol):
    """Whoever has packets."""

    def answers(self, address: str, flow: Flow | None, since: int, until: int) -> Sequence[str]:
        """What reached a terminal's address (of this flow, where one is named) in a span, one line each."""


class Taps:
    """The ring of packets, and the events of the store for what collectors see elsewhere."""

    def __init__(self, store: Store, ring: Ring) -> None:
        self._store, self._ring = store, ring

    def answers(self, address: str, flow: Flow | None, since: int, until: int) -> Sequence[str]:
        """See `Tap.answers`."""
        found = [*self._packets(address, flow, since, until), *self._events(address, flow, since, until)]
        return found[:MOST]

    def _packets(self, address: str, flow: Flow | None, since: int, until: int) -> Iterator[str]:
        try:
            cut = self._ring.cut([f"address:{address}"], since, until, _LOOKED_AT)
        except EvidenceError:
            return  # the events are looked at all the same
        for packet in cut.packets:
            ends = _ENDS.search(packet.summary)
            if ends and _host(ends[2]) == address and (flow is None or ends[1] == _end(flow)):
                yield f"{packet.source} #{packet.number} {packet.time}: {packet.summary}"

    def _events(self, address: str, flow: Flow | None, since: int, until: int) -> Iterator[str]:
        query = f'(source.ip:"{address}" OR destination.ip:"{address}")'
        for row in self._store.events(query, Span(since, until), _LOOKED_AT).rows:
            if _reached(row, address, flow, since):
                yield f"{row.get('event.id')} {row.get('event.action')}"


def _reached(row: Mapping[str, Value], address: str, flow: Flow | None, since: int) -> bool:
    """Whether an event shows that something reached the terminal after the cut."""
    kind = str(row.get("event.action", ""))
    if kind.startswith("access."):
        return False
    towards = row.get("destination.ip") == address
    there = "source" if towards else "destination"
    if flow is not None and (row.get(f"{there}.ip"), row.get(f"{there}.port")) != (flow.address, flow.port):
        return False
    if kind not in _ACCOUNTS:
        return towards and not kind.startswith(("pfcp.", "ngap.", "nas."))
    begun = parse_moment(str(row.get("@timestamp", "")), 0) or 0
    counted = row.get("source.packets" if towards else "destination.packets", 0)
    return begun - int(str(row.get("event.duration", 0))) >= since and int(str(counted)) > 0


def _end(flow: Flow) -> str:
    return str(flow).rpartition("/")[0]


def _host(end: str) -> str:
    host, colon, _ = end.rpartition(":")
    return host.strip("[]") if colon and (host.count(":") == 0 or host.startswith("[")) else end
