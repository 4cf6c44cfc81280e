from __future__ import annotations

from dataclasses import replace

import pytest

from sentinel.access.ordering import Cause, Wish
from sentinel.access.orders import Phase
from sentinel.errors import AccessError, AuditError, AuthorizationError, ConflictError
from sentinel.model.audit import Action
from sentinel.model.enforcement import Binding, Command, Flow, Verb
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
