"""Reading packets is recorded once while it goes on, and not done where it cannot be recorded."""

from __future__ import annotations

import pytest

from sentinel.errors import AuditError
from sentinel.model.audit import Act, Action
from sentinel.operations.reading import AGAIN_AFTER, Reading
from tests.auditing import Kept


def test_each_person_and_alert_is_recorded_once_in_a_while() -> None:
    kept, now = Kept(), [0.0]
    reading = Reading(kept, lambda: now[0])
    for by, alert in (("li", "a"), ("li", "a"), ("li", "b"), ("wang", "a")):
        reading.tell(by, alert)
    now[0] = AGAIN_AFTER
    reading.tell("li", "a")
    read = [("li", "a"), ("li", "b"), ("wang", "a"), ("li", "a")]
    assert kept.acts == [Act(Action.PACKETS_READ, by, alert) for by, alert in read]


def test_what_cannot_be_recorded_is_asked_again() -> None:
    kept = Kept(full=True)
    reading = Reading(kept)
    for _ in range(2):
        with pytest.raises(AuditError):
            reading.tell("li", "a")
