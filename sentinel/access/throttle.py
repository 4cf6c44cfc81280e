"""Back-off against guessing: failures in a row per name, per address, and per both."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from sentinel.errors import AuthenticationError
from sentinel.store.control import LoginFailures

LONGEST_WAIT = 900.0
FORGET_AFTER = 24 * 3600.0


class TooManyAttemptsError(AuthenticationError):
    """Too many failures in a row; `wait` seconds must pass before the next attempt counts."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


def _keys(name: str, address: str) -> dict[str, int]:
    """Key to free failures. A whole name allows more, so that a stranger cannot easily lock its owner out."""
    name, address = name.lower()[:64], address[:64]
    return {f"both:{name}@{address}": 5, f"address:{address}": 20, f"name:{name}": 50}


def check(session: Session, name: str, address: str, now: float) -> None:
    """Raise `TooManyAttemptsError` while any key has to wait."""
    waits = [_remaining(session.get(LoginFailures, key), free, now) for key, free in _keys(name, address).items()]
    if max(waits) > 0:
        raise TooManyAttemptsError("too many failed attempts, wait before the next one", max(waits))


def _remaining(row: LoginFailures | None, free: int, now: float) -> float:
    if row is None or row.count < free:
        return 0.0
    wait = min(LONGEST_WAIT, 2.0 ** min(row.count - free, 10))
    return max(0.0, row.last + wait - now)


def failed(session: Session, name: str, address: str, now: float) -> None:
    """Count one failure against every key."""
    session.execute(delete(LoginFailures).where(LoginFailures.last < now - FORGET_AFTER))
    for key in _keys(name, address):
        row = session.get(LoginFailures, key)
        if row is None:
            session.add(LoginFailures(key=key, count=1, last=now))
        else:
            row.count, row.last = row.count + 1, now


def succeeded(session: Session, name: str, address: str) -> None:
    """Forget the failures of this name, from this address and from anywhere."""
    keys = [key for key in _keys(name, address) if not key.startswith("address:")]
    session.execute(delete(LoginFailures).where(LoginFailures.key.in_(keys)))
