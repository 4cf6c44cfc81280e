"""Passwords: Argon2id (RFC 9106) and nothing else."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sentinel.errors import AuthenticationError

_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(2)  # 64 MiB each: a burst of log-ins must not exhaust the memory


def hash_password(password: str) -> str:
    """The encoded Argon2id hash, with its parameters and a fresh salt."""
    with _turn:
        return _hasher.hash(password)


def verify_password(encoded: str, password: str) -> None:
    """Return if `password` is the one behind `encoded`, else raise `AuthenticationError`."""
    try:
        with _turn:
            _hasher.verify(encoded, password)
    except (VerificationError, InvalidHashError) as error:
        raise AuthenticationError("the name or the password is wrong") from error


def needs_rehash(encoded: str) -> bool:
    """Whether `encoded` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(encoded)
