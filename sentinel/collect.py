"""The collector: reads sources where the traffic is, and ships their events to a service elsewhere.

Events go to a spool on disk first, and from there to the service, in order; so nothing is lost while it is away. When the
spool is full, captures wait. Live traffic does not: what the spool has no room for is lost, counted and told.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from collectors.sources.base import Source, Tap
from collectors.sources.capture_file import CaptureFile
from sentinel.errors import StoreError
from sentinel.evidence.answers import Answers
from sentinel.evidence.ring import Limits, Ring, Writers
from sentinel.keys.tables import EVIDENCE, SPOOL
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.seal import UNSEALED, Seal
from sentinel.shipping import wire
from sentinel.shipping.sender import Sender
from sentinel.shipping.shipper import Shipper
from sentinel.shipping.spool import Spool
from sentinel.sources import Given, Progress, tap, together

_LOG = logging.getLogger(__name__)
FLUSH_EVERY = 0.5  # seconds that an event waits for others before it is spooled
FLUSH_AT = 4096  # events


@dataclass(frozen=True, slots=True)
class Collect:
    """What a collector is told."""

    interfaces: tuple[str, ...]
    captures: tuple[str, ...]
    spool: Path
    spool_size: int  # octets
    filter: str = ""
    source: str = "live"
    limits: Limits = field(default_factory=lambda: Limits(size=0))  # of the packets kept as evidence
    seal: Callable[[str], Seal] = lambda _table: UNSEALED

    @property
    def evidence(self) -> Path:
        """The ring of recent packets: below the spool, which one collector holds."""
        return self.spool / "evidence"


@dataclass(slots=True)
class Figures:
    """What the collector counts; the reading thread writes, the sending thread reads."""

    counters: dict[str, Mapping[str, int]] = field(default_factory=dict)  # by source
    lost: int = 0  # events that a full spool had no room for
    losing: bool = False  # the spool is full just now
    finished: bool = False  # all captures are read, and have arrived

    def status(self, spool: Spool, writers: Writers, refused: int) -> dict[str, object]:
        """As the service is told."""
        evidence = writers.status()
        trouble = evidence.pop("evidence_trouble", "")
        total = {name: count for name, count in evidence.items() if isinstance(count, int)}
        for counters in list(self.counters.values()):
            for name, count in counters.items():
                total[name] = total.get(name, 0) + count
        return {"version": _version(), "sources": list(self.counters), "counters": total, "waiting": spool.waiting,
                "spool": spool.octets, "spool_size": spool.largest, "lost": self.lost, "losing": self.losing,
                "refused": refused, "finished": self.finished, "evidence_trouble": str(trouble)[:1024]}  # fmt: skip


@functools.cache
def _version() -> str:
    try:
        return importlib.metadata.version("sentinel-5g")
    except importlib.metadata.PackageNotFoundError:  # run from where it was unpacked
        return ""


def collect(plan: Collect, sender: Sender, stopping: threading.Event) -> None:
    """Ship what `plan` names until it ends and has arrived, or until told to stop; raises `SentinelError`."""
    with (
        contextlib.closing(Spool(plan.spool, plan.spool_size, plan.seal(SPOOL))) as spool,
        contextlib.closing(sender),
        contextlib.closing(Writers(ring := Ring(plan.evidence, plan.limits, plan.seal(EVIDENCE)))) as writers,
        contextlib.closing(Answers(ring, sender.twin())) as answers,
    ):
        figures = Figures()
        status = functools.partial(figures.status, spool, writers)
        shipper = Shipper(spool, sender, status, answers.take)
        shipper.greet()
        shipper.start()
        reader = Reader(spool, figures, shipper, stopping, resumed(spool))
        try:
            for given in together([_sources(plan, stopping, writers)], stopping, reader.flush):
                reader.take(given)
            reader.flush()
            shipper.drain(stopping)
            if not stopping.is_set() and not spool.waiting:
                spool.unnote()
                figures.finished = not plan.interfaces
        finally:
            writers.close()  # first, so that the last report counts what they keep
            shipper.stop()
    if spool.waiting:
        _LOG.warning("%d batches wait in the spool %s; the next start sends them", spool.waiting, plan.spool)


def _sources(plan: Collect, stopping: threading.Event, writers: Writers) -> Iterator[Source]:
    for capture in plan.captures:
        if not stopping.is_set():
            yield CaptureFile(capture, writers.of(capture, patient=True))
    if plan.interfaces and not stopping.is_set():
        writer = writers.of(" ".join(plan.interfaces))
        yield tap(plan.source)(plan.interfaces, plan.filter, stopping, writer)


def resumed(spool: Spool) -> Progress:
    """How far captures had come when the collector that held the spool ended."""
    note, after = spool.noted()
    progress = Progress(json.loads(note) if note else {})
    for batch in after:  # they were kept, and the collector was killed before it could say so
        for event in wire.decode(batch, ""):
            known = progress.taken.get(event.source.removeprefix(":"))
            if known is not None:
                known["events"] += 1
    return Progress(progress.taken)


class Reader:
    """Takes what the sources give to the spool, in groups."""

    def __init__(
        self, spool: Spool, figures: Figures, shipper: Shipper, stopping: threading.Event, progress: Progress
    ) -> None:
        self._spool, self._figures, self._shipper, self._stopping = spool, figures, shipper, stopping
        self._progress = progress
        self._source: Source | None = None
        self._events: list[Event] = []
        self._since = 0.0
        self._left = False  # what follows is for the next start
        self._losing = 0  # events lost since there was room

    def take(self, given: Given) -> None:
        """A batch of a source, or its end."""
        self._figures.counters[given.source.name] = given.counters
        batch = self._progress.fresh(given.source, given.batch or ())
        if given.source is not self._source:
            self._source = given.source
            if note := self._note():  # before its first batch
                self._spool.note(note)
        if batch and not self._events:
            self._since = time.monotonic()
        self._events += batch
        due = len(self._events) >= FLUSH_AT or time.monotonic() - self._since >= FLUSH_EVERY
        if given.batch is None or due:
            self.flush()
        if given.batch is None and given.source.truncated:
            _LOG.warning("%s: %s; shipped to where it ends", given.source.name, given.source.truncated)

    def flush(self) -> None:
        """Spool what is at hand; it is of one source, for each is flushed at its end."""
        events, self._events = self._events, []
        for batch, number in wire.encode(events):
            self._keep(batch, number)

    def _keep(self, batch: bytes, events: int) -> None:
        while not self._left and not self._put(batch, events):
            if self._stopping.is_set() and self._followed:
                self._left = True
            elif self._stopping.is_set() or isinstance(self._source, Tap):
                self._lose(events)
                return
            else:
                self._shipper.wait_for_room()
        if self._losing:
            self._found()
        self._shipper.wake()

    def _put(self, batch: bytes, events: int) -> bool:
        self._count(events)
        try:
            kept = self._spool.append([batch], self._note())
        except StoreError as error:
            _LOG.error("%s", error)
            kept = False
        if not kept:
            self._count(-events)
        return kept

    def _count(self, events: int) -> None:
        if self._source is not None:
            self._progress.took(self._source, events)

    def _note(self) -> str:
        """How far captures have come, where the source is one."""
        return json.dumps(self._progress.taken) if self._followed else ""

    @property
    def _followed(self) -> bool:
        return self._source is not None and self._progress.follows(self._source)

    def _lose(self, events: int) -> None:
        if not self._losing:
            _LOG.error("the spool is full: events are being lost until the service takes some of it")
        self._losing += events
        self._figures.lost += events
        self._figures.losing = True

    def _found(self) -> None:
        """There is room again: say what was lost, in the log and as an event."""
        _LOG.error("the spool has room again; %d events were lost", self._losing)
        kind, now = "monitor.spool_full", time.time_ns()
        fields: dict[str, Value] = {"event.action": kind, "fiveg.monitor.count": self._losing}
        told = PlainEvent(kind, now, f"{now:016x}-{wire.digest(kind)}", "spool", 0, fields)
        if self._put(wire.encode([told])[0][0], 0):
            self._losing, self._figures.losing = 0, False
