from __future__ import annotations

import multiprocessing
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.errors import ConflictError, StoreError
from sentinel.model.facts import Kind, Told
from sentinel.store.facts import KEPT, Bell, FactLog
from tests.sealed import personal

SUPI = "999700000000001"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FactLog]:
    made = FactLog(tmp_path / "facts.db")
    yield made
    made.close()


def _told(key: str, number: int = 1, kind: Kind = Kind.SESSION, **fields: int) -> Told:
    return Told(kind, key, number, {"fiveg.supi": SUPI, **fields})


def test_what_is_told_is_read_in_order_and_from_where_one_was(log: FactLog) -> None:
    log.tell([_told("a"), _told("b")])
    log.tell([_told("c", kind=Kind.ALERT)])
    assert [fact.key for fact in log.after(0)] == ["a", "b", "c"]
    assert [fact.key for fact in log.after(2)] == ["c"]
    assert [fact.key for fact in log.after(0, [Kind.SESSION], most=1)] == ["a"]
    assert log.after(0)[0].fields == {"fiveg.supi": SUPI}
    assert log.last == 3


def test_the_latest_of_a_key_stands_for_it(log: FactLog) -> None:
    log.tell([_told("a", qfi=1), _told("b")])
    log.tell([_told("a", qfi=2)])
    assert [(fact.key, fact.number, fact.fields.get("qfi")) for fact in log.after(0)] == [("b", 2, None), ("a", 3, 2)]


def test_what_is_over_is_told_for_a_day(log: FactLog) -> None:
    log.tell([Told(Kind.SESSION, "a", 5, over=True), _told("b", 5)])
    log.forget(5 + KEPT)
    assert len(log.after(0)) == 2
    log.forget(6 + KEPT)
    assert [fact.key for fact in log.after(0)] == ["b"]


def test_a_reader_is_where_it_left_off(log: FactLog, tmp_path: Path) -> None:
    assert log.marked("worker") == 0
    log.mark("worker", 7)
    assert FactLog(tmp_path / "facts.db").marked("worker") == 7


def _tell_from_another_process(path: Path) -> None:
    FactLog(path).tell([_told("there")])


def test_it_wakes_who_waits_in_another_process(log: FactLog, tmp_path: Path) -> None:
    bell = log.bell()
    assert not bell.wait(0)
    other = multiprocessing.get_context("spawn").Process(
        target=_tell_from_another_process, args=(tmp_path / "facts.db",)
    )
    other.start()
    assert bell.wait(30)
    assert [fact.key for fact in log.after(0)] == ["there"]
    other.join()
    bell.close()


def test_it_waits_at_any_descriptor(tmp_path: Path) -> None:
    """A process with many files open has some beyond the 1024 that select(2) knows."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, most))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        bell = Bell(tmp_path / "bell")
        assert not bell.wait(0)
        bell.close()
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))


def test_a_waiter_that_died_is_cleared_away(log: FactLog, tmp_path: Path) -> None:
    bell = log.bell()
    pipes = tmp_path / "facts.db.wake"
    os.mkfifo(pipes / "dead")
    log.tell([_told("a")])
    assert [pipe.name for pipe in pipes.iterdir()] == [bell._pipe.name]
    assert bell.wait(1)
    bell.close()


def test_a_sealed_log_names_nobody(tmp_path: Path) -> None:
    sealing = personal(tmp_path)
    log = FactLog(tmp_path / "facts.db", sealing)
    log.tell([_told("a")])
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("facts.db*") if path.is_file())
    assert SUPI.encode() not in stored
    assert log.after(0)[0].fields["fiveg.supi"] == SUPI
    with pytest.raises(StoreError, match="sealed"):
        FactLog(tmp_path / "facts.db").after(0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE facts SET body = x'00' WHERE key = 'b'",
        "UPDATE facts SET body = (SELECT body FROM facts WHERE key = 'a') WHERE key = 'b'",
        "UPDATE facts SET over = 1 WHERE key = 'b'",
        "UPDATE facts SET time = 99 WHERE key = 'b'",
        "UPDATE facts SET sealed = 0, body = '{}' WHERE key = 'b'",
    ],
)
def test_in_a_sealed_log_a_row_that_somebody_else_wrote_is_damaged_and_holds_up_no_other(
    tmp_path: Path, change: str
) -> None:
    """Nothing of it is believed: neither what it says, nor that it is over."""
    log = FactLog(tmp_path / "facts.db", personal(tmp_path))
    log.tell([_told("a"), _told("b"), _told("c")])
    log._connection.execute(change)
    assert [(told.key, told.damaged, told.over, bool(told.fields)) for told in log.after(0)] == [
        ("a", False, False, True), ("b", True, False, False), ("c", False, False, True),
    ]  # fmt: skip
    log.close()


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "facts.db").write_text("no database, and long enough to be seen as none" * 100)
    with pytest.raises(StoreError, match="facts"):
        FactLog(tmp_path / "facts.db")


def test_two_people_do_not_decide_over_each_other(log: FactLog) -> None:
    first = log.decide(Told(Kind.LOCK, "l", 1, {"by": "ada"}))
    log.decide(Told(Kind.LOCK, "l", 2, {"by": "ben"}, number=first.number))
    with pytest.raises(ConflictError, match="`l` was changed meanwhile"):
        log.decide(Told(Kind.LOCK, "l", 3, {"by": "eve"}, number=first.number))
    found = log.get(Kind.LOCK, "l")
    assert found is not None
    assert (found.fields, found.number) == ({"by": "ben"}, 2)
    assert log.get(Kind.LOCK, "m") is None


def test_what_was_told_since_is_found_by_its_number_however_much_there_is_of_a_kind(log: FactLog) -> None:
    """By the kind, each fact would take a walk over all sessions and grants."""
    asked: list[str] = []
    log._connection.set_trace_callback(asked.append)
    log.after(7, [Kind.SESSION, Kind.GRANT])
    log._connection.set_trace_callback(None)
    (plan,) = log._connection.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()
    assert plan[3] == "SEARCH facts USING INTEGER PRIMARY KEY (rowid>?)"
