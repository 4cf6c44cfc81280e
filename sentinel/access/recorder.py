"""Decisions, kept: each is an event of the store, written in batches by a thread of its own.

An answer may come before its record by the time of one commit. Once records cannot be kept, nothing more is granted.
"""

from __future__ import annotations

import logging
import queue
import threading

from sentinel.errors import SentinelError, StoreError
from sentinel.model.event import Event
from sentinel.store.base import Store

MOST_WAITING = 10_000
_BATCH = 2_000
_PAUSE = 0.5  # seconds before a batch that the store did not take is tried again
_LOG = logging.getLogger(__name__)


class Recorder:
    """Puts events into a store."""

    def __init__(self, store: Store, most: int = MOST_WAITING) -> None:
        self._store = store
        self._waiting: queue.Queue[Event | None] = queue.Queue(most)
        self._failing = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="decisions")
        self._thread.start()

    def check(self) -> None:
        """Raises `StoreError` where a decision could not be kept."""
        if self._failing or self._waiting.full():
            raise StoreError("decisions cannot be kept, and so are not granted")

    def put(self, event: Event) -> None:
        """Keep an event; raises `StoreError` if there is no room for it."""
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            raise StoreError("decisions cannot be kept, and so are not granted") from None

    def close(self) -> None:
        """Write what waits, and end."""
        self._waiting.put(None)
        self._thread.join(10)

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._gather()
            self._write(batch, once=ended)

    def _gather(self) -> tuple[list[Event], bool]:
        """What waits, at least one; and whether that was the end."""
        batch: list[Event] = []
        event = self._waiting.get()
        while event is not None:
            batch.append(event)
            if len(batch) == _BATCH:
                return batch, False
            try:
                event = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, batch: list[Event], *, once: bool) -> None:
        while batch:
            try:
                self._store.add(batch, [], [])
            except SentinelError as error:
                self._failing = True
                _LOG.exception("decisions cannot be kept: %s", error)
                if once:
                    return
                threading.Event().wait(_PAUSE)
            else:
                self._failing = False
                return
