"""Roots: what the keys of the register lie under. A file, a passphrase, or a device.

A root never encrypts data, only keys; another root means to seal the keys anew, not the data.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Protocol

from sentinel.crypto.base import KEY_SIZE, NONCE_SIZE
from sentinel.crypto.keyfile import ROUNDS, derived, read_guarded, write_private
from sentinel.crypto.suite import Suite
from sentinel.errors import CryptoError, KeyMaterialError

FILE, PASSPHRASE = "file", "passphrase"
DEVICES = ("sdf", "skf")  # GM/T 0018, GM/T 0016
_SALT = 16


class Root(Protocol):
    """Seals keys; a device does so without ever giving its own key away."""

    kind: str
    salt: bytes
    rounds: int

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """A key, sealed."""

    def unwrap(self, sealed: bytes, bound: bytes) -> bytes:
        """A key; raises `SealError`."""


class SoftwareRoot:
    """A key of SM4 in memory."""

    def __init__(self, suite: Suite, kind: str, key: bytes, salt: bytes = b"", rounds: int = 0) -> None:
        self.kind, self.salt, self.rounds = kind, salt, rounds
        self._provider, self._key = suite.active, key

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """See `Root`."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + self._provider.sm4_gcm_seal(self._key, nonce, key, bound)

    def unwrap(self, sealed: bytes, bound: bytes) -> bytes:
        """See `Root`."""
        return self._provider.sm4_gcm_open(self._key, sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], bound)


def open_root(suite: Suite, spec: str, salt: bytes = b"", rounds: int = 0) -> Root:
    """The root that `spec` names: `file:PATH`, `passphrase:PATH` (of a file that holds it), `sdf:…` or `skf:…`.

    Salt and rounds are those of the register; without them a passphrase makes a new root.
    """
    kind, _, place = spec.partition(":")
    if kind == FILE and place:
        return SoftwareRoot(suite, FILE, _key_of(Path(place)))
    if kind == PASSPHRASE and place:
        salt, rounds = salt or secrets.token_bytes(_SALT), rounds or ROUNDS
        return SoftwareRoot(suite, PASSPHRASE, derived(_passphrase_of(Path(place)), salt, rounds), salt, rounds)
    if kind in DEVICES:
        raise CryptoError(f"no driver of {kind.upper()} devices comes with this version: the root `{spec}` is absent")
    raise CryptoError(f"`{spec}` is no root of keys; expected file:PATH, passphrase:PATH, sdf:… or skf:…")


def new_file(path: Path) -> None:
    """A fresh root in a new file that nobody else may read."""
    write_private(path, secrets.token_hex(KEY_SIZE).encode() + b"\n")


def _key_of(path: Path) -> bytes:
    text = read_guarded(path).decode("ascii", "replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_SIZE:
        raise KeyMaterialError(f"`{path}` holds no root key; expected {2 * KEY_SIZE} hex digits")
    return key


def _passphrase_of(path: Path) -> str:
    passphrase = read_guarded(path).decode("utf-8", "strict").strip("\r\n")
    if len(passphrase) < 12:
        raise KeyMaterialError(f"the passphrase in `{path}` is too short; expected 12 characters or more")
    return passphrase
