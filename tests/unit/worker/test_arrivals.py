"""Arrivals: what is in the inbox is given once it is confirmed, again until then; silence is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.model.event import Event
from sentinel.operations.fleet import SILENT_AFTER
from sentinel.shipping import wire
from sentinel.shipping.inbox import Box, Inbox
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.worker.arrivals import Arrivals, Tally, tally
from tests.unit.conftest import an_event

SPOOL = "0" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    backend = SqliteStore(tmp_path / "events.db")
    yield backend
    backend.close()


def send(inbox: Inbox, sequence: int, number: int, collector: str = "tap1") -> None:
    [(batch, _)] = wire.encode([an_event(number)])
    inbox.accept(collector, SPOOL, sequence, batch)


def given(source: Arrivals, batches: int, confirm: int = 0) -> list[Event]:
    """The events of so many batches that have any, the first of them confirmed."""
    found: list[Sequence[Event]] = []
    for batch in source.batches():
        if batch:
            found.append(batch)
            if len(found) <= confirm:
                source.confirm()
        if len(found) == batches:
            break
    return [event for batch in found for event in batch]


def test_what_was_not_confirmed_is_given_again(tmp_path: Path, store: SqliteStore) -> None:
    inbox = Inbox(tmp_path / "inbox")
    for number in range(3):
        send(inbox, number + 1, number)
    first = Arrivals(tmp_path / "inbox", store, threading.Event())
    events = given(first, 3, confirm=1)
    assert [event.id for event in events] == [an_event(number).id for number in range(3)]
    assert {event.source for event in events} == {"tap1:plant<b>.pcap"}
    assert [list(event.frames) for event in events] == [list(an_event(number).frames) for number in range(3)]
    again = Arrivals(tmp_path / "inbox", store, threading.Event())
    assert [event.id for event in given(again, 2)] == [an_event(1).id, an_event(2).id]


def test_a_batch_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path, store: SqliteStore) -> None:
    inbox = Inbox(tmp_path / "inbox")
    inbox.accept("tap1", SPOOL, 1, b"of another version")
    send(inbox, 2, 5)
    assert [event.id for event in given(Arrivals(tmp_path / "inbox", store, threading.Event()), 1)] == [an_event(5).id]


def test_batches_that_never_came_are_told_counted_and_logged(
    tmp_path: Path, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox(tmp_path / "inbox")
    for sequence, number in ((5, 0), (6, 1), (9, 2)):  # a spool may begin anywhere, it may have had another service
        send(inbox, sequence, number)
    first = Arrivals(tmp_path / "inbox", store, threading.Event())
    events = given(first, 3, confirm=1)
    first.close()
    [told] = [event for event in events if event.kind.startswith("monitor.")]
    assert (told.kind, told.time, events.index(told)) == ("monitor.batches_missing", an_event(2).time, 2)
    assert (told.fields["observer.name"], told.fields["fiveg.monitor.count"]) == ("tap1", 2)
    assert "2 batches of collector tap1 never came" in caplog.text
    assert tally(store, "tap1") == Tally(1, 1, 0, 0, an_event(0).time, SPOOL, 5)
    again = Arrivals(tmp_path / "inbox", store, threading.Event())
    assert [event.id for event in given(again, 2, confirm=2)] == [event.id for event in events[1:]]
    again.close()
    assert (counted := tally(store, "tap1")).missed > 0
    assert (counted.batches, counted.events, counted.missing, counted.latest) == (3, 3, 2, an_event(2).time)


def test_a_batch_that_is_read_again_after_a_kill_is_counted_once(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody closes anything: what is stored is counted, before it is confirmed and only then."""
    inbox = Inbox(tmp_path / "inbox")
    for number in range(3):
        send(inbox, number + 1, number)

    def killed(box: Box, sequence: int) -> None:
        raise StoreError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(Box, "confirm", killed)
        given(Arrivals(tmp_path / "inbox", store, threading.Event()), 2, confirm=2)
    assert (tally(store, "tap1").batches, tally(store, "tap1").events) == (2, 2)
    assert len(given(Arrivals(tmp_path / "inbox", store, threading.Event()), 3, confirm=3)) == 3
    assert (tally(store, "tap1").batches, tally(store, "tap1").events) == (3, 3)


def test_a_batch_lost_between_two_runs_is_told(tmp_path: Path, store: SqliteStore) -> None:
    inbox = Inbox(tmp_path / "inbox")
    send(inbox, 1, 0)
    given(Arrivals(tmp_path / "inbox", store, threading.Event()), 1, confirm=1)
    send(inbox, 3, 1)
    events = given(Arrivals(tmp_path / "inbox", store, threading.Event()), 1)
    assert [event.kind for event in events] == ["monitor.batches_missing", an_event(1).kind]


def test_a_collector_that_falls_silent_is_told_once_and_when_it_is_heard(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.worker.arrivals.LOOK_EVERY", 0.0)
    inbox = Inbox(tmp_path / "inbox")
    send(inbox, 1, 0)
    now = [1_000]
    store.put_status("collector.tap1", {"time": now[0]})
    source = Arrivals(tmp_path / "inbox", store, threading.Event(), clock=lambda: now[0])
    batches = source.batches()
    assert [event.kind for event in next(batches)] == ["nas.security_mode_command"]
    now[0] += SILENT_AFTER + 1
    told = next(batch for batch in batches if batch)
    assert [(event.kind, event.fields["observer.name"]) for event in told] == [("monitor.collector_silent", "tap1")]
    assert not any(next(batches) for _ in range(3))
    store.put_status("collector.tap1", {"time": now[0]})
    assert [event.kind for event in next(batch for batch in batches if batch)] == ["monitor.collector_returned"]


def test_a_collector_that_finished_its_captures_is_not_silent(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it watch anything."""
    monkeypatch.setattr("sentinel.worker.arrivals.LOOK_EVERY", 0.0)
    send(Inbox(tmp_path / "inbox"), 1, 0)
    store.put_status("collector.tap1", {"time": 1_000, "finished": True})
    source = Arrivals(tmp_path / "inbox", store, threading.Event(), clock=lambda: 1_001 + SILENT_AFTER)
    batches = source.batches()
    assert [event.kind for event in next(batches)] == ["nas.security_mode_command"]
    assert not any(next(batches) for _ in range(3))
    assert source.quiet


def test_without_collectors_nothing_is_watched(tmp_path: Path, store: SqliteStore) -> None:
    source = Arrivals(tmp_path / "inbox", store, threading.Event())
    assert next(iter(source.batches())) == ()
    assert source.quiet
    send(Inbox(tmp_path / "inbox"), 1, 0)
    given(source, 1)
    assert not source.quiet


def test_while_all_collectors_are_silent_nothing_is_watched(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.worker.arrivals.LOOK_EVERY", 0.0)
    now = [10 * SILENT_AFTER]
    for name, heard in (("tap1", now[0]), ("tap2", now[0] - 2 * SILENT_AFTER)):
        send(Inbox(tmp_path / "inbox"), 1, 0, name)
        store.put_status(f"collector.{name}", {"time": heard})
    source = Arrivals(tmp_path / "inbox", store, threading.Event(), clock=lambda: now[0])
    batches = source.batches()
    next(batches)
    assert not source.quiet
    now[0] += 2 * SILENT_AFTER
    for _ in range(5):
        next(batches)
    assert source.quiet
    store.put_status("collector.tap2", {"time": now[0]})
    for _ in range(5):
        next(batches)
    assert not source.quiet
