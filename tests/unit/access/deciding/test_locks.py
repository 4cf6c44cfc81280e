from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sentinel.access.deciding.locks import Lock, Subject
from sentinel.errors import AccessError, AuditError, ConflictError
from sentinel.model.access import Reason, Request, Resource
from sentinel.model.access import Subject as Terminal
from sentinel.model.audit import Action
from sentinel.model.enforcement import Verb
from tests.continuous import Rig
from tests.deciding import AGV, SITE, TABLET

WHO = Terminal(AGV, pei="860123050000016", certificate="c" * 64)
REQUEST = Request(WHO, SITE.site, Resource("app"), "connect", {"slice": "2-0000a1"})


def _lock(subject: Subject, value: str) -> Lock:
    return Lock("l", subject, value, "ada", "r", 0, 10)


@pytest.mark.parametrize(
    ("subject", "value", "other"),
    [(Subject.SUPI, AGV, TABLET), (Subject.IMEI, "86012305000001", "860123050000024"), (Subject.SLICE, "2-0000a1", "1"),
     (Subject.CERTIFICATE, "c" * 64, "d" * 64), (Subject.SITE, SITE.site, "elsewhere")],
)  # fmt: skip
def test_a_lock_is_about_whom_it_names(subject: Subject, value: str, other: str) -> None:
    assert _lock(subject, value).meets(REQUEST)
    assert not _lock(subject, other).meets(REQUEST)


def test_what_is_not_known_may_be_what_is_locked() -> None:
    assert _lock(Subject.SLICE, "1").meets(replace(REQUEST, context={}))
    assert _lock(Subject.IMEI, "1").meets(replace(REQUEST, subject=replace(WHO, pei="")))
    assert not _lock(Subject.SUPI, TABLET).meets(replace(REQUEST, subject=replace(WHO, supi="")))


def test_a_lock_denies_at_once_and_points_cut_the_session(rig: Rig) -> None:
    rig.begun()
    rig.ask()
    locks = rig.access.known.locks
    lock = locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=60)
    answer = rig.ask()
    assert (answer.decision.allowed, answer.decision.reason) == (False, Reason.LOCKED)
    assert answer.decision.rules[0] == f"lock:{lock.id}"
    rig.access.following.hear()
    assert not rig.access.administrator.grants.of(AGV)
    assert rig.settled(lambda: {each.verb for each in rig.point.commands} == {Verb.QUARANTINE, Verb.CUT})
    assert rig.kept.acts[-1].action is Action.ORDER_GIVEN
    assert any(act.action is Action.LOCK_SET and act.details["value"] == AGV for act in rig.kept.acts)


def test_a_locked_terminal_that_comes_back_is_cut_again(rig: Rig) -> None:
    rig.access.known.locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=60)
    rig.access.following.hear()
    rig.begun(address="10.45.1.77")
    assert rig.settled(lambda: len(rig.point.applied) == 2)
    assert {each.binding.address for each in rig.point.commands} == {"10.45.1.77"}


def test_to_lift_a_lock_takes_back_what_points_were_told(rig: Rig) -> None:
    rig.begun()
    locks = rig.access.known.locks
    lock = locks.set(Subject.SLICE, "2-0000a1", by="ada", reason="storm", seconds=60)
    rig.access.following.hear()
    assert rig.settled(lambda: len(rig.point.applied) == 2)
    locks.lift(lock.id, by="ben", reason="over")
    rig.access.following.hear()
    assert rig.settled(lambda: len(rig.point.undone) == 2)
    assert rig.ask().decision.allowed
    with pytest.raises(ConflictError, match="does not stand"):
        locks.lift(lock.id, by="ben", reason="over")
    with pytest.raises(AccessError, match="no lock"):
        locks.lift("x", by="ben", reason="over")


def test_a_lock_ends_by_itself(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.begun()
    locks = rig.access.known.locks
    locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=60)
    later = time.time_ns() + 61 * 10**9
    monkeypatch.setattr(rig.access.following, "_clock", lambda: later)
    rig.access.following.turn()
    assert locks.everyone() == []
    assert rig.ask().decision.allowed


def test_a_lock_outlives_the_door(rig: Rig) -> None:
    rig.begun()
    rig.access.known.locks.set(Subject.SITE, SITE.site, by="ada", reason="storm", seconds=60)
    rig.again()
    assert rig.ask().decision.reason is Reason.LOCKED
    assert rig.access.known.locks.everyone()[0].owner == "ada"


def test_what_cannot_be_recorded_is_not_set(rig: Rig) -> None:
    rig.kept.full = True
    with pytest.raises(AuditError):
        rig.access.known.locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=60)
    rig.kept.full = False
    assert rig.access.known.locks.everyone() == []
    with pytest.raises(AccessError, match="at most 128"):
        rig.access.known.locks.set(Subject.SUPI, "", by="ada", reason="stolen", seconds=60)
