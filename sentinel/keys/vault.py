"""Secrets that people and enforcement points hold in common with the service, sealed in the control database.

Their key is made when the first one is kept, also where identifiers are not sealed: a secret never lies in clear.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import select

from sentinel.crypto.suite import Suite
from sentinel.keys.personal import TABLES, Personal
from sentinel.keys.register import Purpose, Register
from sentinel.keys.ring import Ring
from sentinel.model.audit import SERVICE, Act, Action
from sentinel.store.control import ControlDatabase, SecondFactor

FACTORS, POINTS = "second_factors", "point_settings"  # tables whose secrets are sealed


class Vault:
    """Seals and opens them. Suite and register are asked for when they are needed first: both take time to open."""

    def __init__(
        self, suite: Callable[[], Suite], register: Callable[[], Register], table: str = FACTORS
    ) -> None:  # fmt: skip
        self._suite, self._register, self._table = suite, register, table
        self._lock = threading.Lock()
        self._opened: Personal | None = None

    @property
    def suite(self) -> Suite:
        """Cryptography as the operator chose it."""
        return self._suite()

    def seal(self, row: str, plain: bytes) -> bytes:
        """Octets that only open in this row; raises `CryptoError`."""
        return self._keys().seal(self._table, row, plain)

    def open(self, row: str, sealed: bytes) -> bytes:
        """What was sealed there; raises `CryptoError`."""
        return self._keys().open(self._table, row, sealed)

    def _keys(self) -> Personal:
        with self._lock:
            if self._opened is None:
                register = self._register()
                register.provide(SERVICE, SERVICE, [TABLES[self._table]])
                self._opened = Personal(self._suite(), Ring(register))
            self._opened.tick()
            return self._opened


def reseal(control: ControlDatabase, vault: Vault, actor: str) -> int:
    """Seal all anew with the key that is active; how many there are."""
    with control.begin() as session:
        rows = session.scalars(select(SecondFactor)).all()
        for row in rows:
            row.sealed = vault.seal(str(row.user_id), vault.open(str(row.user_id), row.sealed))
        if rows:
            session.tell(Act(Action.KEY_CHANGED, actor, Purpose.SECOND_FACTOR, details={"step": "resealed"}))
    return len(rows)
