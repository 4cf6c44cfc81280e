from __future__ import annotations

import threading
from pathlib import Path

from sentinel.model.facts import Kind, Told
from sentinel.store.facts import FactLog
from sentinel.worker.happenings import Happenings


def _told(name: str, time: int) -> Told:
    return Told(Kind.EVENT, name, time, {"event.action": "access.cut_held"}, over=True)


def test_what_happened_at_the_door_comes_once_and_in_order(tmp_path: Path) -> None:
    log, stopping = FactLog(tmp_path / "facts.db"), threading.Event()
    log.tell([_told("e1", 1), Told(Kind.GRANT, "g", 1), _told("e2", 2)])
    with Happenings(log, stopping) as source:
        batches = source.batches()
        first = next(batches)
        assert [(event.kind, event.id, event.time) for event in first] == [
            ("access.cut_held", "e1", 1), ("access.cut_held", "e2", 2),
        ]  # fmt: skip
        assert (source.quiet, source.clock(first), source.counters()) == (True, "access", {"happenings": 2})
    again = Happenings(log, stopping)
    assert len(next(again.batches())) == 2  # not confirmed: they come again
    again.confirm()
    log.tell([_told("e3", 3)])
    assert [event.id for event in next(Happenings(log, stopping).batches())] == ["e3"]
    stopping.set()
    assert list(Happenings(log, stopping).batches()) == []
    log.close()


def test_a_batch_is_confirmed_and_not_those_that_were_read_behind_it(tmp_path: Path) -> None:
    log, stopping = FactLog(tmp_path / "facts.db"), threading.Event()
    source = Happenings(log, stopping)
    batches = source.batches()
    for number in (1, 2):
        log.tell([_told(f"e{number}", number)])
        next(batches)
    source.confirm()
    assert [event.id for event in next(Happenings(log, stopping).batches())] == ["e2"]
    source.confirm()
    stopping.set()
    assert list(batches) == []
    log.close()
