"""Policy snapshots under a signature: SM2, by a key of the register for this alone.

Whoever can write to the control database, and cannot open the root of keys, puts no policy into force.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sentinel.crypto.base import enc
from sentinel.crypto.suite import Suite
from sentinel.keys.register import Purpose, Register
from sentinel.keys.ring import Ring
from sentinel.model.audit import SERVICE

_CONTEXT = "sentinel policy snapshot"


class Snapshots:
    """Signs and verifies. Suite and register are asked for when they are needed first: both take time to open."""

    def __init__(self, suite: Callable[[], Suite], register: Callable[[], Register]) -> None:
        self._suite, self._register = suite, register
        self._lock = threading.Lock()
        self._opened: Ring | None = None

    def sign(self, version: int, digest: str) -> tuple[int, bytes]:
        """The version of the key, and its signature of this snapshot; raises `CryptoError`."""
        suite, key = self._suite(), self._keys().active(Purpose.POLICY)
        return key.version, suite.sign(suite.active.sm2_private(key.secret), _message(version, digest))

    def verify(self, version: int, digest: str, key: int, signature: bytes) -> None:
        """Return if this snapshot was signed here; raises `CryptoError`."""
        suite, secret = self._suite(), self._keys().version(Purpose.POLICY, key).secret
        suite.verify(suite.active.sm2_private(secret).public, _message(version, digest), signature)

    def _keys(self) -> Ring:
        with self._lock:
            if self._opened is None:
                register = self._register()
                register.provide(SERVICE, SERVICE, [Purpose.POLICY])
                self._opened = Ring(register)
            self._opened.tick()
            return self._opened


def _message(version: int, digest: str) -> bytes:
    return enc(_CONTEXT, version, digest)
