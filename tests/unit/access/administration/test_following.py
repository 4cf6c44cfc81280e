from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from sentinel.access.administration.administrator import Administrator
from sentinel.access.deciding.locks import Subject
from sentinel.access.information.pip import Asked
from sentinel.access.information.trustbook import TrustBook
from sentinel.errors import StoreError
from sentinel.model.facts import Kind, Told
from tests.continuous import GATEWAY, Rig
from tests.deciding import AGV, PLC, TABLET, alert


def test_alerts_are_read_once_and_then_only_those_that_are_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrustBook, "refresh", lambda _: pytest.fail("all alerts were read again"))
    rig.alarm()
    assert rig.access.trust.trust(AGV, time.time_ns()).score in (49, 50)
    before = rig.access.trust.refreshed
    rig.tell(Told(Kind.WORKER, "worker", time.time_ns(), {"since": 1}))
    assert rig.access.trust.refreshed > before  # nothing was told: all is known


def test_what_a_worker_that_fell_had_not_told_is_read_when_the_next_one_begins(rig: Rig) -> None:
    rig.store.add([], [alert(last=time.time_ns())], [])
    rig.tell(Told(Kind.WORKER, "worker", time.time_ns(), {"since": 1}))
    assert rig.access.trust.trust(AGV, time.time_ns()).score == 100
    rig.tell(Told(Kind.WORKER, "worker", time.time_ns(), {"since": 2}))
    assert rig.access.trust.trust(AGV, time.time_ns()).score in (49, 50)


def test_facts_that_cannot_be_taken_now_are_taken_later(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("busy")

    monkeypatch.setattr(Administrator, "changed", full)
    with pytest.raises(StoreError):
        rig.begun()
    monkeypatch.undo()
    rig.access.following.hear()
    assert [each.supi for each in rig.access.known.present.everyone()] == [AGV]


def test_a_store_that_is_away_at_the_start_holds_up_no_start(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Facts are as old as they are until it answers, and it is said once."""
    refresh = TrustBook.refresh
    monkeypatch.setattr(TrustBook, "refresh", _away)
    rig.access.trust.refreshed = 0
    rig.access.following.begin()
    for _ in range(3):
        rig.access.following.hear()
    assert rig.access.trust.refreshed == 0
    assert caplog.text.count("cannot be reached") == 1
    monkeypatch.setattr(TrustBook, "refresh", refresh)
    rig.access.following.hear()
    assert rig.access.trust.refreshed > 0


def test_a_lock_comes_through_while_the_store_is_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert that cannot be looked up stands in its way no more, and is read when the store answers."""
    rig.begun(AGV)
    assert rig.ask().decision.allowed
    with monkeypatch.context() as patched:
        patched.setattr(TrustBook, "learn", _away)
        patched.setattr(TrustBook, "refresh", _away)
        before = rig.access.trust.refreshed
        rig.alarm()
        rig.access.known.locks.set(Subject.SUPI, AGV, by="ada", reason="r", seconds=60)
        rig.access.following.hear()
        assert not rig.access.administrator.grants.of(AGV)
        assert rig.access.trust.refreshed == before
    rig.access.following.hear()
    assert rig.access.trust.refreshed > before
    assert rig.access.trust.trust(AGV, time.time_ns()).score in (49, 50)


def _away(*_: object) -> None:
    raise StoreError("elasticsearch: it cannot be reached")


def test_how_stale_facts_are_goes_into_a_decision(rig: Rig) -> None:
    rig.begun()
    rig.tell(Told(Kind.WORKER, "worker", time.time_ns() - 90 * 10**9, {"since": 1}))
    answer = rig.access.decider.judge(Asked(PLC, "modbus:write", time.time_ns(), AGV))
    assert answer.request.context["facts_age"] in (89, 90, 91)


def test_a_clock_that_jumps_ahead_makes_facts_old_and_grants_nothing_that_asks_for_fresh_ones(rig: Rig) -> None:
    rig.begun(GATEWAY, "10.45.1.12")
    now = time.time_ns()
    moments = {"now": now, "ahead": now + 24 * 3600 * 10**9}
    verdicts = {
        name: rig.access.decider.decide(Asked(PLC, "modbus:write", at, GATEWAY), "gw").decision
        for name, at in moments.items()
    }
    assert (verdicts["now"].allowed, verdicts["ahead"].allowed) == (True, False)
    assert [miss.clause for miss in verdicts["ahead"].misses if miss.rule == "plc-gateway-commands-plc"] == [
        "facts_age"
    ]


def test_nothing_granted_outlives_a_fact_however_they_race(rig: Rig) -> None:
    """Terminals ask without pause while their sessions change slices and locks come and go: what is in force in the end is right."""
    rig.access.tend()
    told = rig.begun()
    ending = threading.Event()

    def ask() -> None:
        while not ending.is_set():
            rig.ask()
            rig.ask(action="modbus:read")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    elsewhere = dict(told.fields) | {"fiveg.dnn": "internet"}
    for turn in range(60):
        rig.log.tell([Told(Kind.SESSION, told.key, time.time_ns(), elsewhere if turn % 2 == 0 else told.fields)])
        if turn % 10 == 0:
            rig.log.tell([rig.session(TABLET, "10.45.1.14")])
        time.sleep(0.01)
    rig.log.tell([Told(Kind.SESSION, told.key, time.time_ns(), elsewhere)])
    assert rig.settled(lambda: rig.access.known.present.sessions(AGV)[0].facts["fiveg.dnn"] == "internet")
    ending.set()
    for thread in threads:
        thread.join()
    assert rig.settled(lambda: not rig.access.administrator.grants.of(AGV), 10)
    assert not rig.ask().decision.allowed


def _damage(rig: Rig, kind: Kind, body: bytes = b"{") -> None:
    with sqlite3.connect(rig.folder / "facts.db") as connection:
        connection.execute("UPDATE facts SET body = ? WHERE kind = ?", (body, kind.value))
    connection.close()


@pytest.mark.parametrize("body", [b"{", b"{}", b"[1]"])
def test_a_fact_that_cannot_be_read_holds_up_no_other(rig: Rig, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log; what comes after it is heard, and revokes."""
    rig.begun()
    rig.ask()
    rig.log.tell([rig.session(TABLET, "10.45.1.12")])
    with sqlite3.connect(rig.folder / "facts.db") as connection:
        connection.execute("UPDATE facts SET body = ? WHERE number = (SELECT max(number) FROM facts)", (body,))
    connection.close()
    rig.alarm("a1")
    rig.alarm("a2")
    assert not rig.access.administrator.grants.of(AGV)
    assert "cannot be read, and is left out" in caplog.text


def test_while_a_lock_cannot_be_read_nothing_is_allowed(rig: Rig) -> None:
    """It may be about anybody: the door opens, denies, and allows again when somebody has lifted the lock."""
    rig.begun()
    lock = rig.access.known.locks.set(Subject.SUPI, TABLET, by="ada", reason="r", seconds=60)
    assert rig.ask().decision.allowed
    _damage(rig, Kind.LOCK)
    rig.again()
    assert not rig.ask().decision.allowed
    rig.access.known.locks.lift(lock.id, by="ada", reason="set again")
    assert rig.ask().decision.allowed


def test_a_damaged_fact_is_an_event_opens_nothing_and_may_be_a_lock(rig: Rig) -> None:
    rig.begun()
    now = time.time_ns()
    glass, lock = (Told(kind, "x", now, damaged=True) for kind in (Kind.GLASS, Kind.LOCK))
    rig.access.following._fold([glass])
    assert not rig.access.known.glasses.open(now)
    rig.access.decider.judge(Asked(PLC, "modbus:write", now, AGV))
    rig.access.following._fold([lock])
    assert list(rig.access.known.locks.unread) == ["x"]
    assert not rig.access.decider.judge(Asked(PLC, "modbus:write", now, AGV)).decision.allowed
    rig.access.following.write()
    told = [each.fields["event.action"] for each in rig.log.after(0, [Kind.EVENT])]
    assert told.count("access.fact_damaged") == 2
