"""Synchronising behind those who were answered: soon, once for many, and never again after it failed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.audit import syncing
from sentinel.audit.ledger import Ledger
from sentinel.audit.log import Log
from sentinel.audit.syncing import Syncing
from sentinel.errors import AuditError
from sentinel.model.audit import Act, Action

WRITER = """
import sys, pathlib
from sentinel.audit.ledger import Ledger
from sentinel.model.audit import Act, Action
ledger = Ledger(pathlib.Path(sys.argv[1]))
for number in range(10_000_000):
    ledger.write(Act(Action.ACCESS_DECIDED, "gw", str(number)))
    print(number, flush=True)
"""


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The descriptors that were synchronised."""
    found: list[int] = []
    monkeypatch.setattr(os, "fdatasync", found.append)
    return found


def until(holds: Callable[[], object]) -> None:
    """Wait for it, but not for long."""
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError(holds)


def test_what_many_wrote_is_synchronised_once_and_soon(synced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "PAUSE", 0.2)
    made = Syncing(7)
    for _ in range(100):
        made.later()
    assert synced == []
    until(lambda: synced)
    assert (synced, made._oldest) == ([7], 0)
    made.close()
    assert synced == [7]


def test_what_waits_at_the_end_is_synchronised(synced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "PAUSE", 60)
    made = Syncing(7)
    made.later()
    made.close()
    assert synced == [7]


def test_an_end_that_comes_just_as_the_call_is_cleared_is_heard(
    synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread takes back the call that woke it, and with it the one to end: it would wait for ever."""
    made = Syncing(7)
    clear = made._due.clear

    def closing() -> None:
        made._closed.set()
        made._due.set()
        clear()

    monkeypatch.setattr(made._due, "clear", closing)
    made.later()
    assert made._thread is not None
    made._thread.join(10)
    assert not made._thread.is_alive()
    made.close()
    assert synced == [7]


def test_what_was_written_while_the_disk_was_busy_waits_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may take it for synchronised, for it may have come too late for that."""
    made = Syncing(7)
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)
    monkeypatch.setattr(os, "fdatasync", lambda _: made.later())
    made.later()
    made.now()
    assert made._oldest > 0
    monkeypatch.setattr(os, "fdatasync", lambda _: None)
    made.now()
    assert made._oldest == 0


def test_a_disk_that_hangs_takes_nothing_more_and_then_does_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "STUCK", 0.05)
    goes_on = threading.Event()
    monkeypatch.setattr(os, "fdatasync", lambda _: goes_on.wait(10))
    made = Syncing(7)
    made.later()
    made.check()
    time.sleep(0.1)
    with pytest.raises(AuditError, match="has not synchronised for"):
        made.check()
    goes_on.set()
    until(lambda: not made._oldest)
    made.check()
    made.close()


def test_after_a_synchronisation_failed_nothing_is_taken_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk may have lost what was answered; that it synchronises again says nothing of that."""

    def fails(_descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    ledger, act, told = Ledger(tmp_path), Act(Action.ACCESS_DECIDED, "gw"), list[str]()
    ledger.log.syncing.tell = told.append
    monkeypatch.setattr(os, "fdatasync", fails)
    ledger.write(act)
    until(lambda: ledger.log.syncing.failed)
    monkeypatch.undo()
    for keep in (ledger.write, ledger.record):
        with pytest.raises(AuditError, match="see to its disk and start again"):
            keep(act)
    assert "takes nothing any more" in caplog.text
    assert told == ["[errno 5] input/output error"]
    ledger.close()


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Killed right after an answer, again and again: its record is there, and the log goes on."""
    told = 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            answered = [writer.stdout.readline() for _ in range(50)]
            writer.send_signal(signal.SIGKILL)
            answered += writer.stdout.readlines()
        told += len([each for each in answered if each.endswith("\n")])
        log = Log(tmp_path)
        size = log.head()[0]
        assert told <= size <= told + 1
        assert len(log.records(0, size)) == size
        told = size
        log.close()
