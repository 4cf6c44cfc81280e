"""One-time codes of an authenticator app, and recovery codes, as a person's second factor.

A secret asks for nothing before a code has confirmed that the app has it. A code is taken once: the step of the last one
is kept, and no earlier one holds after it.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from sentinel.accounts.accounts import AccountError, Accounts, end_sessions, get_user
from sentinel.accounts.factors import Method, methods_of
from sentinel.crypto import totp
from sentinel.crypto.token import token_hash
from sentinel.errors import AuthenticationError, ConflictError
from sentinel.keys.vault import Vault
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, RecoveryCode, SecondFactor

ISSUER = "Sentinel 5G"
RECOVERY_CODES = 10
_OCTETS = 10  # of a recovery code: 80 bits, so that a plain digest of it is enough


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A fresh secret, shown once: to be typed, and as an app reads it from a QR code."""

    secret: str
    address: str


class Codes:
    """The codes of all people, over a control database; their secrets lie in `vault`."""

    def __init__(
        self, accounts: Accounts, control: ControlDatabase, vault: Vault, clock: Callable[[], float] = time.time
    ) -> None:
        self._accounts, self._control, self._vault, self._clock = accounts, control, vault, clock

    def begin(self, name: str, password: str, address: str = "") -> Enrolment:
        """A fresh secret for a person who gave their password again; one that was not confirmed is forgotten."""
        act = _act(name, "begun")
        self._accounts.confirm(act, password, address)
        secret, user_id = totp.new_secret(), self._accounts.get(name).id
        sealed = self._vault.seal(str(user_id), secret.encode())  # before the transaction: the key may be made now
        with self._accounts.refusals(act), self._control.begin() as session:
            session.tell(act)
            session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.confirmed == 0))
            if session.get(SecondFactor, user_id) is not None:
                raise ConflictError("there is an authenticator app already; remove it first")
            session.add(SecondFactor(user_id=user_id, sealed=sealed, created=self._clock()))
        return Enrolment(secret, totp.address(secret, name, ISSUER))

    def confirm(self, name: str, code: str, keep: str = "") -> tuple[str, ...]:
        """Ask for codes from now on, if this is one; the recovery codes, shown once. Other sessions than `keep` end."""
        act = _act(name, "confirmed")
        with self._accounts.refusals(act), self._control.begin() as session:
            session.tell(act)
            user = get_user(session, name)
            row = session.get(SecondFactor, user.id)
            if row is None or row.confirmed:
                raise AccountError("no authenticator app waits for its first code; begin again")
            row.step = self._step(row, code)
            if not row.step:
                raise AccountError("the code is wrong; see that the clock of the telephone is right")
            row.confirmed = self._clock()
            end_sessions(session, user, keep)
            return _fresh(session, user.id)

    def renew(self, name: str, password: str, address: str = "") -> tuple[str, ...]:
        """Recovery codes in the place of all earlier ones."""
        act = _act(name, "renewed", Method.RECOVERY)
        self._accounts.confirm(act, password, address)
        with self._accounts.refusals(act), self._control.begin() as session:
            session.tell(act)
            user = get_user(session, name)
            if not methods_of(session, user.id):
                raise AccountError("recovery codes stand in for a second factor; set one up first")
            return _fresh(session, user.id)

    def left(self, name: str) -> int:
        """How many recovery codes a person has that were not used."""
        with self._control.begin() as session:
            mine = select(func.count()).select_from(RecoveryCode)
            return session.scalar(mine.where(RecoveryCode.user_id == get_user(session, name).id)) or 0

    def spend(self, session: Session, user_id: int, code: str) -> Method:
        """Take a code, of either kind, so that it holds no more; raises `AuthenticationError`."""
        if self._takes(session, user_id, code):
            return Method.CODE
        spent = session.execute(
            delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash(user_id, code))
        )
        if isinstance(spent, CursorResult) and spent.rowcount == 1:
            return Method.RECOVERY
        raise AuthenticationError("the code is wrong, or was used already")

    def _takes(self, session: Session, user_id: int, code: str) -> bool:
        row = session.get(SecondFactor, user_id)
        step = self._step(row, code) if row is not None and row.confirmed else 0
        if not step:
            return False
        later = (SecondFactor.user_id == user_id, SecondFactor.step < step)  # of two at once, one finds it so
        taken = session.execute(update(SecondFactor).values(step=step).where(*later))
        return isinstance(taken, CursorResult) and taken.rowcount == 1

    def _step(self, row: SecondFactor, code: str) -> int:
        secret = self._vault.open(str(row.user_id), row.sealed).decode()
        return totp.step_of(secret, code, self._clock())


def _act(name: str, step: str, method: Method = Method.CODE) -> Act:
    return Act(Action.SECOND_FACTOR_CHANGED, name, name, details={"step": step, "second": method.value})


def _fresh(session: Session, user_id: int) -> tuple[str, ...]:
    """Recovery codes in the place of all others."""
    codes = tuple(_grouped(secrets.token_bytes(_OCTETS)) for _ in range(RECOVERY_CODES))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(user_id, code)) for code in codes)
    return codes


def _grouped(octets: bytes) -> str:
    text = base64.b32encode(octets).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _hash(user_id: int, code: str) -> str:
    """What is stored of a recovery code, however it was typed."""
    return token_hash(f"{user_id}:{''.join(each for each in code.lower() if each.isalnum())}")
