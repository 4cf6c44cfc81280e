from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import cast

import pytest

from sentinel.access.deciding import recorder as module
from sentinel.access.deciding.recorder import Recorder
from sentinel.errors import StoreError
from sentinel.model.event import Event, PlainEvent
from sentinel.store.base import Store

EVENT = PlainEvent("access.decision", 1, "0000000000000001-00", "point", 0, {})
BAD = PlainEvent("access.decision", 1, "0000000000000002-00", "bad", 0, {})


class _Store:
    def __init__(self) -> None:
        self.broken = False
        self.kept: list[Event] = []
        self.gate = threading.Event()
        self.gate.set()

    def add(self, events: Sequence[Event], alerts: object, proofs: object) -> None:
        self.gate.wait()
        if any(event.source == "bad" for event in events):
            raise TypeError("Integer exceeds 64-bit range")
        if self.broken:
            raise StoreError("the disk is full")
        self.kept += events


def _recorder(store: _Store, most: int = 10) -> Recorder:
    return Recorder(cast("Store", store), most)


def test_what_is_put_is_kept_at_the_latest_when_it_ends() -> None:
    store = _Store()
    recorder = _recorder(store)
    for _ in range(5):
        recorder.put(EVENT)
    recorder.close()
    assert len(store.kept) == 5


def test_no_more_is_taken_than_can_be_kept() -> None:
    store = _Store()
    store.gate.clear()
    recorder = _recorder(store, most=3)
    recorder.put(EVENT)
    _until(recorder._waiting.empty)  # the thread has it, and waits for the store
    for _ in range(3):
        recorder.put(EVENT)
    with pytest.raises(StoreError, match="cannot be kept"):
        recorder.put(EVENT)
    with pytest.raises(StoreError, match="cannot be kept"):
        recorder.check()
    store.gate.set()
    recorder.close()
    assert len(store.kept) == 4


def test_it_is_crowded_while_half_of_its_room_is_taken() -> None:
    store = _Store()
    store.gate.clear()
    recorder = _recorder(store, most=4)
    recorder.put(EVENT)
    _until(recorder._waiting.empty)
    recorder.put(EVENT)
    assert not recorder.crowded
    recorder.put(EVENT)
    assert recorder.crowded
    recorder.check()  # who asks has the rest of it
    store.gate.set()
    _until(lambda: not recorder.crowded)
    recorder.close()


def test_a_store_that_fails_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    store = _Store()
    store.broken = True
    recorder = _recorder(store)
    recorder.put(EVENT)
    _until(lambda: recorder._failing)
    with pytest.raises(StoreError, match="not granted"):
        recorder.check()
    store.broken = False
    _until(lambda: bool(store.kept))
    _until(lambda: not recorder._failing)
    recorder.check()
    recorder.close()


def test_one_decision_that_cannot_be_written_is_set_aside_and_the_others_are_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = _Store()
    store.gate.clear()
    recorder = _recorder(store)
    for event in (EVENT, EVENT, BAD, EVENT):
        recorder.put(event)
    store.gate.set()
    _until(lambda: len(store.kept) == 3)
    recorder.check()
    recorder.close()
    assert "set aside: Integer exceeds 64-bit range" in caplog.text
    assert BAD.id in caplog.text


def test_where_no_decision_can_be_written_none_is_granted_until_one_can() -> None:
    store = _Store()
    recorder = _recorder(store)
    for _ in range(3):
        recorder.put(BAD)
    _until(lambda: bool(recorder.problem))
    with pytest.raises(StoreError, match="none of the last ones could be written"):
        recorder.check()
    recorder.put(EVENT)
    _until(lambda: not recorder.problem)
    recorder.close()


def test_a_store_that_hangs_and_a_thread_that_has_ended_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STUCK", 0.01)
    store = _Store()
    store.gate.clear()
    recorder = _recorder(store)
    recorder.put(EVENT)
    _until(lambda: recorder.problem == "the store does not answer")
    store.gate.set()
    _until(lambda: not recorder.problem)
    recorder.close()
    assert recorder.problem == "the thread that writes them has ended"


def _until(true: object) -> None:
    assert callable(true)
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)
