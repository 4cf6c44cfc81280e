"""Accounts: who the people are, how they log in, what they may change about themselves and each other."""

from __future__ import annotations

import functools
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from sentinel.accounts import factors, throttle
from sentinel.accounts.factors import Demand, SecondFactorNeededError
from sentinel.accounts.rank import keep_to
from sentinel.accounts.roles import Role
from sentinel.crypto.password import hash_password, needs_rehash, verify_password
from sentinel.crypto.token import new_token, token_hash
from sentinel.errors import AuthenticationError, ConflictError, SentinelError, StoreError
from sentinel.model.audit import SERVICE, Act, Action, Detail, Outcome
from sentinel.store.control import ControlDatabase, SetupToken, Transaction, User, UserChange, UserSession

SESSION_COOKIE = "sentinel_session"
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_TELLING = 4  # letters of a name that give a password away; shorter ones are in too many words
SETUP_LIFE = 24 * 3600.0
_SET_UP = "set-up token"  # nobody's name: it has a space
_TOUCH_EVERY = 20.0
_NAME = re.compile(r"[\w.@-]{1,64}")
_SEPARATED = "administrators are separated here: be a system administrator, a security administrator or an auditor"
_RESERVED = frozenset({SERVICE, "command", "keeper", "system", "witness"})  # actors of the audit log that are no people


class AccountError(SentinelError):
    """An account cannot be as asked: its name, password or role is not acceptable."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person, as every door sees them."""

    id: int
    name: str
    role: Role
    language: str
    theme: str
    active: bool
    created: float
    second: tuple[str, ...] = ()  # the second factors that they have
    confined: bool = False  # to their own account, until they have the one that is demanded


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh session: its token, shown once, and when it ends at the latest."""

    token: str
    expires: float
    account: Account


class Accounts:
    """All of the accounts, over a control database. `idle` and `absolute` are the lives of a session in seconds.

    `demand` says of whom a second factor is demanded; `separated` that nobody is to hold the duties of two administrators:
    whoever set the installation up may not log in any more once there is a system administrator, nor anybody be made such.
    """

    def __init__(
        self,
        control: ControlDatabase,
        clock: Callable[[], float] = time.time,
        *,
        idle: float = 30 * 60,
        absolute: float = 12 * 3600,
        demand: Demand = Demand.OFFERED,
        separated: bool = False,
    ) -> None:
        self.demand = demand
        self.separated = separated
        self._control = control
        self._clock = clock
        self._idle = idle
        self._absolute = absolute

    # set-up

    def needs_setup(self) -> bool:
        """Whether nobody exists yet."""
        with self._control.begin() as session:
            return not session.scalar(select(func.count()).select_from(User))

    def issue_setup_token(self) -> str:
        """A fresh set-up token, to be printed once; earlier ones no longer hold."""
        token = new_token()
        with self._control.begin() as session:
            session.execute(delete(SetupToken))
            session.add(SetupToken(token_hash=token_hash(token), expires=self._clock() + SETUP_LIFE))
            session.tell(Act(Action.SETUP_ISSUED, SERVICE))
        return token

    def create_first_administrator(self, token: str, name: str, password: str, address: str = "") -> Account:
        """Consume the set-up token and create the first administrator."""
        if not self.needs_setup():
            raise ConflictError("set-up is already done")
        _check_name(name)
        _check_password(password, name)
        now = self.attempt(_SET_UP, address)
        encoded = hash_password(password)
        act = Act(Action.USER_ADDED, name, name, details={"role": Role.ADMINISTRATOR, "address": address})
        with self.refusals(act), self._control.begin() as session:
            if session.scalar(select(func.count()).select_from(User)):
                raise ConflictError("set-up is already done")
            spent = session.execute(
                delete(SetupToken).where(SetupToken.token_hash == token_hash(token.strip()), SetupToken.expires > now)
            )
            if not isinstance(spent, CursorResult) or spent.rowcount != 1:
                raise AuthenticationError("the set-up token is wrong or no longer valid")
            throttle.succeeded(session, _SET_UP, address, now)
            session.tell(act)
            return _add(session, name, encoded, Role.ADMINISTRATOR, now, name)

    # sessions

    def login(self, name: str, password: str, address: str = "") -> Login:
        """Open a session, or raise `AuthenticationError` without saying whether the name exists.

        Whoever has a second factor is asked for it: then `SecondFactorNeededError` says with what to go on.
        """
        now = self.attempt(name, address)
        with self._control.begin() as session:
            user = session.scalar(select(User).where(User.name == name))
        # A name that nobody has is not written down: it may be a password.
        act = Act(Action.SESSION_OPENED, name if user else "", details={"address": address})
        with self.refusals(act):
            verify_password(user.password_hash if user is not None and user.active else _dummy_hash(), password)
            if user is None:
                raise AuthenticationError("the name or the password is wrong")
        return self._step(act, password, now)

    def _step(self, act: Act, password: str, now: float) -> Login:
        """The session, where the password is all that is asked for; otherwise what waits for the rest."""
        with self._control.begin() as session:
            user = get_user(session, act.actor)
            if needs_rehash(user.password_hash):
                user.password_hash = hash_password(password)
            methods = factors.methods_of(session, user.id)
            if not methods:
                return self.open(session, user, act, now)
            session.tell(replace(act, action=Action.SESSION_BEGUN))
            throttle.succeeded(session, user.name, str(act.details["address"]), now)
            pending = factors.pend(session, user.id, now)
        raise SecondFactorNeededError(pending, methods)

    def open(self, session: Transaction, user: User, act: Act, now: float) -> Login:
        """A session for who has proven all that was asked for."""
        if self._united(session, Role(user.role)):
            raise AuthenticationError(_SEPARATED)
        token = new_token()
        session.tell(act)
        throttle.succeeded(session, user.name, str(act.details["address"]), now)
        session.execute(delete(UserSession).where(UserSession.created < now - self._absolute))
        session.add(UserSession(token_hash=token_hash(token), user_id=user.id, created=now, seen=now))
        return Login(token, now + self._absolute, self._account(session, user))

    def _united(self, session: Session, role: Role) -> bool:
        """Whether this role would hold what is separated here."""
        if not self.separated or role is not Role.ADMINISTRATOR:
            return False
        system = select(User.id).where(User.active, User.role == Role.SYSTEM)
        return session.scalar(system.limit(1)) is not None

    def _account(self, session: Session, user: User) -> Account:
        """A person with their second factors, and whether one is missing."""
        second = factors.methods_of(session, user.id)
        confined = not second and self.demand.covers(Role(user.role))
        return replace(_account(user), second=second, confined=confined)

    @contextmanager
    def refusals(self, act: Act) -> Iterator[None]:
        """Record an act as refused if it is."""
        try:
            yield
        except (AccountError, AuthenticationError, ConflictError) as error:
            details = {**act.details, "reason": str(error)}
            self._control.tell(replace(act, outcome=Outcome.REFUSED, details=details))
            raise

    def attempt(self, name: str, address: str) -> float:
        """Count an attempt before it is looked at, and say when it was; raises `TooManyAttemptsError`."""
        now = self._clock()
        with self._control.begin() as session:
            throttle.reserve(session, name, address, now)
        return now

    def authenticate(self, token: str, *, active: bool = True) -> Account:
        """Whose session `token` is. A request that a page makes by itself is not `active`: it keeps nothing alive."""
        now = self._clock()
        with self._control.begin() as session:
            row = session.get(UserSession, token_hash(token))
            if row is None or row.revoked or now - row.created > self._absolute or now - row.seen > self._idle:
                raise AuthenticationError("the session has ended, log in again")
            user = session.get(User, row.user_id)
            if user is None or not user.active:
                raise AuthenticationError("the session has ended, log in again")
            if self._united(session, Role(user.role)):
                raise AuthenticationError(_SEPARATED)
            stale = active and now - row.seen > _TOUCH_EVERY
            account = self._account(session, user)
        if stale:
            self._touch(token, now)
        return account

    def _touch(self, token: str, now: float) -> None:
        """Keep a session alive. A full disk ends it sooner; it does not keep anybody from looking."""
        with suppress(StoreError), self._control.begin() as session:
            row = session.get(UserSession, token_hash(token))
            if row is not None:
                row.seen = now

    def logout(self, token: str) -> None:
        """End a session; one that is not there is already ended."""
        with self._control.begin() as session:
            row = session.get(UserSession, token_hash(token))
            user = session.get(User, row.user_id) if row is not None else None
            if row is not None and user is not None and not row.revoked:
                row.revoked = True
                session.tell(Act(Action.SESSION_CLOSED, user.name))

    # people

    def everyone(self) -> Sequence[Account]:
        """Everybody, by name."""
        with self._control.begin() as session:
            second = factors.methods(session)
            users = session.scalars(select(User).order_by(User.name))
            return [replace(_account(user), second=second.get(user.id, ())) for user in users]

    def get(self, name: str) -> Account:
        """One person; raises `AccountError` if there is none of this name."""
        with self._control.begin() as session:
            return self._account(session, get_user(session, name))

    def is_active(self, name: str) -> bool:
        """Whether there is a person of this name who may log in."""
        with self._control.begin() as session:
            return session.scalar(select(User.id).where(User.name == name, User.active)) is not None

    def create(self, name: str, password: str, role: Role, *, by: str) -> Account:
        """Add a person."""
        _check_name(name)
        encoded = _encode(password, name)
        act = Act(Action.USER_ADDED, by, name, details={"role": role})
        with self.refusals(act), self._control.begin() as session:
            session.tell(act)
            if session.scalar(select(User.id).where(func.lower(User.name) == name.lower())) is not None:
                raise ConflictError("there already is a user of this name")
            keep_to(session, by, role)
            if self._united(session, role):
                raise ConflictError(_SEPARATED)
            account = _add(session, name, encoded, role, self._clock(), by)
            if not _administrators(session):
                raise ConflictError("the first user has to be an administrator")
            return account

    def change_password(self, name: str, old: str, new: str, keep: str = "", address: str = "") -> None:
        """Change one's own password; every session but that of the token `keep` ends."""
        _check_password(new, name)
        act = Act(Action.PASSWORD_CHANGED, name, name, details={"address": address})
        self.confirm(act, old, address)
        encoded = hash_password(new)
        with self._control.begin() as session:
            session.tell(act)
            user = get_user(session, name)
            user.password_hash = encoded
            end_sessions(session, user, keep)

    def confirm(self, act: Act, password: str, address: str = "") -> None:
        """Return if whoever acts gave their own password again, else record the act as refused and raise `AccountError`."""
        now = self.attempt(act.actor, address)
        with self._control.begin() as session:
            encoded = get_user(session, act.actor).password_hash
        with self.refusals(act):
            _check_current(encoded, password)
        with self._control.begin() as session:
            throttle.succeeded(session, act.actor, address, now)

    def reset_password(self, name: str, new: str, *, by: str) -> None:
        """Give a person a new password and end all of their sessions."""
        self.change(name, by=by, password=new)

    def set_role(self, name: str, role: Role, *, by: str) -> Account:
        """Give a person another role."""
        return self.change(name, by=by, role=role)

    def set_active(self, name: str, active: bool, *, by: str) -> Account:
        """Let a person in again, or shut them out and end their sessions."""
        return self.change(name, by=by, active=active)

    def reset_second_factor(self, name: str, *, by: str) -> None:
        """Take all second factors from a person who lost theirs, and end their sessions; one's own is not reset so."""
        act = Act(Action.SECOND_FACTOR_CHANGED, by, name, details={"step": "reset"})
        with self.refusals(act), self._control.begin() as session:
            session.tell(act)
            if name == by:
                raise ConflictError("your own second factor is removed on your own page, with your password")
            user = get_user(session, name)
            keep_to(session, by, Role(user.role))
            session.add(UserChange(name=name, by=by, at=self._clock()))
            factors.drop(session, user.id)
            throttle.forgive(session, factors.counted(user.name))
            end_sessions(session, user)

    def change(
        self, name: str, *, by: str, role: Role | None = None, active: bool | None = None, password: str | None = None
    ) -> Account:
        """Change all of what is given, or nothing of it; a new password, or being shut out, ends every session.

        One's own role is not for oneself to change.
        """
        encoded = None if password is None else _encode(password, name)
        act = Act(Action.USER_CHANGED, by, name, details=_given(role, active, password))
        with self.refusals(act), self._control.begin() as session:
            session.tell(act)
            user = get_user(session, name)
            session.add(UserChange(name=name, by=by, at=self._clock()))
            if role is not None and name == by and role != user.role:
                raise ConflictError("your own role is changed by another administrator")
            keep_to(session, by, Role(user.role), role or Role(user.role))
            if role is not None and self._united(session, role):
                raise ConflictError(_SEPARATED)
            user.role = user.role if role is None else role.value
            user.active = user.active if active is None else active
            user.password_hash = encoded or user.password_hash
            if role is not None or active is not None:
                _keep_an_administrator(session)
            if encoded is not None:
                throttle.forgive(session, name)
            if encoded is not None or active is False:
                end_sessions(session, user)
            return _account(user)

    def set_preferences(self, name: str, language: str, theme: str) -> Account:
        """How a person wants the console: a language and a theme, empty for the browser's."""
        with self._control.begin() as session:
            user = get_user(session, name)
            user.language, user.theme = language[:8], theme[:8]
            chosen: dict[str, Detail] = {"language": user.language, "theme": user.theme}
            session.tell(Act(Action.PREFERENCES_CHANGED, name, name, details=chosen))
            return _account(user)


def _given(role: Role | None, active: bool | None, password: str | None) -> dict[str, Detail]:
    """What a change gives a person, as it is recorded: never the password."""
    given: dict[str, Detail | None] = {"role": role, "active": active, "password": None if password is None else "new"}
    return {name: value for name, value in given.items() if value is not None}


def _check_current(encoded: str, password: str) -> None:
    try:
        verify_password(encoded, password)
    except AuthenticationError as error:
        raise AccountError("the current password is wrong") from error


def _account(user: User) -> Account:
    return Account(user.id, user.name, Role(user.role), user.language, user.theme, user.active, user.created)


def get_user(session: Session, name: str) -> User:
    """The person of this name; raises `AccountError` if there is none."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise AccountError("there is no user of this name")
    return user


def _add(session: Session, name: str, encoded: str, role: Role, now: float, by: str) -> Account:
    user = User(name=name, password_hash=encoded, role=role.value, language="", theme="", active=True, created=now)
    session.add_all([user, UserChange(name=name, by=by, at=now)])
    session.flush()
    return _account(user)


def end_sessions(session: Session, user: User, keep: str = "") -> None:
    """End the sessions of a person, but not that of the token `keep`, and the log-ins that wait for a second factor."""
    factors.drop_pending(session, user.id)
    ended = (UserSession.user_id == user.id, UserSession.token_hash != token_hash(keep))
    session.execute(update(UserSession).values(revoked=True).where(*ended))


def _keep_an_administrator(session: Session) -> None:
    session.flush()
    if not _administrators(session):
        raise ConflictError("the last active administrator has to stay")


def _administrators(session: Session) -> int:
    """How many may log in."""
    keepers = (Role.ADMINISTRATOR, Role.SYSTEM)  # who may make and mend accounts
    mine = select(func.count()).select_from(User).where(User.active, User.role.in_(keepers))
    return session.scalar(mine) or 0


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AccountError("a name has 1 to 64 letters, digits, or the signs . _ @ -")
    if name.lower() in _RESERVED:
        raise AccountError("this name stands for a part of Sentinel in the audit log; choose another")
    if unicodedata.normalize("NFKC", name) != name or len(_scripts(name)) > 1:
        raise AccountError("a name that mixes alphabets looks like another one; write it in one of them")


def _scripts(name: str) -> set[str]:
    """The scripts of a name's letters. Chinese and Latin stand beside each other and are not taken for one another."""
    found = {unicodedata.name(each, "?").split()[0] for each in name if each.isalpha()}
    return found - {"CJK"} if found <= {"CJK", "LATIN"} else found


def _check_password(password: str, name: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError("a password needs at least 12 characters")
    if len(password) > LONGEST_PASSWORD:
        raise AccountError("a password has at most 256 characters")
    if len(set(password)) < 4:
        raise AccountError("a password needs at least 4 different characters")
    if len(name) >= _TELLING and name.lower() in password.lower():
        raise AccountError("a password must not contain the name of its user")


def _encode(password: str, name: str) -> str:
    """The hash of a password that is good enough for the person of this name."""
    _check_password(password, name)
    return hash_password(password)


def check_repeated(password: str, repeated: str) -> None:
    """Return if a password was typed the same way twice, else raise `AccountError`."""
    if password != repeated:
        raise AccountError("the two passwords differ")


@functools.cache
def _dummy_hash() -> str:
    """A hash to verify when the name is unknown, so that both cases take as long."""
    return hash_password(new_token())
