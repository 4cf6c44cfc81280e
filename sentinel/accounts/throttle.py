"""Back-off against guessing: attempts in a row that failed, per name and address, per name, per address.

An attempt is counted before its password is looked at, and forgiven when that was right: of many guesses at once no
more are looked at than of as many in a row. Where a name has logged in before, only what failed for it there counts,
so that neither strangers elsewhere nor a neighbour behind the same proxy who tries many names can shut its owner out.
"""

from __future__ import annotations

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from sentinel.errors import AuthenticationError
from sentinel.store.control import KnownPlace, LoginFailures

LONGEST_WAIT = 900.0
FORGET_AFTER = 3600.0
KNOWN_FOR = 90 * 24 * 3600.0


class TooManyAttemptsError(AuthenticationError):
    """Too many failures in a row; `wait` seconds must pass before the next attempt counts."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


def reserve(session: Session, name: str, address: str, now: float) -> None:
    """Count an attempt that is about to be made, or raise `TooManyAttemptsError` while any key has to wait."""
    # Deleting comes first: it takes the lock for writing, so that nobody else reads the counts before they are written.
    session.execute(delete(LoginFailures).where(LoginFailures.last < now - FORGET_AFTER))
    both, by_name, by_address = _keys(name, address)
    known = _known(session, both, now)
    free = {both: 5} if known else {both: 5, by_name: 50, by_address: 20}
    wait = max(_remaining(_row(session, key), allowed, now) for key, allowed in free.items())
    if wait > 0:
        raise TooManyAttemptsError("too many failed attempts, wait before the next one", wait)
    for key in (both, by_name) if known else (both, by_name, by_address):
        _count(session, key, now)


def succeeded(session: Session, name: str, address: str, now: float) -> None:
    """The attempt was right: forget what failed for this name, and remember that it logs in from here."""
    both, by_name, by_address = _keys(name, address)
    session.execute(delete(LoginFailures).where(LoginFailures.key.in_([both, by_name])))
    row = _row(session, by_address)
    if row is not None and not _known(session, both, now):
        row.count -= 1  # as before this attempt
    session.execute(delete(KnownPlace).where(KnownPlace.last < now - KNOWN_FOR))
    session.merge(KnownPlace(key=both, last=now))


def forgive(session: Session, name: str) -> None:
    """Forget what failed for this name, from wherever."""
    both, by_name, _ = _keys(name, "")
    mine = LoginFailures.key.startswith(both, autoescape=True)
    session.execute(delete(LoginFailures).where(or_(LoginFailures.key == by_name, mine)))


def _keys(name: str, address: str) -> tuple[str, str, str]:
    """The keys of name and address together, of the name, and of the address."""
    name, address = name.lower()[:64], address[:64]
    return f"both:{name}@{address}", f"name:{name}", f"address:{address}"


def _known(session: Session, both: str, now: float) -> bool:
    place = session.get(KnownPlace, both)
    return place is not None and place.last >= now - KNOWN_FOR


def _row(session: Session, key: str) -> LoginFailures | None:
    return session.get(LoginFailures, key, with_for_update=True)


def _remaining(row: LoginFailures | None, free: int, now: float) -> float:
    if row is None or row.count < free:
        return 0.0
    wait = min(LONGEST_WAIT, 2.0 ** min(row.count - free, 10))
    return max(0.0, row.last + wait - now)


def _count(session: Session, key: str, now: float) -> None:
    row = _row(session, key)
    if row is None:
        session.add(LoginFailures(key=key, count=1, last=now))
    else:
        row.count, row.last = row.count + 1, now
