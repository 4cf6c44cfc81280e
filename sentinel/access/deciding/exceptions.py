"""What stands outside the versioned policy: locks deny whatever it says, a break-glass suspends denies and allows.

INVARIANT: without an open break-glass nothing here turns a denial into an allow; and a break-glass opens nothing for who
or what is not known, nor past a deny or a lock that it does not name.
"""

from __future__ import annotations

from collections.abc import Sequence

from sentinel.access.deciding.glass import Glass
from sentinel.access.deciding.locks import Lock
from sentinel.access.engine.policy import Policy
from sentinel.access.information.wording import SECOND
from sentinel.model.access import Decision, Effect, Reason

POLICY = frozenset({Reason.ALLOWED, Reason.DENIED, Reason.NO_RULE, Reason.NO_POLICY})
LOCK, GLASS = "lock:", "break-glass:"  # before their ids, where rules are named


def beyond(
    decision: Decision, policy: Policy, locks: Sequence[Lock], glasses: Sequence[Glass], now: int
) -> Decision:  # fmt: skip
    """The decision that holds, of what the policy says and the locks and glasses that are about the same request."""
    if decision.reason not in POLICY:
        return decision
    denies = {rule for rule in decision.rules if policy.by_id[rule].effect is Effect.DENY}
    standing = {lock.id for lock in locks}
    for glass in glasses:
        if (not decision.allowed or standing) and denies | standing <= set(glass.suspends):
            return decision._replace(
                allowed=True, reason=Reason.BREAK_GLASS, rules=(f"{GLASS}{glass.id}", *decision.rules), misses=(),
                obligations={"ttl": max(1, (glass.expires - now) // SECOND)},
            )  # fmt: skip
    if standing:
        named = tuple(f"{LOCK}{lock.id}" for lock in locks)
        return decision._replace(
            allowed=False, reason=Reason.LOCKED, rules=(*named, *decision.rules), misses=(), obligations={}
        )
    return decision
