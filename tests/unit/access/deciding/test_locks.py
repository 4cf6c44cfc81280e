from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sentinel.access.deciding.locks import Lock, Subject, meets_somebody
from sentinel.errors import AccessError, AuditError, ConflictError
from sentinel.model.access import Reason, Request, Resource
from sentinel.model.access import Subject as Terminal
from sentinel.model.audit import Action
from sentinel.model.enforcement import Verb
from sentinel.model.facts import Kind
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
    rig.access.following.hear()
    rig.access.following.turn()
    assert rig.settled(lambda: len(rig.point.applied) == 2)
    monkeypatch.setattr(rig.access.following, "_clock", lambda: later)
    rig.access.following.turn()
    assert not locks.standing(later)
    assert rig.settled(lambda: len(rig.point.undone) == 2)


def test_a_lock_that_was_told_is_worked_on_once(rig: Rig) -> None:
    """Setting and lifting come by the log of facts; what is looked for once a second is what time changed."""
    locks = rig.access.known.locks
    lock = locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=3600)
    rig.access.following.hear()
    assert locks.changed(time.time_ns()) == []
    locks.lift(lock.id, by="ada", reason="found")
    rig.access.following.hear()
    assert locks.changed(time.time_ns()) == []


def test_a_lock_outlives_a_clock_that_jumps_ahead_and_back(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It denies and cuts again; and the log forgets it when it has been past for a day that nobody can set."""
    rig.begun()
    locks = rig.access.known.locks
    lock = locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=3600)
    rig.access.following.hear()
    now, ahead = time.time_ns(), time.time_ns() + 3650 * 24 * 3600 * 10**9
    for clock in (now, ahead, now):
        monkeypatch.setattr(rig.access.following, "_clock", lambda clock=clock: clock)
        rig.access.following.turn()
    assert rig.ask().decision.reason is Reason.LOCKED
    assert rig.settled(lambda: len(rig.point.applied) == 4)  # twice, and taken back between
    (told,) = rig.log.after(0, [Kind.LOCK])
    assert not told.over
    locks.changed(ahead)
    tomorrow = time.monotonic() + 25 * 3600
    monkeypatch.setattr(time, "monotonic", lambda: tomorrow)
    locks.changed(ahead)
    assert rig.log.get(Kind.LOCK, lock.id).over  # type: ignore[union-attr]
    rig.access.following.hear()
    assert locks.everyone() == []


@pytest.mark.parametrize(
    ("subject", "value", "said"),
    [(Subject.SUPI, f"imsi-{AGV}", "expected the 5 to 15 digits"), (Subject.SUPI, f" {AGV}", "digits of the IMSI"),
     (Subject.SUPI, "٩٩٩٧٠٠٠٠٠٠٠٠٠٠١", "digits of the IMSI"), (Subject.SUPI, "", "digits of the IMSI"),
     (Subject.IMEI, "35-693803-0000", "digits of the IMEI"), (Subject.CERTIFICATE, "AB" * 32, "64 hex digits"),
     (Subject.SLICE, "2-0000A1", "a slice such as"), (Subject.SLICE, "9", "no slice of the site plan; expected"),
     (Subject.SITE, "elsewhere", f"no site of the site plan; expected {SITE.site}"), (Subject.SITE, "x" * 129, "the site")],
)  # fmt: skip
def test_what_would_lock_nobody_is_refused(rig: Rig, subject: Subject, value: str, said: str) -> None:
    with pytest.raises(AccessError, match=said):
        rig.access.known.locks.set(subject, value, by="ada", reason="r", seconds=60)
    assert rig.access.known.locks.everyone() == []


def test_without_a_site_plan_no_slice_and_no_site_is_known() -> None:
    with pytest.raises(AccessError, match="expected --site"):
        meets_somebody(Subject.SLICE, "1", None)
    meets_somebody(Subject.SUPI, AGV, None)


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
