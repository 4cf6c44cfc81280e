"""A snapshot that a child writes: of the moment of its birth, whole or not at all, whatever becomes of it."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sentinel.errors import StoreError
from sentinel.state import child as module
from sentinel.state import snapshot
from sentinel.state.child import Child


def finished(child: Child) -> int:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        octets = child.done()
        if octets is not None:
            return octets
        time.sleep(0.01)
    raise TimeoutError


def test_it_writes_what_was_while_the_parent_changes_it(tmp_path: Path) -> None:
    state: dict[str, Any] = {"table": {number: str(number) for number in range(200_000)}}
    child = Child(tmp_path / "s", state)
    state["table"].clear()
    assert finished(child) == (tmp_path / "s").stat().st_size
    found = snapshot.load(tmp_path / "s")
    assert found is not None
    assert len(found["table"]) == 200_000
    assert [each.name for each in tmp_path.iterdir()] == ["s"]


def test_one_that_is_killed_leaves_the_snapshot_before(tmp_path: Path) -> None:
    snapshot.save(tmp_path / "s", {"a": 1})
    child = Child(tmp_path / "s", {"a": list(range(3_000_000))})
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(StoreError, match="its writer ended"):
        finished(child)
    assert snapshot.load(tmp_path / "s") == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["s"]


def test_one_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot.save(tmp_path / "s", {"a": 1})
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(snapshot, "write", lambda *_: time.sleep(600))
    child = Child(tmp_path / "s", {"a": 2})
    with pytest.raises(StoreError, match="within"):
        finished(child)
    assert snapshot.load(tmp_path / "s") == {"a": 1}


def test_what_cannot_be_written_is_said_and_what_was_killed_is_swept_up(tmp_path: Path) -> None:
    child = Child(tmp_path / "s", {"a": lambda: None})
    with pytest.raises(StoreError, match="its writer ended"):
        finished(child)
    snapshot.beside(tmp_path / "s", 1).write_bytes(b"half")
    snapshot.tidy(tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_threads_that_hold_locks_do_not_hold_it_up(tmp_path: Path) -> None:
    """Others write, log and allocate at the moment of the fork."""
    stop = threading.Event()

    def busy(number: int) -> None:
        with (tmp_path / f"busy{number}").open("wb") as file:
            while not stop.is_set():
                file.write(bytes(bytearray(100_000)))
                file.seek(0)

    threads = [threading.Thread(target=busy, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(20):
            finished(Child(tmp_path / "s", {"turn": turn, "much": list(range(20_000))}))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    found = snapshot.load(tmp_path / "s")
    assert found is not None
    assert found["turn"] == 19


def test_what_is_there_is_not_looked_at_again_for_garbage(tmp_path: Path) -> None:
    state: dict[str, Any] = {"table": {number: [number] for number in range(10_000)}}
    child = Child(tmp_path / "s", state)
    try:
        assert not any(each is state["table"] for each in gc.get_objects())
    finally:
        gc.unfreeze()
    finished(child)
