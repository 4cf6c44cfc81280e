"""Who looked for whom in a sealed store: a search by an identifier in clear tests a guess, so it goes on record first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from sentinel.errors import QueryError
from sentinel.model.audit import Act, Action, Auditor
from sentinel.model.personal import FIELDS, PSEUDONYM, WHOLE, could_be
from sentinel.store import query as q

AGAIN_AFTER = 900.0  # seconds
_FIELDS = {kind: field for field, kind in reversed(WHOLE.items())}


class Looking:
    """Records look-ups before they are answered; `hide` gives what an identifier of a field is hidden behind."""

    def __init__(
        self, auditor: Auditor, hide: Callable[[str, str], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._auditor, self._hide, self._clock = auditor, hide, clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], float] = {}

    def tell(self, by: str, query: str) -> None:
        """Somebody is about to search for this; raises `AuditError`, and then they must not."""
        found = dict.fromkeys(self._pseudonyms(query))
        with self._lock:
            now = self._clock()
            self._told = {who: when for who, when in self._told.items() if now - when < AGAIN_AFTER}
            fresh = [each for each in found if (by, each) not in self._told]
        if fresh:
            self._auditor.record(*(Act(Action.IDENTITY_LOOKED_FOR, by, each) for each in fresh))
        with self._lock:
            self._told |= {(by, each): now for each in fresh}

    def _pseudonyms(self, query: str) -> Iterator[str]:
        try:
            named = list(_identifiers(q.parse(query)))
        except QueryError:  # whoever asks is told by the search
            return
        for field, value in named:
            if not PSEUDONYM.search(value):
                yield from PSEUDONYM.findall(self._hide(field, value))


def _identifiers(tree: q.Query) -> Iterator[tuple[str, str]]:
    """The fields and values of a query that may name a person."""
    match tree:
        case q.Not(term):
            yield from _identifiers(term)
        case q.And(terms) | q.Or(terms):
            for term in terms:
                yield from _identifiers(term)
        case q.Text(text):
            yield from ((_FIELDS[kind], text.rpartition("-")[2]) for kind in could_be(text) if kind in _FIELDS)
        case q.Equals(field, value) if field in FIELDS:
            yield field, value
        case _:
            return
