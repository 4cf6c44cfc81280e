"""The terms of trust, kept: appended to the control database as alerts change, and held in memory for decisions.

All alerts are read once, at the start; from then on, those that the log of facts names.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select

from sentinel.access.information.trust import Term, Trust, forgotten, news, terms_of, trust
from sentinel.errors import StoreError
from sentinel.model.weight import FORGOTTEN, HALF_LIFE
from sentinel.store.base import AlertFilter, AlertRecord, Span, Store
from sentinel.store.control import ControlDatabase, TrustTerm

_PAGE = 1000


class TrustBook:
    """All terms; `refreshed` says when all that alerts say was last known."""

    def __init__(self, store: Store, control: ControlDatabase, clock: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._control = control
        self._clock = clock
        self._refreshing = threading.Lock()
        self._terms: dict[str, tuple[Term, ...]] = {}  # by SUPI
        self._supis: dict[str, str] = {}  # by what the store calls them
        self.refreshed = 0
        self._load()

    def _load(self) -> None:
        since = self._clock() - FORGOTTEN * HALF_LIFE
        with self._control.begin() as session:
            rows = session.scalars(select(TrustTerm).where(TrustTerm.last >= since).order_by(TrustTerm.id))
            self._take([_term(row) for row in rows])

    def refresh(self) -> frozenset[str]:
        """Take what all alerts and their triage say now; raises `StoreError`, and then nothing is taken.

        Whose trust changed is answered. What alerts say from then on comes by `learn`.
        """
        with self._refreshing:
            now = self._clock()
            changed = self._say(self._records(now), now)
            for supi in [supi for supi, terms in self._terms.items() if forgotten(terms, now)]:
                del self._terms[supi]
            self.refreshed = now
            return changed

    def learn(self, alerts: Iterable[str]) -> frozenset[str]:
        """The same of some alerts, by their ids."""
        with self._refreshing:
            found = [self._store.alert(each) for each in alerts]
            return self._say([record for record in found if record is not None], self._clock())

    def heard(self) -> None:
        """All that was told of alerts is known now."""
        self.refreshed = self._clock()

    def _say(self, records: Sequence[AlertRecord], now: int) -> frozenset[str]:
        current = [term for record in records for term in terms_of(record, now)]
        self._learn(current)
        fresh = [term for term in current if news(self._latest(term), term)]
        if fresh:
            with self._control.begin() as session:
                session.add_all(_row(term) for term in fresh)
        self._take(fresh)
        return frozenset(self._supis[term.supi] for term in fresh)

    def _learn(self, terms: Sequence[Term]) -> None:
        """Whose the names are that the store uses."""
        names = {term.supi for term in terms} - self._supis.keys()
        if names:
            self._supis |= {name: name for name in names} | dict(self._store.originals(names))

    def _take(self, terms: Sequence[Term]) -> None:
        self._learn(terms)
        for term in terms:
            supi = self._supis[term.supi]
            self._terms[supi] = (*self._terms.get(supi, ()), term)

    def _latest(self, term: Term) -> Term | None:
        same = [each for each in self._terms.get(self._supis[term.supi], ()) if each.alert == term.alert]
        return same[-1] if same else None

    def _records(self, now: int) -> Sequence[AlertRecord]:
        """The alerts that can still weigh."""
        wanted = AlertFilter(span=Span(since=now - FORGOTTEN * HALF_LIFE))
        records: list[AlertRecord] = []
        cursor: str | None = None
        while True:
            page = self._store.alerts(wanted, _PAGE, cursor)
            if page.partial:
                raise StoreError("not all alerts could be read in time; they are read again")
            records += page.rows
            cursor = page.cursor
            if cursor is None:
                return records

    def trust(self, supi: str, at: int) -> Trust:
        """The trust in a terminal at a recent moment, from memory."""
        return trust(self._terms.get(supi, ()), at)

    def past(self, supi: str, at: int) -> Trust:
        """The same of any moment, from what was kept."""
        return trust(self.kept(supi, at), at)

    def kept(self, supi: str, until: int) -> Sequence[Term]:
        """All terms of a terminal that were known at a moment, in the order in which they became known."""
        with self._control.begin() as session:
            names = set(session.scalars(select(TrustTerm.supi).distinct()))
            mine = {name for name, original in self._store.originals(names).items() if original == supi} | {supi}
            wanted = select(TrustTerm).where(TrustTerm.supi.in_(mine), TrustTerm.known <= until)
            return [_term(row) for row in session.scalars(wanted.order_by(TrustTerm.id))]


def _term(row: TrustTerm) -> Term:
    return Term(row.supi, row.alert, row.name, row.plane, row.weight, row.last, row.known, row.dismissed)


def _row(term: Term) -> TrustTerm:
    return TrustTerm(
        supi=term.supi, alert=term.alert, name=term.name, plane=term.plane, weight=term.weight, last=term.last,
        known=term.known, dismissed=term.dismissed,
    )  # fmt: skip
