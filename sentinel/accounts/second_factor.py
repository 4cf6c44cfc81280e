"""The second step of a log-in, and what a person does with their second factors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import delete

from sentinel.accounts import throttle
from sentinel.accounts.accounts import AccountError, Accounts, Login, end_sessions, get_user
from sentinel.accounts.codes import Codes
from sentinel.accounts.factors import Method, counted, methods_of
from sentinel.accounts.login_keys import LoginKeys
from sentinel.crypto.token import token_hash
from sentinel.errors import AuthenticationError
from sentinel.keys.vault import Vault
from sentinel.model.audit import Act, Action, Detail
from sentinel.store.control import (
    ControlDatabase,
    LoginKey,
    PendingLogin,
    RecoveryCode,
    SecondFactor,
    Transaction,
    User,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a log-in waits for: one of these methods, and the challenge for a key, empty where there is none."""

    name: str
    methods: tuple[str, ...]
    challenge: str


class SecondFactors:
    """The second factors of all people, over a control database."""

    def __init__(
        self, accounts: Accounts, control: ControlDatabase, vault: Vault, clock: Callable[[], float] = time.time
    ) -> None:
        self._accounts, self._control, self._clock = accounts, control, clock
        self.codes = Codes(accounts, control, vault, clock)
        self.keys = LoginKeys(accounts, control, vault, clock)

    def asked(self, pending: str) -> Asked:
        """What the log-in of this token waits for; raises `AuthenticationError` if it waits no more."""
        with self._control.begin() as session:
            row, user = self._waiting(session, pending)
            return Asked(user.name, methods_of(session, user.id), self.keys.challenge(session, row))

    def by_code(self, pending: str, code: str, address: str = "") -> Login:
        """Open the session of a log-in that waits, with a one-time code or a recovery code."""
        act, now = self._attempt(pending, address)
        return self._finish(pending, act, now, lambda session, user_id: self.codes.spend(session, user_id, code))

    def by_answer(self, pending: str, answer: str, address: str = "") -> Login:
        """Open it with the answer to its challenge, which holds for one try."""
        act, now = self._attempt(pending, address)
        nonce = self._taken(pending)
        check = self.keys.check
        return self._finish(pending, act, now, lambda session, user_id: check(session, user_id, nonce, answer))

    def _attempt(self, pending: str, address: str) -> tuple[Act, float]:
        """Count an attempt, as one of a password is; the right password does not start this count anew."""
        with self._control.begin() as session:
            _, user = self._waiting(session, pending)
        act = Act(Action.SESSION_OPENED, user.name, details={"address": address})
        return act, self._accounts.attempt(counted(user.name), address)

    def _taken(self, pending: str) -> bytes | None:
        """The nonce that waits for an answer; it waits no more."""
        with self._control.begin() as session:
            row, _ = self._waiting(session, pending)
            nonce, row.nonce = row.nonce, None
            return nonce

    def _finish(self, pending: str, act: Act, now: float, prove: Callable[[Transaction, int], Method]) -> Login:
        with self._accounts.refusals(act), self._control.begin() as session:
            row, user = self._waiting(session, pending)
            second: dict[str, Detail] = {"second": prove(session, user.id).value}
            session.delete(row)
            throttle.succeeded(session, counted(user.name), str(act.details["address"]), now)
            return self._accounts.open(session, user, replace(act, details={**act.details, **second}), now)

    def _waiting(self, session: Transaction, pending: str) -> tuple[PendingLogin, User]:
        row = session.get(PendingLogin, token_hash(pending))
        user = session.get(User, row.user_id) if row is not None else None
        if row is None or row.expires <= self._clock() or user is None or not user.active:
            raise AuthenticationError("this log-in waited too long; begin again")
        return row, user

    def remove(self, name: str, method: Method, password: str, keep: str = "", address: str = "") -> None:
        """Take a second factor from the person who asks and gives their password again; other sessions end."""
        act = Act(Action.SECOND_FACTOR_CHANGED, name, name, details={"step": "removed", "second": method.value})
        self._accounts.confirm(act, password, address)
        table = LoginKey if method is Method.KEY else SecondFactor
        with self._accounts.refusals(act), self._control.begin() as session:
            session.tell(act)
            user = get_user(session, name)
            if method not in methods_of(session, user.id):
                raise AccountError("there is no such second factor")
            session.execute(delete(table).where(table.user_id == user.id))
            if not methods_of(session, user.id):
                session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
            end_sessions(session, user, keep)
