"""What stands outside the versioned policy: locks deny whatever it says, a break-glass suspends denies and allows.

INVARIANT: without an open break-glass nothing here turns a denial into an allow; and a break-glass opens nothing for who
or what is not known, nor past a deny or a lock that it does not name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sentinel.access.deciding.glass import Glass
from sentinel.access.deciding.locks import Lock
from sentinel.access.engine.policy import Policy
from sentinel.access.information.wording import SECOND
from sentinel.model.access import Decision, Effect, Reason

POLICY = frozenset({Reason.ALLOWED, Reason.DENIED, Reason.NO_RULE, Reason.NO_POLICY})
LOCK, GLASS = "lock:", "break-glass:"  # before their ids, where rules are named


class Opened(NamedTuple):
    """A break-glass that is open: what it suspends, and for how many seconds more."""

    id: str
    suspends: tuple[str, ...]
    ttl: int


@dataclass(frozen=True, slots=True)
class Outside:
    """What stands outside the policy when a request is judged, and is about it; locks by their ids."""

    locks: tuple[str, ...] = ()
    glasses: tuple[Opened, ...] = ()

    @classmethod
    def of(cls, locks: Sequence[Lock], glasses: Sequence[Glass], now: int) -> Outside:
        """Of those that hold at a moment."""
        opened = (Opened(each.id, each.suspends, max(1, (each.expires - now) // SECOND)) for each in glasses)
        return cls(tuple(each.id for each in locks), tuple(opened)) if locks or glasses else NOTHING

    @property
    def texts(self) -> tuple[str, ...]:
        """How it is recorded: `lock:ID`, `break-glass:ID:SECONDS:SUSPENDED,…`."""
        opened = (f"{GLASS}{each.id}:{each.ttl}:{','.join(each.suspends)}" for each in self.glasses)
        return (*(f"{LOCK}{each}" for each in self.locks), *opened)

    @classmethod
    def read(cls, texts: Sequence[str]) -> Outside:
        """What was recorded; raises `ValueError` for what never was."""
        if not texts:
            return NOTHING
        opened = [each.removeprefix(GLASS).split(":") for each in texts if not each.startswith(LOCK)]
        glasses = (Opened(name, tuple(filter(None, suspends.split(","))), int(ttl)) for name, ttl, suspends in opened)
        return cls(tuple(each.removeprefix(LOCK) for each in texts if each.startswith(LOCK)), tuple(glasses))


NOTHING = Outside()


def beyond(decision: Decision, policy: Policy, outside: Outside) -> Decision:
    """The decision that holds, of what the policy says and what stands outside it."""
    if outside is NOTHING or decision.reason not in POLICY:
        return decision
    denies = {rule for rule in decision.rules if policy.by_id[rule].effect is Effect.DENY}
    standing = set(outside.locks)
    for glass in outside.glasses:
        if (not decision.allowed or standing) and denies | standing <= set(glass.suspends):
            return decision._replace(
                allowed=True, reason=Reason.BREAK_GLASS, rules=(f"{GLASS}{glass.id}", *decision.rules), misses=(),
                obligations={"ttl": glass.ttl},
            )  # fmt: skip
    if standing:
        named = tuple(f"{LOCK}{lock}" for lock in outside.locks)
        return decision._replace(
            allowed=False, reason=Reason.LOCKED, rules=(*named, *decision.rules), misses=(), obligations={}
        )
    return decision
