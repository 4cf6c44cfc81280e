from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from sentinel.access.administration.ordering import Cause, Wish
from sentinel.access.administration.orders import Phase
from sentinel.access.information.wording import SECOND
from sentinel.errors import AccessError, AuditError, AuthorizationError, ConflictError
from sentinel.model.audit import Action
from sentinel.model.enforcement import Binding, Command, Flow, Verb
from sentinel.model.facts import Kind
from tests.continuous import Rig
from tests.deciding import AGV

FLOW = Flow("10.11.6.80", 80, "tcp")
COMMAND = Command(Verb.QUARANTINE, "d1", Binding(AGV, address="10.45.1.11"), 60, FLOW)
WISH = Wish(COMMAND, Cause("denied", "s1"), ("gw",))
CRITICAL = replace(COMMAND, binding=replace(COMMAND.binding, critical=True))


def test_what_is_ordered_already_is_not_ordered_twice(rig: Rig) -> None:
    ordering = rig.access.administrator.ordering
    ordering.give(WISH)
    ordering.give(WISH._replace(command=replace(COMMAND, decision="d2")))
    ordering.give(WISH._replace(points=()))
    assert rig.settled(lambda: bool(rig.point.applied))
    assert len(rig.orders()) == len(rig.point.commands) == 1


def test_what_is_not_on_record_does_not_go_out(rig: Rig) -> None:
    rig.kept.full = True
    with pytest.raises(AuditError):
        rig.access.administrator.ordering.give(WISH)
    rig.kept.full = False
    assert (rig.orders(), rig.point.commands) == ([], [])


def test_a_point_that_fails_is_told_as_such(rig: Rig) -> None:
    rig.point.fails = True
    rig.access.administrator.ordering.give(WISH)
    assert rig.settled(lambda: rig.orders()[0].phase is Phase.FAILED)
    assert rig.orders()[0].detail == "no route"


def test_who_ordered_a_cut_and_who_approved_it_once_approve_it_no_more(rig: Rig) -> None:
    ordering = rig.access.administrator.ordering
    ordering.give(Wish(CRITICAL, Cause("lock:l", "s1", by="ada"), ("gw",)))
    (order,) = rig.orders()
    with pytest.raises(AuthorizationError, match="not who ordered it"):
        ordering.approve(order.id, by="ada", seconds=60)
    ordering.approve(order.id, by="ben", seconds=60)
    with pytest.raises(AuthorizationError, match="each once"):
        ordering.approve(order.id, by="ben", seconds=60)
    with pytest.raises(ConflictError, match="approve the same time"):
        ordering.approve(order.id, by="eve", seconds=61)
    with pytest.raises(AuthorizationError, match="no active account"):
        ordering.approve(order.id, by="mallory", seconds=60)
    assert rig.point.commands == []


def test_what_was_refused_or_is_not_there_cannot_be_approved(rig: Rig) -> None:
    ordering = rig.access.administrator.ordering
    ordering.give(WISH._replace(command=CRITICAL))
    (order,) = rig.orders()
    assert ordering.refuse(order.id, by="ben", reason="line runs").phase is Phase.REFUSED
    with pytest.raises(ConflictError, match="is refused; expected one that waits"):
        ordering.approve(order.id, by="eve", seconds=60)
    with pytest.raises(AccessError, match="no order"):
        ordering.approve("x", by="eve", seconds=60)
    with pytest.raises(AccessError, match="that points hold"):
        ordering.undo(order.id, by="eve", reason="r")
    assert [act.action for act in rig.kept.acts[-2:]] == [Action.ORDER_HELD, Action.ORDER_REFUSED]


def test_what_a_point_does_not_let_go_of_is_taken_back_until_it_does(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ordering = rig.access.administrator.ordering
    ordering.give(WISH)
    assert rig.settled(lambda: rig.orders()[0].phase is Phase.ACKED)
    rig.point.holds = True
    assert ordering.undo(rig.orders()[0].id, by="ada", reason="r").phase is Phase.UNDOING
    assert rig.settled(lambda: bool(rig.orders()[0].outcomes))
    ordering.pursue()  # not at once
    assert (rig.orders()[0].phase, len(rig.point.undone)) == (Phase.UNDOING, 1)
    monkeypatch.setattr(ordering, "_clock", lambda: time.time_ns() + 2 * SECOND)
    ordering.pursue()
    assert rig.settled(lambda: len(rig.point.undone) == 2)
    rig.access.following.write()
    (failed,) = [
        each for each in rig.log.after(0, [Kind.EVENT]) if each.fields["event.action"] == "access.order_failed"
    ]
    assert failed.fields["error.message"] == "not taken back: no way back"  # told once
    rig.point.holds = False
    monkeypatch.setattr(ordering, "_clock", lambda: time.time_ns() + 9 * SECOND)
    ordering.pursue()
    assert rig.settled(lambda: rig.orders()[0].phase is Phase.ENDED)


def test_what_is_being_taken_back_is_so_after_a_restart_and_over_when_its_time_is(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.access.administrator.ordering.give(WISH)
    assert rig.settled(lambda: rig.orders()[0].phase is Phase.ACKED)
    rig.point.holds = True
    rig.access.administrator.ordering.undo(rig.orders()[0].id, by="ada", reason="r")
    rig.again()
    ordering = rig.access.administrator.ordering
    ordering.pursue()
    assert rig.settled(lambda: len(rig.point.undone) >= 2)
    assert rig.orders()[0].phase is Phase.UNDOING
    monkeypatch.setattr(ordering, "_clock", lambda: time.time_ns() + 61 * SECOND)
    ordering.pursue()
    assert rig.orders()[0].phase is Phase.ENDED


def test_a_cut_that_was_refused_while_it_was_approved_is_not_carried_out(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who refuses between the reading of an order and its sending waits for the approval, and is told that it was late."""
    ordering = rig.access.administrator.ordering
    ordering.give(WISH._replace(command=CRITICAL))
    (order,) = rig.orders()
    ordering.approve(order.id, by="ada", seconds=60)
    said: list[type[Exception]] = []

    def refuse() -> None:
        try:
            ordering.refuse(order.id, by="eve", reason="line runs")
        except ConflictError as error:
            said.append(type(error))

    other = threading.Thread(target=refuse)

    def slow(_control: object, _since: float, names: tuple[str, ...]) -> tuple[str, ...]:
        other.start()
        other.join(0.3)
        return names

    monkeypatch.setattr("sentinel.access.administration.ordering.approvable", slow)
    ordering.approve(order.id, by="ben", seconds=60)
    other.join(5)
    assert said == [ConflictError]
    assert Action.ORDER_REFUSED not in {act.action for act in rig.kept.acts}


def test_an_order_that_was_refused_stays_so_when_its_session_ends(rig: Rig) -> None:
    """Whoever ends it holds what it was before."""
    ordering = rig.access.administrator.ordering
    ordering.give(WISH._replace(command=CRITICAL))
    (order,) = rig.orders()
    ordering.refuse(order.id, by="eve", reason="line runs")
    assert ordering.end(order, "session_ended").phase is Phase.REFUSED


def test_what_is_stopped_is_told_again_after_a_restart_for_the_time_that_is_left(rig: Rig) -> None:
    """A gateway of nftables is told out of memory, and who asks for an element is known there alone."""
    rig.begun()
    rig.ask()
    rig.alarm()
    rig.alarm("a2")
    assert rig.settled(lambda: bool(rig.access.feed.standing("flows")))
    before = len(rig.point.applied)
    rig.again()
    assert rig.settled(lambda: bool(rig.access.feed.standing("flows")))
    assert rig.settled(lambda: len(rig.point.applied) > before)
    first, told = rig.point.commands[0], rig.point.commands[-1]
    assert told.id == first.id
    assert told.ttl <= first.ttl
