"""What people may make of an alert: the rules of triage, whatever the store."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.errors import TriageError
from sentinel.model.alert import AlertState, ClosingReason, HistoryEntry, Triage

LONGEST_NOTE = 4000  # characters
# An alert closed for one of these reasons stays closed when more of the same arrives.
_SETTLED = (ClosingReason.FALSE_POSITIVE, ClosingReason.BENIGN_POSITIVE, ClosingReason.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Change:
    """A change to an alert's triage; `None` leaves a thing as it is. Closing needs a reason."""

    state: AlertState | None = None
    reason: ClosingReason | None = None
    assignee: str | None = None
    note: str = ""


def check(change: Change) -> None:
    """Raises `TriageError` if the change makes no sense by itself."""
    if change.state is None and change.assignee is None and not change.note.strip():
        raise TriageError("nothing to change: give a state, an assignee or a note")
    if change.state is AlertState.CLOSED and change.reason is None:
        raise TriageError("closing an alert needs a reason")
    if len(change.note) > LONGEST_NOTE:
        raise TriageError("a note has at most 4000 characters")


def changed(before: Triage, change: Change) -> Triage:
    """The triage after a change; raises `TriageError` if the change makes no sense."""
    check(change)
    state = change.state or before.state
    reason = (change.reason or before.reason) if state is AlertState.CLOSED else None
    assignee = before.assignee if change.assignee is None else change.assignee
    return Triage(state, reason, assignee, before.version + 1)


def differences(before: Triage, after: Triage, note: str, actor: str, time: int) -> list[HistoryEntry]:
    """What the history remembers of a change; the note stands with its first entry."""
    entries = []
    if (before.state, before.reason) != (after.state, after.reason):
        entries.append(HistoryEntry(time, actor, "state", _state_text(before), _state_text(after), note))
    if before.assignee != after.assignee:
        entries.append(HistoryEntry(time, actor, "assignee", before.assignee, after.assignee, "" if entries else note))
    if note and not entries:
        entries.append(HistoryEntry(time, actor, "comment", "", "", note))
    return entries


def reopened(triage: Triage) -> Triage | None:
    """What more of the same makes of an alert: one that was closed as real is new again; `None`: it stays."""
    if triage.state is not AlertState.CLOSED or triage.reason in _SETTLED:
        return None
    return Triage(AlertState.NEW, None, triage.assignee, triage.version + 1)


def _state_text(triage: Triage) -> str:
    return f"{triage.state}:{triage.reason}" if triage.reason else triage.state.value
