"""What happened at the door, as one more source of the worker: events that the log of facts has for detection."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence

from collectors.sources.base import Source
from sentinel.model.event import Event, PlainEvent
from sentinel.model.facts import Kind, Told
from sentinel.store.facts import FactLog

READER = "worker"
PATIENCE = 0.5  # seconds between two looks at whether to stop


class Happenings(Source):
    """The events of the log, from where the worker left off, until told to stop."""

    name = "access"

    def __init__(self, log: FactLog, stopping: threading.Event) -> None:
        self._log, self._stopping = log, stopping
        self._read = log.marked(READER)
        self._given: deque[int] = deque()  # the last number of each batch that was not confirmed
        self._events = 0

    @property
    def quiet(self) -> bool:
        """See `Source.quiet`: it watches no network."""
        return True

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        bell = self._log.bell()
        try:
            while not self._stopping.is_set():
                told = self._log.after(self._read, [Kind.EVENT])
                if told:
                    self._read = told[-1].number
                    yield from self._whole(told)
                else:
                    bell.wait(PATIENCE)
        finally:
            bell.close()

    def _whole(self, told: Sequence[Told]) -> Iterator[Sequence[Event]]:
        self._events += len(told)
        events = [_event(each) for each in told if not each.damaged]
        if events:
            self._given.append(told[-1].number)
            yield events

    def clock(self, _batch: Sequence[Event]) -> str:
        """See `Source.clock`: ours, not that of packets, which may be of a capture."""
        return self.name

    def confirm(self) -> None:
        """See `Source.confirm`."""
        self._log.mark(READER, self._given.popleft())

    def counters(self) -> dict[str, int]:
        """See `Source.counters`."""
        return {"happenings": self._events}


def _event(told: Told) -> PlainEvent:
    return PlainEvent(str(told.fields["event.action"]), told.time, told.key, "access", 0, told.fields)
