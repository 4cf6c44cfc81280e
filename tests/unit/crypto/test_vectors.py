"""The self-test refuses a provider that errs; SM4 a million times over is the standard's second answer."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC

from sentinel.crypto import vectors
from sentinel.crypto.base import Settings
from sentinel.crypto.providers.accelerated import Accelerated
from sentinel.errors import CryptoError


def test_sm4_a_million_times() -> None:
    """GB/T 32907-2016, A.2: each block is the next one's text, which is CBC over nothing but zeros."""
    key = vectors.SM4_KEY
    octets = Cipher(SM4(key), CBC(vectors.SM4_PLAIN)).encryptor().update(bytes(16 * 1_000_000))
    assert octets[-16:] == vectors.SM4_MILLION


def test_a_provider_that_errs_is_named() -> None:
    """With what it errs in."""

    class Wrong(Accelerated):
        name = "wrong"

        def hmac_sm3(self, key: bytes, octets: bytes) -> bytes:
            return super().hmac_sm3(key, octets + b"!")

    with pytest.raises(CryptoError, match=r"`wrong`.*HMAC-SM3"):
        vectors.check(Wrong(Settings()))
