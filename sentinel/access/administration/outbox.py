"""What waits to be told to the log of facts: nothing is lost because the log could not take it at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from sentinel.model.event import PlainEvent
from sentinel.model.facts import Kind, Told
from sentinel.store.facts import FactLog

_LOG = logging.getLogger(__name__)
MOST = 100_000  # facts that wait; the latest are kept


class Outbox:
    """In front of a log of facts."""

    def __init__(self, log: FactLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._waiting: list[Told] = []

    def happened(self, event: PlainEvent) -> None:
        """Have the worker judge an event, and keep it."""
        _LOG.warning("%s %s", event.kind, event.id)
        with self._lock:
            self._waiting.append(Told(Kind.EVENT, event.id, event.time, event.fields, over=True))

    def flush(self, more: Sequence[Told] = ()) -> None:
        """Tell what waits; raises `StoreError`, and then it waits on."""
        with self._lock:
            waiting = self._waiting = [*self._waiting, *more][-MOST:]
            self._log.tell(waiting)
            self._waiting = []
