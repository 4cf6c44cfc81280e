"""Galois/Counter Mode over another cipher, against its own standard; over SM4 it is in the contract."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from sentinel.crypto.gcm import seal, unseal
from sentinel.errors import SealError


def _aes(key: bytes, block: bytes) -> bytes:
    return Cipher(AES(key), ECB()).encryptor().update(block)  # one block: what GCM is made of


def test_known_answers_of_the_mode() -> None:
    """McGrew and Viega, The Galois/Counter Mode of Operation, test cases 1, 2 and 4."""
    zeros = lambda block: _aes(bytes(16), block)  # noqa: E731
    assert seal(zeros, bytes(12), b"", b"").hex() == "58e2fccefa7e3061367f1d57a4e7455a"
    assert seal(zeros, bytes(12), bytes(16), b"").hex() == (
        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"
    )
    case4 = lambda block: _aes(bytes.fromhex("feffe9928665731c6d6a8f9467308308"), block)  # noqa: E731
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    nonce, bound = bytes.fromhex("cafebabefacedbaddecaf888"), bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = seal(case4, nonce, plain, bound)
    assert sealed[-16:].hex() == "5bc94fbc3221a5db94fae95ae7121a47"
    assert unseal(case4, nonce, sealed, bound) == plain
    with pytest.raises(SealError):
        unseal(case4, nonce, sealed, b"")
