"""The worker: packets in, events, alerts and evidence out. Reads top to bottom like the design, section 3."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from collectors.sources.base import Source
from collectors.sources.capture_file import CaptureFile
from collectors.sources.frames import Frames
from collectors.sources.live import Live
from sentinel import detection, drill
from sentinel.config import Config, shipped
from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.event import Event, Frame, Value
from sentinel.model.fields import CATALOGUE
from sentinel.site import SitePlan, load_site
from sentinel.state import FACTS, State
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Store

__all__ = ["Pipeline", "Sink", "Source", "analyze", "decode", "load_rules", "site_of", "work"]

_LOG = logging.getLogger(__name__)
REPORT_EVERY = 1.0  # seconds between two reports of the worker about itself
RETRY_EVERY = 2.0  # seconds between two tries to store a batch
FIELDS = {**CATALOGUE, **FACTS}


class Sink(Protocol):
    """Where events, alerts and evidence go; a `Store` is one."""

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Take a batch whole, or raise `StoreError`."""


class Pipeline:
    """State, detection and a sink, in that order; the same for a live site, a replay and an offline analysis."""

    def __init__(self, site: SitePlan | None, rules: detection.RuleSet, sink: Sink) -> None:
        self.site = site
        self.state = State(site)
        self.detection = detection.Detection(rules, site.parameters if site else None)
        self._sink = sink
        self.now = 0  # packet time of the last event

    def process(self, batch: Iterable[Event]) -> None:
        """One batch of events, all the way."""
        events = [self.state.observe(event) for event in batch]
        if not events:
            return
        self.now = events[-1].time
        found = self.detection.observe(events)
        self._sink.add(events, found.alerts, found.proofs)


class Patient:
    """A sink that does not give up: while the store cannot take a batch, the source is not read any further."""

    def __init__(self, store: Sink, stopping: threading.Event) -> None:
        self._store = store
        self._stopping = stopping

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Store the batch, however long it takes; raises `StoreError` only when the worker is told to stop."""
        complained = False
        while True:
            try:
                self._store.add(events, alerts, proofs)
            except StoreError as error:
                if not complained:
                    _LOG.error("%s; holding %d events and trying again", error, len(events))
                complained = True
                if self._stopping.wait(RETRY_EVERY):
                    raise
            else:
                return


class Reporter:
    """Publishes what the worker says of itself."""

    def __init__(self, store: Store, pipeline: Pipeline) -> None:
        self._store = store
        self._pipeline = pipeline
        self._done: dict[str, int] = {}  # counters of the sources that came to their end
        self._last = (0.0, 0)

    def report(self, source: Source | None, force: bool = False) -> None:
        """Publish, if the last report is old enough."""
        now = time.monotonic()
        if not force and now - self._last[0] < REPORT_EVERY:
            return
        status = self._status(source, now)
        try:
            self._store.put_status("worker", status)
        except StoreError as error:
            _LOG.warning("%s", error)

    def ended(self, source: Source) -> None:
        """Keep the counts of a source that came to its end."""
        self._done = _sum(self._done, source.counters())

    def _status(self, source: Source | None, now: float) -> Mapping[str, Value]:
        pipeline = self._pipeline
        counters = _sum(self._done, source.counters()) if source else self._done
        events = counters.get("events", 0)
        rate = (events - self._last[1]) / (now - self._last[0]) if self._last[0] else 0.0
        self._last = (now, events)
        seen = pipeline.state.events
        return {
            "time": time.time_ns(),
            "source": source.name if source else "",
            "events_per_second": round(rate, 1),
            "site": pipeline.site.site if pipeline.site else "",
            "learning": pipeline.state.learning(pipeline.now),
            "rules": len(pipeline.detection.rules),
            "rule_failures": sum(failure.count for failure in pipeline.detection.errors.values()),
            **({"identity_resolved": round(pipeline.state.resolved / seen, 4)} if seen else {}),
            **counters,
        }


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}


def analyze(
    captures: Sequence[str], site: SitePlan | None, rules: detection.RuleSet, sink: Sink,
    watch: Callable[[Source], None],
) -> Pipeline:  # fmt: skip
    """Run captures through the pipeline, one after the other; `watch` is told after every batch."""
    pipeline = Pipeline(site, rules, sink)
    for capture in captures:
        with CaptureFile(capture) as source:
            for batch in source.batches():
                pipeline.process(batch)
                watch(source)
    return pipeline


def decode(captures: Sequence[str], take: Callable[[Sequence[Event]], None], watch: Callable[[Source], None]) -> None:
    """Decode captures to bare events, one after the other."""
    for capture in captures:
        with CaptureFile(capture) as source:
            for batch in source.batches():
                take(batch)
                watch(source)


def load_rules(directory: Path) -> detection.RuleSet:
    """The rules of a folder, judged against all fields that events carry; raises `RuleSetError`."""
    return detection.load(directory, FIELDS)


def site_of(config: Config) -> SitePlan | None:
    """The site plan that the configuration names; the demo brings its own."""
    if config.site is not None:
        return load_site(config.site)
    return load_site(shipped("deploy/examples") / "site-demo" / "site.yaml") if config.demo else None


def work(config: Config, stopping: threading.Event) -> None:
    """The worker process: watch every source until told to stop."""
    store = SqliteStore(config.events_database)
    pipeline = Pipeline(site_of(config), load_rules(config.rules), Patient(store, stopping))
    reporter = Reporter(store, pipeline)
    reporter.report(None, force=True)
    for source in _sources(config, stopping):
        with source:
            for batch in source.batches():
                pipeline.process(batch)
                reporter.report(source)
                if stopping.is_set():
                    break
            reporter.ended(source)
        if source.truncated:
            _LOG.warning("%s: %s; analysed to where it ends", source.name, source.truncated)
    while not stopping.is_set():
        reporter.report(None, force=True)
        stopping.wait(REPORT_EVERY)
    store.close()


def _sources(config: Config, stopping: threading.Event) -> Iterator[Source]:
    for capture in config.captures:
        if not stopping.is_set():
            yield CaptureFile(capture)
    if config.interface and not stopping.is_set():
        yield Live(config.interface, stopping)
    while config.demo and not stopping.is_set():
        start = time.time_ns()
        yield Frames("demo", _paced(drill.demo_frames(start), stopping))


def _paced(frames: Iterator[Frame], stopping: threading.Event) -> Iterator[list[Frame]]:
    """Frames when their time has come, in groups of those that are due together."""
    due: list[Frame] = []
    for frame in frames:
        ahead = (frame.time - time.time_ns()) / 1e9
        if ahead > 0.02:
            if due:
                yield due
                due = []
            if stopping.wait(max(0.0, (frame.time - time.time_ns()) / 1e9)):
                return
        due.append(frame)
    if due:
        yield due
