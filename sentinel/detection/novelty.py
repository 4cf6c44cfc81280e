"""What is new: combinations of values that a rule has not seen for a while (`sentinel.first_seen`), in event time.

While it learns nothing is new. Learning lasts from the first event of all or, where the rule says `per`, from the first
match of each of those, so that a terminal that comes later is not all novelty. An event that lacks one of the fields
is not new: what is not known is not guessed. Memory is bounded; what was seen longest ago is forgotten first.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from sentinel.detection.correlate import Key, Match
from sentinel.detection.cut import LONGEST, told_apart
from sentinel.detection.rule import FirstSeen
from sentinel.detection.views import cased
from sentinel.model.event import Value

MAX_SEEN = 100_000
_MOST = 64  # combinations of one event
_ALL: Iterable[Key] = ((),)


class Novelty:
    """What one rule has seen."""

    def __init__(self, asked: FirstSeen, version: str, most: int = MAX_SEEN) -> None:
        self.asked = asked
        self.version = version
        self._most = most
        self._seen: OrderedDict[Key, int] = OrderedDict()  # least recently seen first
        self._since: OrderedDict[Key, int] = OrderedDict()  # when learning began

    def begin(self, time: int) -> None:
        """The first event of all came; without `per` that is when learning begins."""
        if not self.asked.per:
            self._since.setdefault((), time)

    def is_new(self, match: Match) -> bool:
        """Whether the match has a combination that is new; from now on it is not."""
        time = match.event.time
        found = False
        for whose in _combinations(self.asked.per, match) if self.asked.per else _ALL:
            learning = self._learning(whose, time)
            for each in _combinations(self.asked.fields, match):
                found |= self._note((*whose, *each), time) and not learning
        return found

    def _learning(self, whose: Key, time: int) -> bool:
        since = self._since.get(whose)
        if since is not None:
            self._since.move_to_end(whose)
            return time - since < self.asked.learning
        self._since[whose] = time
        if len(self._since) > self._most:
            self._since.popitem(last=False)
        return self.asked.learning > 0

    def _note(self, key: Key, time: int) -> bool:
        known = self._seen.get(key)
        if known is not None:
            self._seen[key] = max(known, time)
            self._seen.move_to_end(key)
            return time - known > self.asked.within
        self._seen[key] = time
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True

    def inherit(self, other: Novelty) -> None:
        """Go on with what another of the same meaning remembers."""
        self._seen, self._since = other._seen, other._since

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()
        self._since.clear()

    def dump(self) -> dict[str, object]:
        """The state in JSON's terms."""
        return {
            "version": self.version,
            "seen": [[list(key), time] for key, time in self._seen.items()],
            "since": [[list(key), time] for key, time in self._since.items()],
        }

    def load(self, state: Mapping[str, object]) -> None:
        """Take back what `dump` gave; nothing, if the rule's file has changed since."""
        if state.get("version") != self.version:
            return
        self.clear()
        for name, known in (("seen", self._seen), ("since", self._since)):
            rows = state.get(name)
            for key, time in rows if isinstance(rows, list) else ():
                known[tuple(key)] = int(time)


def _combinations(names: Iterable[str], match: Match) -> Iterable[Key]:
    """The values of these fields together, each value of a field that has several with each of the others."""
    key, get = match.key, match.event.fields.get
    values: list[str] = []
    for name in names:
        value = key[name] if key and name in key else get(name)
        if value is None:
            return ()
        if value.__class__ is str and len(value) <= LONGEST:
            values.append(value)
        elif value.__class__ is int:
            values.append(str(value))
        elif isinstance(value, (tuple, list)):
            return _several([key.get(name, get(name)) for name in names])
        else:
            values.append(told_apart(cased(value)))
    return (tuple(values),)


def _several(values: Iterable[Value | None]) -> Iterable[Key]:
    """The same where a field has several values; none, where one is absent."""
    listed = [() if each is None else each if isinstance(each, (tuple, list)) else (each,) for each in values]
    return itertools.islice(itertools.product(*([told_apart(cased(one)) for one in each] for each in listed)), _MOST)
