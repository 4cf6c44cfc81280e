"""Triage by people: assignment on the first action, bulk, undo, and who was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sentinel.accounts.accounts import Account
from sentinel.accounts.roles import Role
from sentinel.errors import AuditError, AuthorizationError, ConflictError, StoreError
from sentinel.model.alert import AlertState, ClosingReason
from sentinel.model.audit import Outcome
from sentinel.operations.triage import Desk, TriageError
from sentinel.store.base import AlertFilter, AlertRecord, Change
from tests.auditing import Kept

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

LI = Account(1, "li", Role.ANALYST, "", "", True, 0.0)
WANG = Account(2, "wang", Role.ANALYST, "", "", True, 0.0)
AUDITOR = Account(3, "shen", Role.AUDITOR, "", "", True, 0.0)


@pytest.fixture
def desk(doors: Doors) -> Desk:
    """A desk over seven new alerts."""
    return Desk(doors.store, Kept(), lambda: 1_790_000_100_000_000_000)


def test_whoever_acts_first_becomes_the_assignee(desk: Desk) -> None:
    """And stays it when somebody else goes on."""
    first = desk.change(LI, "alert-0", Change(AlertState.ACKNOWLEDGED), 0)
    assert first.triage.assignee == "li"
    second = desk.change(WANG, "alert-0", Change(AlertState.IN_PROGRESS), first.triage.version)
    assert second.triage.assignee == "li"


def test_a_comment_assigns_nobody(desk: Desk) -> None:
    """Talking is not taking."""
    assert desk.change(LI, "alert-0", Change(note="seen before"), 0).triage.assignee == ""


def test_the_slower_one_is_told(desk: Desk) -> None:
    """Two on one alert: one wins."""
    desk.change(LI, "alert-0", Change(AlertState.ACKNOWLEDGED), 0)
    with pytest.raises(ConflictError):
        desk.change(WANG, "alert-0", Change(AlertState.IN_PROGRESS), 0)


def test_changes_that_make_no_sense(desk: Desk) -> None:
    """Nothing to change, closing without a reason, an alert that is not there, an endless note."""
    for change in (Change(), Change(note="  "), Change(AlertState.CLOSED), Change(note="x" * 5000)):
        with pytest.raises(TriageError):
            desk.change(LI, "alert-0", change, 0)
    with pytest.raises(TriageError):
        desk.change(LI, "alert-99", Change(AlertState.ACKNOWLEDGED), 0)


def test_auditors_change_nothing(desk: Desk) -> None:
    """By none of the ways."""
    change = Change(AlertState.ACKNOWLEDGED)
    with pytest.raises(AuthorizationError):
        desk.change(AUDITOR, "alert-0", change, 0)
    with pytest.raises(AuthorizationError):
        desk.change_listed(AUDITOR, [("alert-0", 0)], change)
    with pytest.raises(AuthorizationError):
        desk.change_matching(AUDITOR, AlertFilter(), change)
    with pytest.raises(AuthorizationError):
        desk.undo(AUDITOR, [])


def test_a_bulk_skips_what_others_changed_and_can_be_undone(desk: Desk) -> None:
    """Every state comes back, except where somebody was there since."""
    desk.change(WANG, "alert-1", Change(AlertState.IN_PROGRESS), 0)
    close = Change(AlertState.CLOSED, ClosingReason.FALSE_POSITIVE, note="drill")
    done = desk.change_listed(LI, [("alert-0", 0), ("alert-1", 0), ("alert-2", 0), ("gone", 0)], close)
    assert [item.id for item in done.changed] == ["alert-0", "alert-2"]
    assert done.skipped == ("alert-1", "gone")
    desk.change(WANG, "alert-2", Change(note="why?"), 1)
    back = desk.undo(LI, done.changed)
    assert [item.id for item in back.changed] == ["alert-0"]
    assert back.skipped == ("alert-2",)


def test_a_bulk_on_the_query_reaches_all_that_match(desk: Desk) -> None:
    """Not only a page of them."""
    done = desk.change_matching(
        LI, AlertFilter(text="999700000000003 OR 999700000000004"), Change(AlertState.ACKNOWLEDGED)
    )
    assert sorted(item.id for item in done.changed) == ["alert-3", "alert-4"]


def test_alerts_are_given_to_active_users_only(doors: Doors) -> None:
    """By each of the ways; to nobody is always possible."""
    desk = Desk(doors.store, Kept(), known=doors.accounts.is_active)
    doors.accounts.set_active("auditor1", False, by="root")
    for name in ("nobody", "auditor1", "<script>", "x" * 10_000):
        with pytest.raises(TriageError):
            desk.change(LI, "alert-0", Change(assignee=name), 0)
        with pytest.raises(TriageError):
            desk.change_listed(LI, [("alert-0", 0)], Change(assignee=name))
        with pytest.raises(TriageError):
            desk.change_matching(LI, AlertFilter(), Change(assignee=name))
    given = desk.change(LI, "alert-0", Change(assignee="analyst1"), 0)
    assert given.triage.assignee == "analyst1"
    assert desk.change(LI, "alert-0", Change(assignee=""), given.triage.version).triage.assignee == ""


def test_the_doors_ask_who_is_active(doors: Doors) -> None:
    """The desk of the doors knows the accounts."""
    answer = doors.program("analyst").post("alerts/alert-0/triage", json={"assignee": "nobody", "version": 0})
    assert answer.status_code == 400
    assert "active user" in answer.json()["detail"]


def test_changes_are_recorded_before_they_are_made(doors: Doors) -> None:
    """In one group for a bulk; who was slower is recorded as refused."""
    kept = Kept()
    desk = Desk(doors.store, kept)
    done = desk.change_listed(LI, [("alert-0", 0), ("alert-1", 7), ("gone", 0)], Change(AlertState.ACKNOWLEDGED))
    with pytest.raises(ConflictError):
        desk.change(WANG, "alert-0", Change(AlertState.IN_PROGRESS), 0)
    desk.undo(LI, done.changed)
    told = [(act.actor, act.target, act.outcome.value, act.details.get("state")) for act in kept.acts]
    assert told == [
        ("li", "alert-0", "done", "acknowledged"),
        ("li", "alert-1", "done", "acknowledged"),
        ("li", "alert-1", "refused", "acknowledged"),
        ("wang", "alert-0", "done", "in_progress"),
        ("wang", "alert-0", "refused", "in_progress"),
        ("li", "alert-0", "done", "new"),
    ]


def test_what_a_bulk_could_not_do_is_not_left_as_done(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store gives up at the second of three: it and the third are recorded as refused."""
    kept, real = Kept(), doors.store.triage

    def triage(alert_id: str, *given: Any) -> AlertRecord:
        if alert_id == "alert-1":
            raise StoreError("database is locked")
        return real(alert_id, *given)

    monkeypatch.setattr(doors.store, "triage", triage)
    desk = Desk(doors.store, kept)
    with pytest.raises(StoreError):
        desk.change_listed(LI, [(f"alert-{at}", 0) for at in range(3)], Change(AlertState.ACKNOWLEDGED))
    assert [act.target for act in kept.acts if act.outcome == Outcome.REFUSED] == ["alert-1", "alert-2"]


def test_what_cannot_be_recorded_is_not_changed(doors: Doors) -> None:
    desk = Desk(doors.store, Kept(full=True))
    with pytest.raises(AuditError):
        desk.change(LI, "alert-0", Change(AlertState.ACKNOWLEDGED), 0)
    with pytest.raises(AuditError):
        desk.change_listed(LI, [("alert-0", 0)], Change(AlertState.ACKNOWLEDGED))
    record = doors.store.alert("alert-0")
    assert record is not None
    assert record.triage.version == 0
