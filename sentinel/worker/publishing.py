"""What the worker tells the log of facts: sessions and places that changed, alerts that weigh, and how far it is.

A batch is stored first, and its facts are told then: whoever hears of an alert finds it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sentinel.access.information.trust import Term, news, terms_of
from sentinel.model.alert import Alert, Triage
from sentinel.model.event import Event, Value
from sentinel.model.facts import Kind, Told
from sentinel.pipeline import Sink
from sentinel.state import State
from sentinel.state.bounded import Bounded
from sentinel.state.contexts import UeContext
from sentinel.state.ledger import Ledger
from sentinel.state.sessions import Session
from sentinel.state.telling import context_told, session_told
from sentinel.store.base import AlertRecord
from sentinel.store.facts import FactLog

_TRIAGE = Triage()
_WEIGHED = 100_000  # alerts of which is remembered what was told
_AT_ONCE = 5000


def _now(step: Callable[[], None]) -> None:
    step()


class Publisher:
    """A `Sink` and a `Ledger` in one: passes both on, and tells what came of a batch when it is stored."""

    def __init__(
        self, sink: Sink, ledger: Ledger, log: FactLog, clock: Callable[[], int] = time.time_ns,
        do: Callable[[Callable[[], None]], None] = _now,
    ) -> None:  # fmt: skip
        """What `do` is given is done in that order, here and now or elsewhere."""
        self._sink, self._ledger, self._log, self._clock, self._do = sink, ledger, log, clock, do
        self._changed: dict[Session | UeContext, None] = {}  # in the order in which they first changed
        self._weighed: Bounded[str, dict[str, Term]] = Bounded(_WEIGHED)
        self._since = clock()

    def hold(
        self, kind: str, key: str, since: int, holder: str, facts: Mapping[str, Value], *, shared: bool = False
    ) -> None:
        """See `Ledger.hold`."""
        self._ledger.hold(kind, key, since, holder, facts, shared=shared)

    def release(self, kind: str, key: str, holder: str, until: int) -> None:
        """See `Ledger.release`."""
        self._ledger.release(kind, key, holder, until)

    def changed(self, what: Session | UeContext) -> None:
        """See `Ledger.changed`."""
        self._changed[what] = None

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """See `Sink.add`; what could not be told here is told with the same batch again."""
        now = events[-1].time if events else self._clock()
        fresh = {alert.id: terms for alert in alerts if (terms := self._news(alert))}
        told = [*_told(self._changed, now), *(Told(Kind.ALERT, name, now) for name in fresh)]
        self._do(lambda: self._sink.add(events, alerts, proofs))
        self._do(lambda: self._log.tell(told))
        self._changed.clear()
        self._weighed.update(fresh)

    def _news(self, alert: Alert) -> dict[str, Term]:
        """What an alert takes from whose trust, where that was not told yet."""
        terms = {term.supi: term for term in terms_of(AlertRecord(alert, _TRIAGE), self._clock())}
        known = self._weighed.get(alert.id, {})
        return terms if any(news(known.get(supi), term) for supi, term in terms.items()) else {}

    def anew(self, state: State) -> None:
        """Tell all that is so now, after a restart; what is not so any more is over, if State knows anything at all."""
        now = self._clock()
        live = [*_told(state.sessions.alive(), now), *_told(state.contexts.alive(), now)]
        kept = {(told.kind, told.key) for told in live}
        gone = [told for told in self._standing() if live and (told.kind, told.key) not in kept]
        facts = [*live, *(Told(told.kind, told.key, now, told.fields, over=True) for told in gone)]
        for start in range(0, len(facts), _AT_ONCE):
            self._log.tell(facts[start : start + _AT_ONCE])

    def _standing(self) -> Iterator[Told]:
        """Sessions and places that the log says there are."""
        number = 0
        while page := self._log.after(number, [Kind.SESSION, Kind.PLACE], _AT_ONCE):
            yield from (told for told in page if not told.over)
            number = page[-1].number

    def beat(self) -> None:
        """The worker lives, and what it has heard is told."""
        now = self._clock()
        self._log.tell([Told(Kind.WORKER, "worker", now, {"since": self._since})])
        self._log.forget(now)


def _told(several: Iterable[Session | UeContext], now: int) -> Iterator[Told]:
    for each in several:
        told = session_told(each, now) if isinstance(each, Session) else context_told(each, now)
        if told is not None:
            yield told
