"""Recording: together where many do it at once, and never half."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from sentinel.audit import syncing
from sentinel.audit.log import Log, Make
from sentinel.audit.record import decode
from sentinel.audit.recorder import Recorder
from sentinel.errors import AuditError
from sentinel.model.audit import Act, Action

ACT = Act(Action.USER_ADDED, "anna", "ben")


def test_acts_are_kept_in_order_with_their_time(tmp_path: Path) -> None:
    log = Log(tmp_path)
    recorder = Recorder(log, clock=lambda: 42)
    recorder.record(ACT, Act(Action.SESSION_CLOSED, "ben"))
    assert [(record.number, record.time, record.action) for record in map(decode, log.records(0, 2))] == [
        (0, 42, "user.added"),
        (1, 42, "session.closed"),
    ]
    log.close()


class Slow(Log):
    """Counts what it writes at once, and waits for the others before the first time."""

    groups: list[int]
    go: threading.Event

    def append(self, makes: Sequence[Make], *, later: bool = False) -> range:
        self.groups.append(len(makes))
        self.go.wait(5)
        return super().append(makes, later=later)


def test_who_records_at_the_same_time_shares_a_write(tmp_path: Path) -> None:
    log = Slow(tmp_path)
    log.groups, log.go = [], threading.Event()
    recorder = Recorder(log)
    threads = [threading.Thread(target=recorder.record, args=(ACT,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(recorder._group.makes) < 7:
        pass
    log.go.set()
    for thread in threads:
        thread.join()
    assert (log.groups, log.head()[0]) == ([1, 7], 8)
    log.close()


def test_what_cannot_be_kept_is_told_to_all_who_waited(tmp_path: Path) -> None:
    class Full(Log):
        def append(self, makes: Sequence[Make], *, later: bool = False) -> range:
            raise AuditError("no room")

    with pytest.raises(AuditError, match="no room"):
        Recorder(Full(tmp_path)).record(ACT)


def test_an_unforeseen_fault_is_no_success(tmp_path: Path) -> None:
    class Broken(Log):
        def append(self, makes: Sequence[Make], *, later: bool = False) -> range:
            raise MemoryError

    with pytest.raises(MemoryError):
        Recorder(Broken(tmp_path)).record(ACT)


def test_an_act_that_cannot_be_recorded_does_not_hold_up_others(tmp_path: Path) -> None:
    log = Log(tmp_path)
    with pytest.raises(AuditError):
        Recorder(log).record(ACT, Act(Action.ALERT_CHANGED, "anna", details={"note": "\ud800"}))
    assert log.head()[0] == 0
    log.close()


def test_what_is_written_waits_for_no_disk_and_what_is_recorded_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, synced = Log(tmp_path), list[int]()
    recorder = Recorder(log)
    monkeypatch.setattr(syncing, "PAUSE", 60)
    monkeypatch.setattr(os, "fdatasync", synced.append)
    recorder.write(ACT)
    assert synced == []
    recorder.record(ACT)
    assert synced == [log._records]
    log.close()


def test_who_waits_for_the_disk_at_the_same_time_shares_a_synchronisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one synchronises its own; all who wrote meanwhile share the next time."""
    log, synced, go = Log(tmp_path), list[int](), threading.Event()
    recorder = Recorder(log)
    monkeypatch.setattr(syncing, "PAUSE", 60)

    def slow(descriptor: int) -> None:
        synced.append(descriptor)
        go.wait(5)

    monkeypatch.setattr(os, "fdatasync", slow)
    threads = [threading.Thread(target=recorder.record, args=(ACT,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while log.syncing._asked < 8:
        pass
    go.set()
    for thread in threads:
        thread.join()
    assert 1 <= len(synced) <= 2
    assert log.head()[0] == 8
    log.close()
