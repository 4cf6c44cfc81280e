"""Seals for one table each: by the keys of the register, or by those of a file, for hosts that have no register.

A file has a key a line, and the number of its line is the version of a key: the last one seals, all of them open. Each table
has a key of its own, derived from that by HMAC-SM3.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.crypto.base import KEY_SIZE, NONCE_SIZE, Provider, enc
from sentinel.crypto.keyfile import read_guarded, write_private
from sentinel.crypto.suite import Suite
from sentinel.errors import CryptoError, KeyMaterialError, SealError
from sentinel.model.seal import UNSEALED, Seal
from sentinel.store.sealing import Sealing

EVIDENCE, CUTS, INBOX, SPOOL = "evidence", "cuts", "inbox", "spool"  # tables of packets and of what collectors send
_VERSION = 4  # octets of a key's version before what it sealed
_MASTER = 32  # octets of a key in a file


@dataclass(frozen=True, slots=True)
class Versioned:
    """Seals by the version of a key that it is given, and opens by the one that it finds."""

    provider: Provider
    secret: Callable[[int], bytes]  # of a version

    def seal(self, version: int, table: str, row: str, plain: bytes) -> bytes:
        """Version, nonce, ciphertext and tag, bound to table, row and version."""
        nonce, bound = secrets.token_bytes(NONCE_SIZE), enc(table, "sealed", row, version)
        return (
            version.to_bytes(_VERSION) + nonce + self.provider.sm4_gcm_seal(self.secret(version), nonce, plain, bound)
        )

    def open(self, table: str, row: str, sealed: bytes) -> bytes:
        """What was sealed there; raises `SealError`."""
        if len(sealed) < _VERSION + NONCE_SIZE:
            raise SealError("what is sealed is cut short")
        version, body = int.from_bytes(sealed[:_VERSION]), sealed[_VERSION:]
        bound = enc(table, "sealed", row, version)
        return self.provider.sm4_gcm_open(self.secret(version), body[:NONCE_SIZE], body[NONCE_SIZE:], bound)


class Registered:
    """The `Seal` of a table by what hides identifiers in the stores, where that is on."""

    def __init__(self, sealing: Sealing, table: str) -> None:
        self.on = sealing.on
        self._sealing, self._table = sealing, table

    def seal(self, row: str, plain: bytes) -> bytes:
        """See `Seal`."""
        self._sealing.tick()
        return self._sealing.seal(self._table, row, plain)

    def open(self, row: str, sealed: bytes) -> bytes:
        """See `Seal`."""
        self._sealing.tick()
        return self._sealing.open(self._table, row, sealed)


class Filed:
    """The `Seal` of a table by the keys of a file."""

    on = True

    def __init__(self, suite: Suite, masters: Sequence[bytes], table: str) -> None:
        self._table, self._latest = table, len(masters)
        keys = [suite.active.hmac_sm3(master, enc("sentinel key file", table))[:KEY_SIZE] for master in masters]

        def secret(version: int) -> bytes:
            if not 0 < version <= len(keys):
                raise CryptoError(f"key {version} is not in the file of keys")
            return keys[version - 1]

        self._by = Versioned(suite.active, secret)

    def seal(self, row: str, plain: bytes) -> bytes:
        """See `Seal`."""
        return self._by.seal(self._latest, self._table, row, plain)

    def open(self, row: str, sealed: bytes) -> bytes:
        """See `Seal`."""
        return self._by.open(self._table, row, sealed)


def seals_of(suite: Callable[[], Suite], path: Path | None) -> Callable[[str], Seal]:
    """The seal of each table by the file of keys; without a file, none."""
    if path is None:
        return lambda _table: UNSEALED
    by, masters = suite(), _masters(path)
    return lambda table: Filed(by, masters, table)


def add_key(path: Path) -> int:
    """A fresh key in the file, which is made if it is not there; how many it has now."""
    line = secrets.token_hex(_MASTER).encode() + b"\n"
    if not path.exists():
        write_private(path, line)
        return 1
    known = _masters(path)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, b"".join(master.hex().encode() + b"\n" for master in known) + line)
    fresh.replace(path)
    return len(known) + 1


def _masters(path: Path) -> list[bytes]:
    try:
        found = [bytes.fromhex(line) for line in read_guarded(path).decode("ascii", "replace").split()]
    except ValueError:
        found = []
    if not found or any(len(each) != _MASTER for each in found):
        raise KeyMaterialError(
            f"`{path}` holds no keys; expected lines of {2 * _MASTER} hex digits (sentinel key file)"
        )
    return found
