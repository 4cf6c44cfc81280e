"""Second factors, as a log-in sees them: what a person has beside their password, and who has to have something."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sentinel.accounts.roles import ADMINISTRATORS, Permission, Role, require
from sentinel.crypto.token import new_token, token_hash
from sentinel.errors import AuthenticationError, AuthorizationError
from sentinel.store.control import LoginKey, PendingLogin, RecoveryCode, SecondFactor

PENDING_LIFE = 300.0  # seconds between the password and the second factor


class Method(StrEnum):
    """How a second factor is proven."""

    CODE = "totp"
    RECOVERY = "recovery"
    KEY = "sm2"


class Demand(StrEnum):
    """Who has to have a second factor; whoever has one is asked for it in any case."""

    OFFERED = "offered"
    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"

    def covers(self, role: Role) -> bool:
        """Whether it is demanded of this role."""
        return self is Demand.EVERYONE or (self is Demand.ADMINISTRATORS and role in ADMINISTRATORS)


class SecondFactorNeededError(AuthenticationError):
    """The password was right; `pending` is the token of the log-in that goes on with one of `methods`."""

    def __init__(self, pending: str, methods: tuple[str, ...]) -> None:
        super().__init__("the password is right; a second factor is needed")
        self.pending, self.methods = pending, methods


class EnrolmentNeededError(AuthorizationError):
    """A second factor is demanded of this person, who has none: until then nothing but their account is open."""


def admit(role: Role, permission: Permission, *, confined: bool) -> None:
    """Return if somebody of this role may do what needs `permission`, else raise `AuthorizationError`."""
    require(role, permission)
    if confined and permission is not Permission.ACCOUNT:
        raise EnrolmentNeededError("a second factor is required of this account; set one up first")


def methods(session: Session) -> Mapping[int, tuple[str, ...]]:
    """What each person has, by their number."""
    found: dict[int, tuple[str, ...]] = {}
    for table, method in ((SecondFactor, Method.CODE), (LoginKey, Method.KEY)):
        for user_id in session.scalars(select(table.user_id).where(table.confirmed > 0)):
            found[user_id] = (*found.get(user_id, ()), method.value)
    return found


def methods_of(session: Session, user_id: int) -> tuple[str, ...]:
    """What one person has."""
    rows = ((Method.CODE, session.get(SecondFactor, user_id)), (Method.KEY, session.get(LoginKey, user_id)))
    return tuple(method.value for method, row in rows if row is not None and row.confirmed)


def pend(session: Session, user_id: int, now: float) -> str:
    """Let a log-in wait for its second factor; the token with which it goes on."""
    session.execute(delete(PendingLogin).where(PendingLogin.expires <= now))
    token = new_token()
    session.add(PendingLogin(token_hash=token_hash(token), user_id=user_id, expires=now + PENDING_LIFE, nonce=None))
    return token


def counted(name: str) -> str:
    """Under what the second step of a person is counted (`throttle`): nobody's name, it has a space."""
    return f"{name} second"


def drop_pending(session: Session, user_id: int) -> None:
    """Let no log-in of this person go on that waits."""
    session.execute(delete(PendingLogin).where(PendingLogin.user_id == user_id))


def drop(session: Session, user_id: int) -> None:
    """Take all second factors from a person."""
    for table in (SecondFactor, RecoveryCode, LoginKey):
        session.execute(delete(table).where(table.user_id == user_id))
