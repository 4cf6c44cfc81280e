"""What the buttons of triage stand for, on the queue and on an alert alike."""

from __future__ import annotations

from sentinel.errors import TriageError
from sentinel.model.alert import AlertState, ClosingReason
from sentinel.model.triage import Change
from sentinel.web.visitor import Visitor


def change_of(visitor: Visitor, action: str, reason: str, note: str) -> Change:
    """The change that a button stands for."""
    changes = {
        "acknowledge": Change(AlertState.ACKNOWLEDGED, note=note),
        "start": Change(AlertState.IN_PROGRESS, note=note),
        "reopen": Change(AlertState.NEW, note=note),
        "assign": Change(assignee=visitor.name, note=note),
        "unassign": Change(assignee="", note=note),
        "comment": Change(note=note),
    }
    if action == "close":
        if reason not in set(ClosingReason):
            raise TriageError("closing an alert needs a reason")
        return Change(AlertState.CLOSED, ClosingReason(reason), note=note)
    if action not in changes:
        raise TriageError("nothing to change: give a state, an assignee or a note")
    return changes[action]
