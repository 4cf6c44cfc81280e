"""Triage by people: what an account may do to alerts, one at a time or many at once, and back again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sentinel.accounts.accounts import Account
from sentinel.accounts.roles import Permission, require
from sentinel.errors import ConflictError, SentinelError, TriageError
from sentinel.model.alert import AlertState, Triage
from sentinel.model.audit import Act, Action, Auditor, Detail, Outcome
from sentinel.model.triage import Change, check
from sentinel.store.base import AlertFilter, AlertRecord, Store

__all__ = ["MOST_AT_ONCE", "Bulk", "Changed", "Desk", "TriageError"]

MOST_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Changed:
    """One alert that a bulk changed: its triage before, and the version it has now."""

    id: str
    before: Triage
    version: int


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a bulk did: the alerts changed, and those left alone because somebody was faster or they are gone."""

    changed: tuple[Changed, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A change of one alert that is still at a version."""

    record: AlertRecord
    change: Change
    expected: int


class Desk:
    """Where triage happens, over a store. What is changed is recorded before, in one group where it is many."""

    def __init__(
        self, store: Store, auditor: Auditor, clock: Callable[[], int] = time.time_ns,
        known: Callable[[str], bool] | None = None, told: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`known` says whether the person of a name can be given alerts; without it everybody can.

        Whoever weighs alerts is `told` which ones changed.
        """
        self._store = store
        self._auditor = auditor
        self._clock = clock
        self._known = known
        self._told = told

    def _check(self, account: Account, change: Change) -> None:
        require(account.role, Permission.TRIAGE)
        check(change)
        if change.assignee and self._known is not None and not self._known(change.assignee):
            raise TriageError("the assignee has to be the name of an active user")

    def change(self, account: Account, alert_id: str, change: Change, expected: int) -> AlertRecord:
        """Change one alert that is still at version `expected`; whoever acts first becomes the assignee."""
        self._check(account, change)
        record = self._store.alert(alert_id)
        if record is None:
            raise TriageError("there is no such alert")
        wish = _wish(account, record, change, expected)
        self._auditor.record(_act(account, wish))
        try:
            after = self._apply(account, wish)
        except SentinelError:
            self._auditor.record(_act(account, wish, Outcome.REFUSED))
            raise
        self._told([alert_id])
        return after

    def _apply(self, account: Account, wish: _Wish) -> AlertRecord:
        return self._store.triage(wish.record.alert.id, wish.change, account.name, self._clock(), wish.expected)

    def change_listed(self, account: Account, listed: Iterable[tuple[str, int]], change: Change) -> Bulk:
        """Change each alert that is still at the version listed with it."""
        self._check(account, change)
        return self._each(
            account, ((self._store.alert(alert_id), alert_id, version) for alert_id, version in listed), change
        )

    def change_matching(self, account: Account, wanted: AlertFilter, change: Change) -> Bulk:
        """Change every alert that matches, at most `MOST_AT_ONCE` of them."""
        self._check(account, change)
        records = self._matching(wanted)
        return self._each(account, ((record, record.alert.id, record.triage.version) for record in records), change)

    def _matching(self, wanted: AlertFilter) -> Sequence[AlertRecord]:
        records: list[AlertRecord] = []
        cursor: str | None = None
        while True:
            page = self._store.alerts(wanted, 500, cursor)
            records += page.rows
            cursor = page.cursor
            if cursor is None or len(records) >= MOST_AT_ONCE:
                return records[:MOST_AT_ONCE]

    def _each(self, account: Account, rows: Iterable[tuple[AlertRecord | None, str, int]], change: Change) -> Bulk:
        listed = list(rows)
        wishes = [_wish(account, record, change, version) for record, _, version in listed if record]
        return self._all(account, wishes, [alert_id for record, alert_id, _ in listed if record is None])

    def _all(self, account: Account, wishes: Sequence[_Wish], gone: Sequence[str]) -> Bulk:
        self._auditor.record(*(_act(account, wish) for wish in wishes))
        changed: list[Changed] = []
        refused: list[_Wish] = []
        for at, wish in enumerate(wishes):
            try:
                after = self._apply(account, wish)
                changed.append(Changed(after.alert.id, wish.record.triage, after.triage.version))
            except ConflictError:
                refused.append(wish)
            except SentinelError:
                undone = (*refused, *wishes[at:])
                self._auditor.record(*(_act(account, each, Outcome.REFUSED) for each in undone))
                raise
        self._auditor.record(*(_act(account, wish, Outcome.REFUSED) for wish in refused))
        self._told([each.id for each in changed])
        return Bulk(tuple(changed), (*(wish.record.alert.id for wish in refused), *gone))

    def undo(self, account: Account, bulk: Sequence[Changed]) -> Bulk:
        """Give alerts back the triage they had, where nobody has changed them since."""
        require(account.role, Permission.TRIAGE)
        found = [(item, self._store.alert(item.id)) for item in bulk]
        back = [_Wish(record, _back(item), item.version) for item, record in found if record]
        return self._all(account, back, [item.id for item, record in found if record is None])


def _wish(account: Account, record: AlertRecord, change: Change, expected: int) -> _Wish:
    """Whoever acts first becomes the assignee."""
    untouched = not record.triage.assignee and change.assignee is None
    if untouched and change.state not in {None, AlertState.NEW}:
        change = replace(change, assignee=account.name)
    return _Wish(record, change, expected)


def _back(item: Changed) -> Change:
    return Change(item.before.state, item.before.reason, item.before.assignee, "undo")


def _act(account: Account, wish: _Wish, outcome: Outcome = Outcome.DONE) -> Act:
    change = wish.change
    wanted: dict[str, Detail | None] = {"state": change.state, "reason": change.reason, "assignee": change.assignee,
                                        "note": change.note or None, "version": wish.expected}  # fmt: skip
    details = {name: value for name, value in wanted.items() if value is not None}
    return Act(Action.ALERT_CHANGED, account.name, wish.record.alert.id, outcome, details)
