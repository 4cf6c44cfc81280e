"""What stands for people in the audit log: pseudonyms by the keys of the register, also where the stores are not sealed.

The keys are opened when the first identity is met, because they lie in the database whose changes this log records. Where
they cannot be opened, as by a command that is not told where they lie, identities are withheld.
"""

from __future__ import annotations

import logging
import threading
import time

from sentinel.audit.record import hidden_by, withheld
from sentinel.config import Config
from sentinel.errors import CryptoError, SentinelError
from sentinel.keys.opening import named_by
from sentinel.keys.personal import Personal
from sentinel.model.personal import Identifier
from sentinel.store.control import ControlDatabase

AGAIN_AFTER = 30.0  # seconds, after which keys that could not be opened are looked for again
_LOG = logging.getLogger(__name__)


class Pseudonyms:
    """The pseudonyms that the stores of a service use, or would."""

    def __init__(self, config: Config, control: ControlDatabase) -> None:
        self._config, self._control = config, control
        self._lock = threading.Lock()
        self._opened: Personal | None = None
        self._next = 0.0

    def __call__(self, identity: str) -> str:
        """What stands for an identity as it was written."""
        personal = self._keys()
        try:
            return hidden_by(personal)(identity) if personal else withheld(identity)
        except CryptoError:
            return withheld(identity)

    def of(self, kind: Identifier, original: str) -> str:
        """What stands for an identity of this kind."""
        personal = self._keys()
        try:
            return personal.pseudonym(kind, original) if personal else withheld(original)
        except CryptoError:
            return withheld(original)

    def _keys(self) -> Personal | None:
        with self._lock:
            if self._opened is None and time.monotonic() >= self._next:
                self._next = time.monotonic() + AGAIN_AFTER
                self._open()
            return self._opened

    def _open(self) -> None:
        try:
            self._opened = named_by(self._config, self._control)
        except SentinelError as error:
            _LOG.warning("identities are withheld from the audit log: %s", error)
