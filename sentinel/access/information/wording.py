"""What people say when they act outside the policy: a reason, and for how long."""

from __future__ import annotations

from sentinel.errors import AccessError

SECOND = 10**9
LONGEST_REASON = 400


def explained(reason: str) -> str:
    """A reason; raises `AccessError` where there is none."""
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON or any("\ud800" <= sign <= "\udfff" for sign in said):
        raise AccessError(f"expected a reason, of at most {LONGEST_REASON} characters")
    return said


def lasting(seconds: int, longest: int) -> int:
    """How long; raises `AccessError` where that is no time, or too long."""
    if not 0 < seconds <= longest:
        raise AccessError(f"expected a time of 1 to {longest} seconds")
    return seconds
