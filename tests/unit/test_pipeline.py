"""The pipeline: a store that cannot take a batch holds it, and loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from sentinel import pipeline, worker
from sentinel.config import Config, shipped
from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span

TRACE = "tests/traces/gtpu/gtp-in-gtp.pcap"


class Flaky:
    """A sink that fails a number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.taken: list[Event] = []

    def add(self, events: Sequence[Event], _alerts: Sequence[Alert], _proofs: Sequence[Event]) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("disk full")
        self.taken += events


def test_a_failing_store_is_tried_again_until_it_takes_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RETRY_EVERY", 0.001)
    sink, straight = Flaky(3), Flaky(0)
    rules = pipeline.load_rules(shipped("rules"))
    pipeline.analyze([TRACE], None, rules, worker.Patient(sink, threading.Event()), lambda _: None)
    pipeline.analyze([TRACE], None, rules, straight, lambda _: None)
    assert [event.id for event in sink.taken] == [event.id for event in straight.taken]


def test_told_to_stop_it_says_what_it_could_not_store() -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(StoreError):
        worker.Patient(Flaky(1), stopping).add([], [], [])


def test_the_worker_stores_events_alerts_evidence_and_its_own_figures(tmp_path: Path) -> None:
    stopping = threading.Event()
    site = shipped("deploy/examples") / "site-demo" / "site.yaml"
    config = Config(tmp_path, shipped("rules"), site, (TRACE,))
    thread = threading.Thread(target=worker.work, args=(config, stopping), daemon=True)
    thread.start()
    try:
        store = SqliteStore(config.events_database)
        for _ in range(200):
            if store.status("worker").get("events"):
                break
            threading.Event().wait(0.05)
    finally:
        stopping.set()
        thread.join(20)
    status = store.status("worker")
    fates = [status[name] for name in ("decoded", "malformed", "unknown", "dropped")]
    assert status["packets"] == sum(fate for fate in fates if isinstance(fate, int)) > 0
    assert status["site"] == "demo-plant"
    alerts = store.alerts(AlertFilter(), 10).rows
    assert {record.alert.rule.slug for record in alerts} == {"gtp-in-gtp", "up-to-cp-crossover"}
    ids = [proof.event_id for proof in alerts[0].alert.evidence]
    assert store.frames(ids)
    assert len(store.events("", Span(), 10_000).rows) == status["events"]
