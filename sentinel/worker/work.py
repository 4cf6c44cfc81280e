"""The worker process: watches the sources, feeds the pipeline, and says how it is doing."""

from __future__ import annotations

import functools
import logging
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from collectors.sources.base import Source
from collectors.sources.capture_file import CaptureFile
from collectors.sources.frames import Frames
from sentinel import drill, storage
from sentinel.audit.opening import audited
from sentinel.config import Config
from sentinel.errors import StoreError
from sentinel.evidence.ring import Limits, Ring, Writers
from sentinel.keys.opening import sealing_of
from sentinel.keys.tables import EVIDENCE, INBOX, Registered
from sentinel.model.alert import Alert
from sentinel.model.event import Event, Frame, PlainEvent, Value
from sentinel.model.facts import Kind, Told
from sentinel.model.garbage import settle
from sentinel.pipeline import Pipeline, site_of
from sentinel.shipping import wire
from sentinel.shipping.spool import Spool
from sentinel.signing import rules_loader
from sentinel.sources import Given, tap, together
from sentinel.state.history import History
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.base import Store
from sentinel.store.facts import FactLog
from sentinel.store.sealing import Sealing
from sentinel.worker.arrivals import Arrivals
from sentinel.worker.behind import Behind
from sentinel.worker.chronicle import Chronicle
from sentinel.worker.draining import Draining
from sentinel.worker.happenings import Happenings
from sentinel.worker.memory import Memory
from sentinel.worker.publishing import Publisher
from sentinel.worker.reload import Reloader, digest

_LOG = logging.getLogger(__name__)
REPORT_EVERY = 1.0  # seconds between two reports of the worker about itself
RATE_OVER = 10  # reports over which the rate of events is taken


def work(config: Config, stopping: threading.Event) -> None:
    """Watch every source until told to stop."""
    ledger, control, _ = audited(config)
    sealing = sealing_of(config, control)
    store = storage.opened(config, sealing)
    history = History(config.identity_database, sealing=sealing)
    load = rules_loader(config, control)
    log = FactLog(config.facts, sealing)
    draining = _draining(config, store, log)
    behind = Behind(stopping)
    publisher = Publisher(sink=draining or store, ledger=history, log=log, do=behind.do)
    pipeline = Pipeline(site_of(config), load(config.rules), sink=publisher, ledger=publisher)
    memory = Memory(config.state_file, pipeline, history, sealing, behind.settle)
    memory.recall(_plan(config, pipeline))
    publisher.anew(pipeline.state)
    settle()
    limits = Limits.of(config.evidence_mib, config.evidence_days, config.evidence_snap)
    writers = Writers(Ring(config.evidence, limits, Registered(sealing, EVIDENCE)))
    reloader = Reloader(config.rules, pipeline, ledger, load)
    reporter = Reporter(store, pipeline, writers, reloader, publisher.beat, draining)
    interrupted = _interrupted(config, store.status("worker"))
    ended = threading.Event()
    reports = threading.Thread(target=reporter.run, args=(ended,), daemon=True)
    reports.start()
    drains = threading.Thread(target=draining.run, args=(ended,), daemon=True) if draining else None
    if drains:
        drains.start()
    if isinstance(store, ElasticsearchStore):
        threading.Thread(target=Chronicle(store, config.audit).run, args=(ended,), daemon=True).start()
    try:
        for told in interrupted:
            pipeline.interrupt(told)
        tracks = [
            _sources(config, stopping, writers),
            _arrivals(config, store, stopping, sealing),
            [Happenings(log, stopping)],
        ]
        for given in together(tracks, stopping):
            _take(given, pipeline, memory, reporter, behind)
            reloader.tick()
            behind.heed()
        memory.keep()
        stopping.wait()
    finally:
        behind.close()
        writers.close()
        ended.set()
        reports.join(5)
        if drains and draining:
            drains.join(5)
            draining.close()
        history.close()
        log.close()
        store.close()
        control.close()
        ledger.close()


def _draining(config: Config, store: Store, log: FactLog) -> Draining | None:
    """The spool in front of a cluster; the embedded store needs none. Alerts are told again when they can be found."""
    if not isinstance(store, ElasticsearchStore):
        return None

    def arrived(alerts: Sequence[Alert]) -> None:
        log.tell([Told(Kind.ALERT, alert.id, time.time_ns()) for alert in alerts])

    return Draining(store, Spool(config.outbox, config.store_spool_mib << 20), arrived)


def _interrupted(config: Config, said: Mapping[str, Value]) -> list[Event]:
    """That live sources were not watched since the last worker was heard; collectors watch on meanwhile."""
    since, name = said.get("time"), str(said.get("live", ""))
    if not name or not _watches(config) or not isinstance(since, int):
        return []
    kind, lost = "monitor.watching_interrupted", max(time.time_ns() - since, 0)
    how = "was told to stop" if said.get("stopped") else "did not stop by itself"
    _LOG.warning("the worker %s; `%s` was not watched for %.1f s", how, name, lost / 1e9)
    told: dict[str, Value] = {"event.action": kind, "observer.ingress.interface.name": name, "event.duration": lost}
    return [PlainEvent(kind, since, f"{since:016x}-{wire.digest(kind, name)}", name, 0, told)]


def _watches(config: Config) -> bool:
    """Whether there is anything live to watch: an interface, the demo, a capture that is piped in."""
    return (
        bool(config.interfaces)
        or config.demo
        or any(each == "-" or not Path(each).is_file() for each in config.captures)
    )


def _take(given: Given, pipeline: Pipeline, memory: Memory, reporter: Reporter, behind: Behind) -> None:
    if given.batch:
        batch = memory.fresh(given.source, given.batch)
        memory.resume(given.source, batch)
        pipeline.process(batch, given.source.clock(batch))
        memory.took(given.source, batch)
        behind.do(given.source.confirm)
    if given.batch is None:
        memory.keep()  # a source came to its end: what it gave is not read again
    memory.tick()
    reporter.seen(given)
    if given.batch is None and given.source.truncated:
        _LOG.warning("%s: %s; analysed to where it ends", given.source.name, given.source.truncated)


class Reporter:
    """Publishes what the worker says of itself, also while a source is quiet.

    The watching thread hands over counters after every batch (`seen`); a thread of its own publishes them (`run`).
    """

    def __init__(
        self, store: Store, pipeline: Pipeline, writers: Writers, reloader: Reloader | None = None,
        beat: Callable[[], None] = lambda: None,
        draining: Draining | None = None,
    ) -> None:  # fmt: skip
        self._store = store
        self._pipeline = pipeline
        self._writers = writers
        self._reloader = reloader
        self._beat = beat
        self._draining = draining
        self._done: Mapping[str, int] = {}  # counters of the sources that came to their end
        self._now: Mapping[Source, Mapping[str, int]] = {}  # counters of the sources that are being read
        self._live: tuple[str, ...] = ()  # sources of which nothing is seen while there is no worker
        self._since = time.time_ns()
        self._rates: deque[tuple[float, int]] = deque(maxlen=RATE_OVER)

    def seen(self, given: Given) -> None:
        """A source is being read, and this far, or came to its end."""
        if given.source.live and given.source.name not in self._live:
            self._live = (*self._live, given.source.name)
        others = {source: counters for source, counters in self._now.items() if source is not given.source}
        if given.batch is None:
            self._done, self._now = _sum(self._done, given.counters), others
        else:
            self._now = {**others, given.source: given.counters}

    def run(self, ended: threading.Event) -> None:
        """Publish until `ended`, and once more then."""
        while True:
            last = ended.wait(REPORT_EVERY)
            try:
                self._store.put_status("worker", {**self._status(), "stopped": last})
                self._beat()
            except StoreError as error:
                _LOG.warning("%s", error)
            except Exception:  # noqa: BLE001  # who falls silent because of one figure would be taken for dead
                _LOG.exception("the worker cannot say how it is; it goes on")
            if last:
                return

    def _status(self) -> Mapping[str, Value]:
        pipeline, now = self._pipeline, self._now
        counters = functools.reduce(_sum, now.values(), self._done)
        watched = [source.name for source in now if not source.quiet]
        seen = pipeline.state.events
        return {
            "time": time.time_ns(),
            "since": self._since,
            "watching": bool(watched),
            "source": ", ".join(watched),
            "live": " ".join(self._live),
            "events_per_second": self._rate(counters.get("events", 0)),
            "site": pipeline.site.site if pipeline.site else "",
            "learning": pipeline.state.learning(pipeline.now),
            "rules": len(pipeline.detection.rules),
            "rule_failures": sum(failure.count for failure in pipeline.detection.errors.values()),
            "rules_refused": self._reloader.refused if self._reloader else "",
            "evicted": pipeline.state.evicted,
            "remembered": sum(entries for entries, _, _ in pipeline.state.sizes().values()),
            **({"identity_resolved": round(pipeline.state.resolved / seen, 4)} if seen else {}),
            **counters,
            **self._writers.status(),
            **(self._draining.status() if self._draining else {}),
        }

    def _rate(self, events: int) -> float:
        now = time.monotonic()
        since, before = self._rates[0] if self._rates else (now, events)
        self._rates.append((now, events))
        return round((events - before) / (now - since), 1) if now > since else 0.0


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}


def _plan(config: Config, pipeline: Pipeline) -> int:
    """A number for the rules and the site plan that are at work."""
    site = pipeline.site.model_dump_json() if pipeline.site else ""
    return zlib.crc32((site + digest(config.rules)).encode())


def _sources(config: Config, stopping: threading.Event, writers: Writers) -> Iterator[Source]:
    for capture in config.captures:
        if not stopping.is_set():
            yield CaptureFile(capture, writers.of(capture, patient=True))
    if config.interfaces and not stopping.is_set():
        writer = writers.of(" ".join(config.interfaces))
        yield tap(config.source)(config.interfaces, config.filter, stopping, writer)
    while config.demo and not stopping.is_set():
        start = time.time_ns()
        yield Frames("demo", _paced(drill.demo_frames(start), stopping), writers.of("demo"), live=True)


def _arrivals(config: Config, store: Store, stopping: threading.Event, sealing: Sealing) -> Iterator[Source]:
    seal = Registered(sealing, INBOX)
    yield Arrivals(config.inbox, store, stopping, config.collector_silence * 1_000_000_000, seal=seal)


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
