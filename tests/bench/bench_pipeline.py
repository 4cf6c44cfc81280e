"""The whole line: capture, decoder, State, forecasts, all rules and the store; and a registration storm.

    python -m tests.bench.bench_pipeline [--packets N] [--registrations N]

First N2, N4 and N3 traffic in threads as the worker has them: one decodes, one judges, one stores. Events a second of the
clock, and of CPU time of all threads beside decoding alone in the same run. Then, in one thread, so many registrations at a rate of 100,000 a minute: whether all of it is stored, when the storm is told, in how many alerts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from collectors.sources.capture_file import CaptureFile
from sentinel.config import shipped
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.model.garbage import settle
from sentinel.pipeline import Pipeline, load_rules
from sentinel.sources import Given, together
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.worker.behind import Behind
from tests.bench import bench_n2, bench_n4, n3_traffic
from tests.bench.bench_state import SITE
from tests.bench.state_traffic import SECOND, START, Plant

LIMIT = 30_000  # events a second of the clock
BATCH = 2000
A_MINUTE = 100_000  # registrations
_EVENTS = 14  # of one registration
_STORM = "registration-storm"


class Seen:
    """A sink before the store that remembers with which batch a rule first fired, and how many events went through."""

    def __init__(self, store: SqliteStore, slug: str) -> None:
        self._store, self._slug = store, slug
        self.events, self.first = 0, 0
        self.groups: set[str] = set()

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """See `Sink.add`."""
        self._store.add(events, alerts, proofs)
        self.events += len(events)
        found = [alert for alert in alerts if alert.rule.slug == self._slug]
        self.first = self.first or (events[-1].time if found else 0)  # it was told not later than that
        self.groups |= {alert.id for alert in found}


def storm(registrations: int, store: SqliteStore) -> dict[str, float]:
    """Registrations at the storm's rate through a pipeline into `store`."""
    sink = Seen(store, _STORM)
    pipeline = Pipeline(SITE, load_rules(shipped("rules")), sink)
    plant, made, begun = Plant(60 * SECOND // (A_MINUTE * _EVENTS)), 0, time.process_time()
    batch: list[Event] = []
    for event in _storm(plant, registrations):
        batch.append(event)
        made += 1
        if len(batch) == BATCH:
            pipeline.process(batch)
            batch = []
    pipeline.process(batch)
    taken = time.process_time() - begun
    return {
        "registrations": registrations, "made": made, "passed": sink.events, "stored": store.event_histogram("", Span(), 1).total,
        "told_after_seconds": round((sink.first - START) / SECOND, 2) if sink.first else -1.0,
        "storm_alerts": len(sink.groups), "events_per_second": round(made / taken),
    }  # fmt: skip


def _storm(plant: Plant, registrations: int) -> Iterator[Event]:
    yield from plant.gnbs()
    for terminal in range(registrations):
        yield from plant.registration(terminal, sessions=0)


def mixed(packets: int, folder: Path) -> list[Path]:
    """Captures of N2, N4 and N3, of which a plant's day has far more N3."""
    n2, n4 = folder / "n2.pcap", folder / "n4.pcap"
    bench_n2.repeated(packets // 20, n2)
    bench_n4.repeated(packets // 20, n4)
    return [n2, n4, n3_traffic.imix(packets)]


class _Handing:
    """A sink that has batches stored behind the line, as the worker does."""

    def __init__(self, store: SqliteStore, behind: Behind) -> None:
        self._store, self._behind = store, behind

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """See `Sink.add`."""
        self._behind.do(lambda: self._store.add(events, alerts, proofs))


def speed(packets: int) -> dict[str, float]:
    """The whole line, by the clock and by CPU time, beside decoding alone."""
    with tempfile.TemporaryDirectory() as name:
        folder, never = Path(name), threading.Event()
        captures = mixed(packets, folder)
        begun = time.process_time()
        events = sum(len(given.batch or ()) for given in _given(captures, never))
        decoding = time.process_time() - begun
        store = SqliteStore(folder / "events.db")
        with closing(store), closing(Behind(never)) as behind:
            pipeline = Pipeline(SITE, load_rules(shipped("rules")), _Handing(store, behind))
            settle()  # as the worker does
            clock, begun = time.perf_counter(), time.process_time()
            for given in _given(captures, never):
                if given.batch:
                    pipeline.process(given.batch)
            behind.settle()
            passed, taken = time.perf_counter() - clock, time.process_time() - begun
    return {
        "events": events, "decoding.events_per_second": round(events / decoding),
        "whole.events_per_second": round(events / passed), "whole.of_limit": round(events / passed / LIMIT, 2),
        "whole.events_per_cpu_second": round(events / taken), "whole.ratio": round(decoding / taken, 3),
    }  # fmt: skip


def _given(captures: Sequence[Path], never: threading.Event) -> Iterator[Given]:
    return together([[CaptureFile(str(capture)) for capture in captures]], never)


def run(packets: int = 200_000, registrations: int = A_MINUTE) -> dict[str, float]:
    """Measure, print and give the figures."""
    print(f"pipeline: {packets:,} packets of N3 with a twentieth each of N2 and N4; {registrations:,} registrations")
    figures = speed(packets)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "events.db")
        figures |= {f"storm.{name}": value for name, value in storm(registrations, store).items()}
        store.close()
    for key, value in figures.items():
        print(f"{key:28} {value:>12,}")
    return figures


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=200_000)
    parser.add_argument("--registrations", type=int, default=A_MINUTE)
    options = parser.parse_args(arguments)
    run(options.packets, options.registrations)


if __name__ == "__main__":
    main(sys.argv[1:])
