"""Triage by people: what an account may do to alerts, one at a time or many at once, and back again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sentinel.access.accounts import Account
from sentinel.access.roles import Permission, require
from sentinel.errors import ConflictError, TriageError
from sentinel.model.alert import AlertState, Triage
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


class Desk:
    """Where triage happens, over a store."""

    def __init__(
        self, store: Store, clock: Callable[[], int] = time.time_ns, known: Callable[[str], bool] | None = None
    ) -> None:
        """`known` says whether the person of a name can be given alerts; without it everybody can."""
        self._store = store
        self._clock = clock
        self._known = known

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
        return self._apply(account, record, change, expected)

    def _apply(self, account: Account, record: AlertRecord, change: Change, expected: int) -> AlertRecord:
        untouched = not record.triage.assignee and change.assignee is None
        if untouched and change.state not in {None, AlertState.NEW}:
            change = replace(change, assignee=account.name)
        return self._store.triage(record.alert.id, change, account.name, self._clock(), expected)

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
        changed: list[Changed] = []
        skipped: list[str] = []
        for record, alert_id, version in rows:
            if record is None:
                skipped.append(alert_id)
                continue
            try:
                after = self._apply(account, record, change, version)
                changed.append(Changed(alert_id, record.triage, after.triage.version))
            except ConflictError:
                skipped.append(alert_id)
        return Bulk(tuple(changed), tuple(skipped))

    def undo(self, account: Account, bulk: Sequence[Changed]) -> Bulk:
        """Give alerts back the triage they had, where nobody has changed them since."""
        require(account.role, Permission.TRIAGE)
        changed: list[Changed] = []
        skipped: list[str] = []
        for item in bulk:
            back = Change(item.before.state, item.before.reason, item.before.assignee, "undo")
            record = self._store.alert(item.id)
            if record is None:
                skipped.append(item.id)
                continue
            try:
                after = self._store.triage(item.id, back, account.name, self._clock(), item.version)
                changed.append(Changed(item.id, record.triage, after.triage.version))
            except ConflictError:
                skipped.append(item.id)
        return Bulk(tuple(changed), tuple(skipped))
