"""What collectors sent, as one more source of the worker: the door puts batches into the inbox, this reads them."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from collectors.sources.base import Source
from sentinel.errors import IngestError, StoreError
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.seal import UNSEALED, Seal
from sentinel.operations.fleet import SILENT_AFTER
from sentinel.shipping import wire
from sentinel.shipping.inbox import Box, Boxes
from sentinel.store.base import Store

_LOG = logging.getLogger(__name__)
PATIENCE = 0.2  # seconds between two looks into an empty inbox
LOOK_EVERY = 5.0  # seconds between two looks for new collectors and silent ones


@dataclass(slots=True)
class Tally:
    """What of a collector is stored, over all its spools and restarts; `missing` are batches that never came."""

    batches: int = 0
    events: int = 0
    missing: int = 0
    missed: int = 0  # when that was noticed last
    latest: int = 0  # time of the latest event
    spool: str = ""  # of the last batch that is counted
    number: int = 0  # and its number: after a kill it may be read again


@dataclass(frozen=True, slots=True)
class _Given:
    """A batch that is not confirmed."""

    box: Box
    sequence: int
    missing: int
    events: int
    latest: int


class Arrivals(Source):
    """The inbox, until told to stop. A batch is deleted after what it gave is stored."""

    name = "collectors"

    def __init__(
        self, folder: Path, store: Store, stopping: threading.Event, silence: int = SILENT_AFTER,
        clock: Callable[[], int] = time.time_ns, seal: Seal = UNSEALED,
    ) -> None:  # fmt: skip
        self._store, self._stopping = store, stopping
        self._silence, self._clock = silence, clock
        self._boxes = Boxes(folder, seal)
        self._known: Sequence[Box] = ()
        self._given: deque[_Given | None] = deque()
        self._silent: set[str] = set()
        self._finished: set[str] = set()  # those that shipped captures, to their end
        self._tallies: dict[str, Tally] = {}
        self._events = 0
        self._complained = ""
        self._heard = False  # a collector reports: an inbox alone says that one did once

    @property
    def quiet(self) -> bool:
        """See `Source.quiet`."""
        return not self._heard

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        looked = float("-inf")
        while not self._stopping.is_set():
            if time.monotonic() - looked > LOOK_EVERY:
                looked = time.monotonic()
                yield from self._look()
            got = False
            for box in self._known:
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
            if str(error) != self._complained:
                _LOG.error("%s", error)
            self._complained = str(error)
            return
        if read is None:
            return
        sequence, batch = read
        try:
            events = wire.decode(batch, box.collector)
        except (IngestError, ValueError, KeyError, TypeError, IndexError):  # the door of another version let it in
            _LOG.exception("batch %d of collector %s cannot be read; it is left out", sequence, box.collector)
            events = []
        given = _Given(box, sequence, box.missing, len(events), max((event.time for event in events), default=0))
        told = [*self._gap(box, sequence, events), *events]
        if told:
            self._given.append(given)
            self._events += len(told)
            yield told
        elif not self._given:
            self._done(given)

    def _gap(self, box: Box, sequence: int, events: Sequence[Event]) -> Iterator[Event]:
        """Batches that the collector numbered, and that are not here: refused, or lost on the way with its disk or ours."""
        if box.missing:
            _LOG.error(
                "%d batches of collector %s never came, before its number %d", box.missing, box.collector, sequence
            )
            moment = events[0].time if events else self._clock()  # read again, it is the same event
            yield _about("monitor.batches_missing", box.collector, moment, box.spool, str(sequence), count=box.missing)

    def clock(self, batch: Sequence[Event]) -> str:
        """See `Source.clock`: that of the collector; what is said of a collector is said by ours."""
        heard = (event.source for event in batch if not event.kind.startswith("monitor."))
        return next(heard, "").partition(":")[0]

    def confirm(self) -> None:
        """See `Source.confirm`."""
        given = self._given.popleft()
        if given is not None:
            self._done(given)

    def _done(self, given: _Given) -> None:
        self._count(given)
        try:
            given.box.confirm(given.sequence)
        except StoreError as error:  # it is read again after a restart, and known
            _LOG.error("%s", error)

    def _count(self, given: _Given) -> None:
        """Before it is confirmed: what is confirmed is not read again after a kill, and would be counted nowhere."""
        name, counted = given.box.collector, self._tallies.get(given.box.collector, Tally())
        if counted.spool == given.box.spool and given.sequence <= counted.number:
            return
        counted.batches += 1
        if given.missing:
            counted.missing, counted.missed = counted.missing + given.missing, self._clock()
        counted.events += given.events
        counted.latest = max(counted.latest, given.latest)
        counted.spool, counted.number = given.box.spool, given.sequence
        self._say(name, counted)

    def _say(self, name: str, counted: Tally) -> None:
        try:
            self._store.put_status(f"arrivals.{name}", asdict(counted))
        except StoreError as error:
            _LOG.warning("%s", error)

    def _look(self) -> Iterator[Sequence[Event]]:
        """Find new spools, and collectors that fell silent or are heard again."""
        self._known = self._boxes.look()
        self._publish()
        told: list[Event] = []
        names = {box.collector for box in self._known}
        for name in sorted(names):
            try:
                if name not in self._tallies:
                    self._tallies[name] = tally(self._store, name)
                said = self._store.status(f"collector.{name}")
            except StoreError:
                continue
            if isinstance(heard := said.get("time"), int):
                told += self._judge(name, heard, finished=bool(said.get("finished")))
        self._heard = bool(names - self._silent - self._finished)
        if told:
            self._given.append(None)
            self._events += len(told)
            yield told

    def _judge(self, name: str, heard: int, *, finished: bool) -> Iterator[Event]:
        (self._finished.add if finished else self._finished.discard)(name)
        silent = self._clock() - heard > self._silence and not finished
        if silent and name not in self._silent:
            self._silent.add(name)
            _LOG.warning("collector %s has been silent for %d seconds", name, self._silence // 1_000_000_000)
            yield _about("monitor.collector_silent", name, heard + self._silence)
        elif not silent and name in self._silent:
            self._silent.remove(name)
            _LOG.warning("collector %s is heard again", name)
            yield _about("monitor.collector_returned", name, heard)

    def _publish(self) -> None:
        """Say after what time a collector is silent."""
        try:
            self._store.put_status("arrivals", {"silent_after": self._silence})
        except StoreError as error:
            _LOG.warning("%s", error)

    def counters(self) -> dict[str, int]:
        """See `Source.counters`. Its packets are the collectors' own, who count them."""
        return {"packets": 0, "decoded": 0, "malformed": 0, "unknown": 0, "dropped": 0, "events": self._events}


def tally(store: Store, name: str) -> Tally:
    """What the worker last said of a collector."""
    said = store.status(f"arrivals.{name}")
    counts = {each.name: int(str(said.get(each.name, 0))) for each in fields(Tally) if each.name != "spool"}
    return Tally(**counts, spool=str(said.get("spool", "")))


def _about(kind: str, name: str, moment: int, *parts: str, count: int = 0) -> PlainEvent:
    told: dict[str, Value] = {"event.action": kind, "observer.name": name}
    if count:
        told["fiveg.monitor.count"] = count
    return PlainEvent(kind, moment, f"{moment:016x}-{wire.digest(kind, name, *parts)}", name, 0, told)
