"""Grants: what was allowed and is still in force, each bound to the session that it was allowed for.

A grant is known by who asked for what over which enforcement point; to be allowed the same again renews it.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sentinel.access.information.kept import Kept, drop
from sentinel.access.information.pip import Asked
from sentinel.access.information.wording import SECOND
from sentinel.model.access import Facts
from sentinel.model.enforcement import Binding
from sentinel.model.facts import Kind, Told

TTL = 3600  # seconds, where no rule says another
LONGEST = 12 * 3600


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed. Times are in nanoseconds since the epoch; `ended` says why it is over."""

    id: str  # of the first decision
    decision: str  # that it rests on now
    point: str
    asked: Asked  # with the SUPI as resolved
    session: str  # the name of the session; empty where none was known
    binding: Binding
    version: int  # of the policy
    since: int
    until: int
    ended: str = ""

    @property
    def name(self) -> tuple[str, ...]:
        """The same for the same thing asked for again."""
        asked = self.asked
        return self.point, asked.supi, asked.address, asked.certificate, str(asked.resource), asked.action


_KEPT = Kept(Kind.GRANT, Grant)


class Grants:
    """All that are in force. Safe to use from several threads; `changes` are what the log of facts has not heard yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._named: dict[tuple[str, ...], str] = {}
        self._of: dict[str, dict[str, None]] = {}  # by SUPI
        self._bound: dict[str, dict[str, None]] = {}  # by session
        self._ends: list[tuple[int, str]] = []  # a heap: until when, at least, which grant holds
        self._changed: dict[str, Grant] = {}

    def take(self, told: Told) -> None:
        """Fold in a fact, when beginning anew."""
        grant = _KEPT.read(told)
        with self._lock:
            if not grant.ended:
                self._put(grant)

    def open(self, grant: Grant) -> Grant:
        """This is allowed from now on; where it was before, that grant goes on."""
        with self._lock:
            known = self._grants.get(self._named.get(grant.name, ""))
            grant = replace(grant, id=known.id, since=known.since) if known else grant
            if (
                known is None
                or grant.session != known.session
                or grant.until - known.until > (grant.until - grant.since) // 8
            ):
                self._changed[grant.id] = grant  # a renewal is told now and then
            self._put(grant)
            return grant

    def end(self, grant: Grant, why: str) -> bool:
        """It holds no longer; whether it did until now."""
        with self._lock:
            found = self._grants.pop(grant.id, None)
            if found is None:
                return False
            self._named.pop(found.name, None)
            drop(self._of, found.asked.supi, found.id)
            drop(self._bound, found.session, found.id)
            self._changed[found.id] = replace(found, ended=why)
            return True

    def _put(self, grant: Grant) -> None:
        before = self._grants.get(grant.id)
        if before is None or grant.until < before.until:
            heapq.heappush(self._ends, (grant.until, grant.id))
        if before is not None and before.session != grant.session:
            drop(self._bound, before.session, grant.id)
        self._grants[grant.id] = grant
        self._named[grant.name] = grant.id
        self._of.setdefault(grant.asked.supi, {})[grant.id] = None
        self._bound.setdefault(grant.session, {})[grant.id] = None

    def of(self, supi: str) -> Sequence[Grant]:
        """Those of a terminal."""
        with self._lock:
            return [self._grants[each] for each in self._of.get(supi, ())]

    def bound(self, session: str) -> Sequence[Grant]:
        """Those that are bound to a session."""
        with self._lock:
            return [self._grants[each] for each in self._bound.get(session, ())]

    def get(self, grant: str) -> Grant | None:
        """One by its id."""
        return self._grants.get(grant)

    def expired(self, now: int) -> Sequence[Grant]:
        """Those whose time is over."""
        with self._lock:
            found: dict[str, Grant] = {}
            while self._ends and self._ends[0][0] <= now:
                grant = self._grants.get(heapq.heappop(self._ends)[1])
                if grant is not None and grant.until <= now:
                    found[grant.id] = grant
                elif grant is not None:  # it was renewed
                    heapq.heappush(self._ends, (grant.until, grant.id))
            for each in found.values():  # until it has ended
                heapq.heappush(self._ends, (each.until, each.id))
            return list(found.values())

    def terminals(self) -> Sequence[str]:
        """The SUPIs of all that have one."""
        with self._lock:
            return list(self._of)

    def page(self, limit: int, start: int = 0) -> Sequence[Grant]:
        """Some of all, in the order in which they began."""
        with self._lock:
            return list(itertools.islice(self._grants.values(), start, start + limit))

    def __len__(self) -> int:
        return len(self._grants)

    def changes(self) -> list[Told]:
        """What changed since this was last asked."""
        with self._lock:
            changed, self._changed = self._changed, {}
        return [_KEPT.told(each.id, each.asked.at, each, over=bool(each.ended)) for each in changed.values()]


def lifetime(obligations: Facts, at: int) -> int:
    """Until when a grant holds, by the obligations of its decision."""
    said = obligations.get("ttl")
    return at + min(said if isinstance(said, int) else TTL, LONGEST) * SECOND
