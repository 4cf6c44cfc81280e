"""Decisions, to be searched: each is an event of the store too, written in batches by a thread of its own.

They are on record in the audit log before. Once events cannot be kept, nothing more is granted all the same: the store fails or hangs, the thread has ended, no room is left, or one decision after the other is none that can be written.
"""

from __future__ import annotations

import logging
import queue
import threading
import time

from sentinel.errors import SentinelError, StoreError
from sentinel.model.event import Event
from sentinel.store.base import Store

MOST_WAITING = 10_000
_BATCH = 2_000
_GATHER = 0.1  # seconds in which decisions gather: a transaction of the store for each would take longer than to decide
_PAUSE = 0.5  # seconds before a batch that the store did not take is tried again
_STUCK = 5.0  # seconds after which a batch that is still being written is not going to be
_ASIDE = 3  # decisions in a row that cannot be written: then it is not the decisions
_LOG = logging.getLogger(__name__)


class Recorder:
    """Puts events into a store."""

    def __init__(self, store: Store, most: int = MOST_WAITING) -> None:
        self._store, self._most = store, most
        self._ending = threading.Event()
        self._waiting: queue.Queue[Event | None] = queue.Queue(most)
        self._failing = False
        self._since = 0.0  # when the batch that is being written was begun; 0 while none is
        self._aside = 0  # decisions in a row
        self._thread = threading.Thread(target=self._run, daemon=True, name="decisions")
        self._thread.start()

    def check(self) -> None:
        """Raises `StoreError` where a decision could not be kept."""
        if problem := self.problem:
            raise StoreError(f"decisions cannot be kept, and so are not granted: {problem}")

    @property
    def problem(self) -> str:
        """Why a decision could not be kept now; empty where it could."""
        since = self._since  # once: the thread sets it
        if not self._thread.is_alive():
            return "the thread that writes them has ended"
        if self._failing:
            return "the store does not take them"
        if since and time.monotonic() - since > _STUCK:
            return "the store does not answer"
        if self._waiting.qsize() >= self._most:
            return "too many wait"
        return "none of the last ones could be written" if self._aside >= _ASIDE else ""

    @property
    def crowded(self) -> bool:
        """Whether half of the room is taken: the rest is for those who wait for an answer, and what nobody asked for waits."""
        return self._waiting.qsize() >= self._most // 2

    def put(self, event: Event) -> None:
        """Keep an event; raises `StoreError` if there is no room for it."""
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            raise StoreError("decisions cannot be kept, and so are not granted") from None

    def close(self) -> None:
        """Write what waits, and end."""
        self._ending.set()
        self._waiting.put(None)
        self._thread.join(10)

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._gather()
            self._since = time.monotonic()
            self._write(batch, once=ended)
            self._since = 0.0

    def _gather(self) -> tuple[list[Event], bool]:
        """What waits, at least one; and whether that was the end."""
        batch: list[Event] = []
        event = self._waiting.get()
        self._ending.wait(_GATHER)
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
                self._add(batch)
            except SentinelError as error:
                self._failing = True
                _LOG.exception("decisions cannot be kept: %s", error)
                if once:
                    return
                threading.Event().wait(_PAUSE)
            else:
                self._failing = False
                return

    def _add(self, batch: list[Event]) -> None:
        """Put a batch into the store; what cannot be written at all is looked for, and set aside."""
        try:
            self._store.add(batch, [], [])
        except SentinelError:
            raise
        except Exception as error:  # noqa: BLE001  # the thread outlives whatever one decision does
            self._singly(batch, error)
        else:
            self._aside = 0

    def _singly(self, batch: list[Event], error: Exception) -> None:
        if len(batch) > 1:
            for event in batch:
                self._add([event])
            return
        self._aside += 1
        told = (error, batch[0].id, batch[0].source)  # not its fields: those name people
        _LOG.error("a decision cannot be written, and is set aside: %s: %s of %s", *told)
