"""Galois/Counter Mode (NIST SP 800-38D) over any block cipher, in Python: slow, and there to check faster ones."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from sentinel.crypto.base import BLOCK, TAG_SIZE
from sentinel.errors import SealError

Cipher = Callable[[bytes], bytes]  # one block
_R = 0xE1 << 120


def seal(cipher: Cipher, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    """Ciphertext and tag."""
    ciphertext = _counted(cipher, nonce, plain)
    return ciphertext + _tag(cipher, nonce, ciphertext, bound)


def unseal(cipher: Cipher, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    """The plain text, after its tag was checked; raises `SealError`."""
    ciphertext, tag = sealed[:-TAG_SIZE], sealed[-TAG_SIZE:]
    if len(sealed) < TAG_SIZE or not hmac.compare_digest(tag, _tag(cipher, nonce, ciphertext, bound)):
        raise SealError("what is sealed was changed, or belongs elsewhere")
    return _counted(cipher, nonce, ciphertext)


def _counted(cipher: Cipher, nonce: bytes, octets: bytes) -> bytes:
    stream = b"".join(cipher(nonce + (2 + number).to_bytes(4)) for number in range(-(-len(octets) // BLOCK)))
    return bytes(left ^ right for left, right in zip(octets, stream, strict=False))


def _tag(cipher: Cipher, nonce: bytes, ciphertext: bytes, bound: bytes) -> bytes:
    key, digest = int.from_bytes(cipher(bytes(BLOCK))), 0
    lengths = (8 * len(bound)).to_bytes(8) + (8 * len(ciphertext)).to_bytes(8)
    padded = b"".join(part + bytes(-len(part) % BLOCK) for part in (bound, ciphertext)) + lengths
    for start in range(0, len(padded), BLOCK):
        digest = _times(digest ^ int.from_bytes(padded[start : start + BLOCK]), key)
    return (digest ^ int.from_bytes(cipher(nonce + (1).to_bytes(4)))).to_bytes(BLOCK)


def _times(left: int, right: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ _R if right & 1 else right >> 1
    return product
