"""The fast provider says what it stands on, and stands on the library it was told; the contract says the rest."""

from __future__ import annotations

import hashlib

import pytest

from sentinel.crypto.base import Settings
from sentinel.crypto.providers.accelerated import Accelerated
from sentinel.errors import CryptoError


def test_it_says_what_it_stands_on() -> None:
    """All three libraries."""
    assert [word in Accelerated(Settings()).about for word in ("hashlib", "cryptography", "OpenSSL")] == [True] * 3


def test_a_library_that_is_none_is_an_error() -> None:
    """Missing, or without the functions."""
    for library in ("libnowhere.so", "libc.so.6"):
        with pytest.raises(CryptoError, match=library):
            Accelerated(Settings(library))


def test_a_python_without_sm3_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Distributions build OpenSSL without it."""
    provider = Accelerated(Settings())

    def without(name: str, _octets: bytes = b"") -> None:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", without)
    with pytest.raises(CryptoError, match="no SM3"):
        provider.sm3(b"abc")
