from __future__ import annotations

import threading
import time

import pytest

from sentinel.access.deciding.glass import LIFE, Glass, State
from sentinel.access.deciding.locks import Subject
from sentinel.errors import AccessError, AuthorizationError, ConflictError
from sentinel.model.access import Reason
from sentinel.model.audit import Action, Outcome
from sentinel.model.facts import Kind
from tests.continuous import Rig
from tests.deciding import AGV

DIAG = "modbus:diag"  # which no rule allows


def _proposed(rig: Rig, *suspends: str, seconds: int = 600, action: str = DIAG) -> Glass:
    return rig.access.known.glasses.propose(
        f"supi:{AGV}", "app:plc", action, suspends=suspends, by="ada", reason="line is down", seconds=seconds
    )


def _opened(rig: Rig, *suspends: str, action: str = DIAG) -> Glass:
    made = _proposed(rig, *suspends, action=action)
    for name in ("ben", "eve"):
        made = rig.access.known.glasses.approve(made.id, by=name)
    return made


def test_two_persons_other_than_who_asks_open_it(rig: Rig) -> None:
    rig.begun()
    glasses = rig.access.known.glasses
    made = _proposed(rig)
    assert not rig.ask(action=DIAG).decision.allowed
    with pytest.raises(AuthorizationError, match="other than who asks"):
        glasses.approve(made.id, by="ada")
    glasses.approve(made.id, by="ben")
    with pytest.raises(AuthorizationError, match="each once"):
        glasses.approve(made.id, by="ben")
    with pytest.raises(AuthorizationError, match="no active account"):
        glasses.approve(made.id, by="mallory")
    assert not rig.ask(action=DIAG).decision.allowed
    assert glasses.approve(made.id, by="eve").state(time.time_ns()) is State.OPEN
    answer = rig.ask(action=DIAG)
    assert (answer.decision.allowed, answer.decision.reason) == (True, Reason.BREAK_GLASS)
    assert answer.decision.rules == (f"break-glass:{made.id}",)
    assert 0 < int(str(answer.decision.obligations["ttl"])) <= 600


def test_it_is_never_silent(rig: Rig) -> None:
    """Every step is recorded, and told as an event that detection judges."""
    made = _opened(rig)
    rig.access.known.glasses.close(made.id, by="ben")
    rig.access.following.write()
    events = [told.fields["access.glass.state"] for told in rig.log.after(0, [Kind.EVENT])]
    assert events == ["proposed", "proposed", "open", "closed"]
    steps = [act.action for act in rig.kept.acts if act.target == made.id]
    assert steps == [Action.GLASS_PROPOSED, Action.GLASS_APPROVED, Action.GLASS_OPENED, Action.GLASS_CLOSED]


def test_it_ends_by_itself_and_takes_its_grants_with_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.begun()
    made = _opened(rig)
    rig.access.following.turn()
    rig.ask(action=DIAG)
    later = time.time_ns() + 601 * 10**9
    for part in (rig.access.following, rig.access.administrator):
        monkeypatch.setattr(part, "_clock", lambda: later)
    assert made.state(later) is State.CLOSED
    rig.access.following.turn()
    rig.access.administrator.some(10)
    assert not rig.access.administrator.grants.of(AGV)


def test_somebody_else_says_what_it_was_used_for(rig: Rig) -> None:
    glasses = rig.access.known.glasses
    made = _opened(rig)
    with pytest.raises(ConflictError, match="is open; expected closed"):
        glasses.review(made.id, by="eve", said="diagnosed")
    glasses.close(made.id, by="ben")
    with pytest.raises(AuthorizationError, match="nobody reviews"):
        glasses.review(made.id, by="ada", said="diagnosed")
    done = glasses.review(made.id, by="eve", said="diagnosed")
    assert (done.state(time.time_ns()), done.reviewer) == (State.REVIEWED, "eve")


def test_what_it_does_not_name_still_denies(rig: Rig) -> None:
    """A deny of the policy and a lock stand unless they are suspended by name."""
    rig.begun()
    lock = rig.access.known.locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=60)
    _opened(rig)
    assert rig.ask(action=DIAG).decision.reason is Reason.LOCKED
    _opened(rig, lock.id)
    assert rig.ask(action=DIAG).decision.reason is Reason.BREAK_GLASS


def test_it_outlives_the_door(rig: Rig) -> None:
    rig.begun()
    _opened(rig)
    rig.again()
    assert rig.ask(action=DIAG).decision.reason is Reason.BREAK_GLASS
    assert [glass.state(time.time_ns()) for glass in rig.access.known.glasses.everyone()] == [State.OPEN]


def test_what_is_no_rule_is_refused(rig: Rig) -> None:
    propose = rig.access.known.glasses.propose
    for subject, resource, action in (("agv", "app:plc", DIAG), ("any", "nonsense", DIAG), ("any", "app:plc", "rule")):
        with pytest.raises(AccessError):
            propose(subject, resource, action, by="ada", reason="r", seconds=60)
    with pytest.raises(AccessError, match="no break-glass"):
        rig.access.known.glasses.approve("x", by="ben")
    with pytest.raises(AccessError, match="cannot be suspended"):
        propose("any", "app:plc", DIAG, suspends=["a deny"], by="ada", reason="r", seconds=60)


def test_what_nobody_opens_within_an_hour_is_over(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    glasses = rig.access.known.glasses
    made = _proposed(rig)
    glasses.approve(made.id, by="ben")
    monkeypatch.setattr(glasses, "_clock", lambda: made.created + LIFE)
    with pytest.raises(ConflictError, match="is expired; expected proposed"):
        glasses.approve(made.id, by="eve")
    glasses.ended(made.created + LIFE)
    (told,) = rig.log.after(0, [Kind.GLASS])
    assert told.over
    assert not glasses.open(made.created + LIFE)


def test_two_who_approve_at_once_open_it_once(rig: Rig) -> None:
    glasses = rig.access.known.glasses
    made = _proposed(rig)
    several = [
        threading.Thread(target=glasses.approve, args=(made.id,), kwargs={"by": name}) for name in ("ben", "eve")
    ]
    for each in several:
        each.start()
    for each in several:
        each.join()
    steps = [(act.action, act.outcome) for act in rig.kept.acts if act.target == made.id]
    assert steps[1:] == [(Action.GLASS_APPROVED, Outcome.DONE), (Action.GLASS_OPENED, Outcome.DONE)]


def test_who_lost_to_another_process_is_on_record_as_such(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    glasses = rig.access.known.glasses
    made = glasses.approve(_proposed(rig).id, by="ben")
    stale = glasses._of(made.id, State.PROPOSED)
    glasses.close(made.id, by="ada")
    monkeypatch.setattr(glasses, "_of", lambda *_: stale)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        glasses.approve(made.id, by="eve")
    steps = [(act.action, act.outcome) for act in rig.kept.acts if act.target == made.id]
    assert steps[-2:] == [(Action.GLASS_OPENED, Outcome.DONE), (Action.GLASS_OPENED, Outcome.FAILED)]
    rig.access.following.write()
    assert [told.fields["access.glass.state"] for told in rig.log.after(0, [Kind.EVENT])][-1] == "closed"
