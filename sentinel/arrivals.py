"""What collectors sent, as one more source of the worker: the door puts batches into the inbox, this reads them."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from collectors.sources.base import Source
from sentinel.errors import IngestError, StoreError
from sentinel.model.event import Event, PlainEvent
from sentinel.shipping import wire
from sentinel.shipping.inbox import Box, boxes
from sentinel.store.base import Store

_LOG = logging.getLogger(__name__)
PATIENCE = 0.2  # seconds between two looks into an empty inbox
LOOK_EVERY = 5.0  # seconds between two looks for new collectors and silent ones
SILENT_AFTER = 60 * 1_000_000_000  # nanoseconds; a collector reports every ten seconds


class Arrivals(Source):
    """The inbox, until told to stop. A batch is deleted after what it gave is stored."""

    name = "collectors"

    def __init__(
        self, folder: Path, store: Store, stopping: threading.Event, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._folder, self._store, self._stopping, self._clock = folder, store, stopping, clock
        self._known: dict[Path, Box] = {}
        self._given: deque[tuple[Box, int] | None] = deque()  # batches that are not confirmed
        self._silent: set[str] = set()
        self._events = 0

    @property
    def quiet(self) -> bool:
        """See `Source.quiet`."""
        return not self._known

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        looked = float("-inf")
        while not self._stopping.is_set():
            if time.monotonic() - looked > LOOK_EVERY:
                looked = time.monotonic()
                yield from self._look()
            got = False
            for box in self._known.values():
                for events in self._open(box):
                    got = True
                    yield events
            if not got:
                self._stopping.wait(PATIENCE)
                yield ()

    def _open(self, box: Box) -> Iterator[Sequence[Event]]:
        """The next batch of a spool."""
        try:
            read = box.read()
        except StoreError as error:
            _LOG.error("%s", error)
            return
        if read is None:
            return
        sequence, batch = read
        try:
            events = wire.decode(batch, box.collector)
        except (IngestError, ValueError, KeyError, TypeError, IndexError):  # the door of another version let it in
            _LOG.exception("batch %d of collector %s cannot be read; it is left out", sequence, box.collector)
            events = []
        if events:
            self._given.append((box, sequence))
            self._events += len(events)
            yield events
        elif not self._given:
            box.confirm(sequence)

    def confirm(self) -> None:
        """See `Source.confirm`."""
        given = self._given.popleft()
        if given is not None:
            box, sequence = given
            try:
                box.confirm(sequence)
            except StoreError as error:  # it is read again after a restart, and known
                _LOG.error("%s", error)

    def _look(self) -> Iterator[Sequence[Event]]:
        """Find new spools, and collectors that fell silent or are heard again."""
        boxes(self._folder, self._known)
        told: list[Event] = []
        for name in sorted({box.collector for box in self._known.values()}):
            try:
                heard = self._store.status(f"collector.{name}").get("time")
            except StoreError:
                continue
            if isinstance(heard, int):
                told += self._judge(name, heard)
        if told:
            self._given.append(None)
            self._events += len(told)
            yield told

    def _judge(self, name: str, heard: int) -> Iterator[Event]:
        silent = self._clock() - heard > SILENT_AFTER
        if silent and name not in self._silent:
            self._silent.add(name)
            _LOG.warning("collector %s has been silent for a minute", name)
            yield _about("monitor.collector_silent", name, heard + SILENT_AFTER)
        elif not silent and name in self._silent:
            self._silent.remove(name)
            _LOG.warning("collector %s is heard again", name)
            yield _about("monitor.collector_returned", name, heard)

    def counters(self) -> dict[str, int]:
        """See `Source.counters`. Its packets are the collectors' own, who count them."""
        return {"packets": 0, "decoded": 0, "malformed": 0, "unknown": 0, "dropped": 0, "events": self._events}


def _about(kind: str, name: str, moment: int) -> PlainEvent:
    event_id = f"{moment:016x}-{wire.digest(kind, name)}"
    return PlainEvent(kind, moment, event_id, name, 0, {"event.action": kind, "observer.name": name})
