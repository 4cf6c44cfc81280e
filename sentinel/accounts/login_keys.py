"""SM2 keys of people, as a second factor: a challenge is signed outside of the browser, which cannot do SM2.

A key is a person's once they have signed a challenge with it. A nonce is taken away before its answer is looked at, so
that there is one try for each. A USB key (SKF, GM/T 0016) would sign the same octets; no driver comes with this version.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sentinel.accounts.accounts import AccountError, Accounts, end_sessions, get_user
from sentinel.accounts.factors import PENDING_LIFE, Method
from sentinel.accounts.registered import Registered, read, vouched
from sentinel.crypto.challenge import ENROL, LOGIN, NONCE, Challenge, read_answer
from sentinel.errors import AuthenticationError, ConflictError, CryptoError
from sentinel.keys.vault import Vault
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, Installation, LoginKey, PendingLogin, User


class LoginKeys:
    """The keys of all people, over a control database."""

    def __init__(
        self, accounts: Accounts, control: ControlDatabase, vault: Vault, clock: Callable[[], float] = time.time
    ) -> None:
        self._accounts, self._control, self._vault, self._clock = accounts, control, vault, clock

    def server(self) -> str:
        """What this installation calls itself in challenges."""
        with self._control.begin() as session:
            return _server(session)

    def begin(self, name: str, pem: str, password: str, address: str = "") -> str:
        """The challenge that proves a person's new key, after they gave their password again."""
        act = _act(name, "begun")
        self._accounts.confirm(act, password, address)
        with self._accounts.refusals(act), self._control.begin() as session:
            session.tell(act)
            registered, user_id = read(pem), get_user(session, name).id
            self._vouched(registered, name)
            session.execute(delete(LoginKey).where(LoginKey.user_id == user_id, LoginKey.confirmed == 0))
            if session.get(LoginKey, user_id) is not None:
                raise ConflictError("there is a key already; remove it first")
            row = LoginKey(user_id=user_id, pem=registered.pem, nonce=secrets.token_bytes(NONCE),
                           expires=self._clock() + PENDING_LIFE)  # fmt: skip
            _check_unshared(session, row)
            session.add(row)
            return str(self._challenge(session, ENROL, row, row.nonce or b""))

    def prove(self, name: str, answer: str, keep: str = "") -> None:
        """Ask for this key from now on, if the answer was signed by it. Other sessions than `keep` end."""
        act = _act(name, "confirmed")
        with self._accounts.refusals(act):
            nonce = self._waiting(name)
            with self._control.begin() as session:
                session.tell(act)
                user = get_user(session, name)
                row = session.get(LoginKey, user.id)
                if row is None or row.confirmed:
                    raise AccountError(str(_stale()))
                _check_unshared(session, row)
                try:
                    self._verify(self._challenge(session, ENROL, row, nonce), row, answer)
                except AuthenticationError as error:
                    raise AccountError(str(error)) from error
                row.confirmed = self._clock()
                end_sessions(session, user, keep)

    def _waiting(self, name: str) -> bytes:
        """Take away the nonce that waits for a person's first answer."""
        with self._control.begin() as session:
            row = session.get(LoginKey, get_user(session, name).id)
            if row is None or row.nonce is None or row.expires <= self._clock():
                raise AccountError(str(_stale()))
            nonce, row.nonce = row.nonce, None
            return nonce

    def challenge(self, session: Session, pending: PendingLogin) -> str:
        """The challenge of a log-in that waits, the same until it was answered; empty for who has no key."""
        row = session.get(LoginKey, pending.user_id)
        if row is None or not row.confirmed:
            return ""
        pending.nonce = pending.nonce or secrets.token_bytes(NONCE)
        return str(self._challenge(session, LOGIN, row, pending.nonce))

    def check(self, session: Session, user_id: int, nonce: bytes | None, answer: str) -> Method:
        """Return if the challenge with this nonce was answered by the person's key; raises `AuthenticationError`."""
        row = session.get(LoginKey, user_id)
        if row is None or not row.confirmed or nonce is None:
            raise _stale()
        vouched(read(row.pem), session.get_one(User, user_id).name, self._control, self._vault.suite, self._clock())
        self._verify(self._challenge(session, LOGIN, row, nonce), row, answer)
        return Method.KEY

    def _vouched(self, registered: Registered, name: str) -> None:
        """See `vouched`; to who is logged in it is a mistake, not a log-out."""
        try:
            vouched(registered, name, self._control, self._vault.suite, self._clock())
        except AuthenticationError as error:
            raise AccountError(str(error)) from error

    def _challenge(self, session: Session, context: str, row: LoginKey, nonce: bytes) -> Challenge:
        digest = self._vault.suite.active.sm3(read(row.pem).octets)
        return Challenge(context, _server(session), nonce, digest)

    def _verify(self, challenge: Challenge, row: LoginKey, text: str) -> None:
        try:
            nonce, signature = read_answer(text)
            if nonce != challenge.nonce:
                raise _stale()
            self._vault.suite.verify(read(row.pem).public, challenge.message, signature)
        except CryptoError as error:
            raise AuthenticationError("the answer is not this challenge signed by your key") from error


def _act(name: str, step: str) -> Act:
    return Act(Action.SECOND_FACTOR_CHANGED, name, name, details={"step": step, "second": Method.KEY.value})


def _stale() -> AuthenticationError:
    return AuthenticationError("this challenge is no longer valid; sign the new one")


def _server(session: Session) -> str:
    row = session.scalar(select(Installation))
    if row is None:
        row = Installation(id=1, name=f"sentinel-{secrets.token_hex(8)}")
        session.add(row)
    return row.name


def _check_unshared(session: Session, row: LoginKey) -> None:
    """A key is one person's: who signs has to be told by it."""
    others = session.scalars(select(LoginKey.pem).where(LoginKey.confirmed > 0, LoginKey.user_id != row.user_id))
    if read(row.pem).public in [read(pem).public for pem in others]:
        raise ConflictError("this key is another person's")
