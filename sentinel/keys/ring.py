"""The keys of a process, open: what seals now, what may still open, and when a key has sealed enough."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence

from sentinel.errors import CryptoError
from sentinel.keys.register import Key, Purpose, Register

EVERY = 30.0  # seconds after which a change of the register is known everywhere
MOST_USES = 1 << 31  # of a key with random nonces; NIST SP 800-38D has 2^32


class Ring:
    """Keys by purpose and version. What the register no longer has is forgotten with the next look."""

    def __init__(self, register: Register) -> None:
        self._register, self._lock = register, threading.Lock()
        self._uses: Counter[Purpose] = Counter()
        self._next = 0.0
        self.generation = 0  # counts how often the keys changed
        self._keys: dict[tuple[Purpose, int], Key] = {}
        self._active: dict[Purpose, Key] = {}
        self.refresh()

    def active(self, purpose: Purpose) -> Key:
        """The key that seals; raises `CryptoError` where there is none."""
        try:
            return self._active[purpose]
        except KeyError:
            raise CryptoError(f"there is no active key for `{purpose}`; nothing is stored in clear instead") from None

    def version(self, purpose: Purpose, version: int) -> Key:
        """A key that opens; raises `CryptoError` where it was destroyed or never was."""
        if (purpose, version) not in self._keys:
            self.refresh()  # another process may have made it just now
        try:
            return self._keys[purpose, version]
        except KeyError:
            raise CryptoError(f"the key `{purpose}.{version}` is not there any more") from None

    def versions(self, purpose: Purpose) -> Sequence[Key]:
        """All keys of a purpose, the oldest first."""
        return [key for key in self._keys.values() if key.purpose is purpose]

    def used(self, purpose: Purpose, times: int) -> None:
        """Count what the active key sealed."""
        self._uses[purpose] += times

    def tick(self) -> None:
        """Now and then: tell the register what was counted, rotate what is worn, and see what changed."""
        if time.monotonic() >= self._next:
            self.refresh()

    def refresh(self) -> None:
        """See `tick`; now."""
        with self._lock:
            self._next = time.monotonic() + EVERY
            self._tell()
            keys = self._register.opened()
            found = {(key.purpose, key.version): key for key in keys}
            if found != self._keys:
                self.generation += 1
                self._keys, self._active = found, {key.purpose: key for key in keys if key.active}

    def _tell(self) -> None:
        uses, self._uses = self._uses, Counter()
        for purpose, times in uses.items():
            if purpose in self._active and self._register.used(self._active[purpose], times) > MOST_USES:
                self._register.rotate(purpose, "service", "service")
