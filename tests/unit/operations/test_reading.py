"""Reading packets is recorded once while it goes on, with a reason where that is asked for, and not done where it cannot be."""

from __future__ import annotations

import pytest

from sentinel.errors import AuditError, ReasonError, TriageError
from sentinel.model.audit import Act, Action
from sentinel.operations.reading import AGAIN_AFTER, Reading
from tests.auditing import Kept


def test_each_person_and_alert_is_recorded_once_in_a_while() -> None:
    kept, now = Kept(), [0.0]
    reading = Reading(lambda: now[0])
    for by, alert in (("li", "a"), ("li", "a"), ("li", "b"), ("wang", "a")):
        reading.tell(kept, by, alert, sealed=False)
    now[0] = AGAIN_AFTER
    reading.tell(kept, "li", "a", sealed=False)
    read = [("li", "a"), ("li", "b"), ("wang", "a"), ("li", "a")]
    assert kept.acts == [Act(Action.PACKETS_READ, by, alert) for by, alert in read]


def test_a_reason_holds_for_its_person_its_alert_and_its_time() -> None:
    kept, now = Kept(), [0.0]
    reading = Reading(lambda: now[0])
    reading.explain(kept, "li", "a", " a  case ")
    reading.tell(kept, "li", "a", sealed=True)
    assert (reading.reason("li", "a"), reading.reason("li", "b")) == ("a case", "")
    for by, alert in (("li", "b"), ("wang", "a")):
        with pytest.raises(ReasonError):
            reading.tell(kept, by, alert, sealed=True)
    now[0] = AGAIN_AFTER
    with pytest.raises(ReasonError):
        reading.tell(kept, "li", "a", sealed=True)
    assert kept.acts == [Act(Action.PACKETS_READ, "li", "a", details={"reason": "a case"})]


def test_what_is_no_reason_or_cannot_be_recorded_opens_nothing() -> None:
    reading = Reading()
    with pytest.raises(TriageError):
        reading.explain(Kept(), "li", "a", " x ")
    with pytest.raises(AuditError):
        reading.explain(Kept(full=True), "li", "a", "a good reason")
    assert not reading.told("li", "a")


def test_what_cannot_be_recorded_is_asked_again() -> None:
    kept = Kept(full=True)
    reading = Reading()
    for _ in range(2):
        with pytest.raises(AuditError):
            reading.tell(kept, "li", "a", sealed=False)
