"""Which approvals count: those of people who were there before the draft, and whose accounts are their own.

An administrator makes accounts, and could approve with them. So an account that anybody but its person has made or changed
in the console approves nothing that was drafted within `SETTLED` of that, or before it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from sentinel.accounts.roles import Permission, Role, may
from sentinel.errors import AuthorizationError
from sentinel.store.control import ControlDatabase, User, UserChange

SETTLED = 3 * 24 * 3600.0  # seconds before a draft in which an account was left alone


def objection(session: Session, drafted: float, approver: str) -> str:
    """Why an approval of what was drafted then does not count now; empty where it does."""
    user = session.scalar(select(User).where(User.name == approver))
    if user is None or not user.active:
        return f"`{approver}` is no active account"
    if not may(Role(user.role), Permission.APPROVE):
        return f"`{approver}` may not approve"
    if user.created >= drafted:
        return f"`{approver}` was not there before the draft"
    by = _changed(session, approver, drafted - SETTLED)
    return (
        f"the account of `{approver}` was made or changed by `{by}`, less than three days before the draft or since"
        if by
        else ""
    )


def _changed(session: Session, name: str, since: float) -> str:
    """Who of the others that have an account changed that of `name` since then."""
    others = select(User.name).where(User.name != name)
    mine = select(UserChange.by).where(UserChange.name == name, UserChange.at > since, UserChange.by.in_(others))
    return session.scalar(mine.limit(1)) or ""


def approvable(control: ControlDatabase, drafted: float, names: Iterable[str]) -> tuple[str, ...]:
    """Those whose approval counts now; raises `AuthorizationError` if that of the last one does not."""
    several = tuple(dict.fromkeys(names))
    with control.begin() as session:
        said = {name: objection(session, drafted, name) for name in several}
    if several and said[several[-1]]:
        raise AuthorizationError(said[several[-1]])
    return tuple(name for name in several if not said[name])
