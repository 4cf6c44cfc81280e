"""Digests in hex: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016, ISO/IEC 10118-3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from sentinel.crypto.suite import suite


def digest_sha256(octets: bytes) -> str:
    """The SHA-256 of `octets`."""
    return hashlib.sha256(octets).hexdigest()


def digest_sm3(octets: bytes) -> str:
    """The SM3 of `octets`, by the active provider."""
    return suite().active.sm3(octets).hex()


def digest_sm3_of(chunks: Iterable[bytes]) -> str:
    """The SM3 of octets that come in chunks; only where Python's own OpenSSL has none are they gathered first."""
    try:
        running = hashlib.new("sm3")
    except ValueError:
        return digest_sm3(b"".join(chunks))
    for chunk in chunks:
        running.update(chunk)
    return running.hexdigest()


def sm3_after(prefix: bytes) -> Callable[[bytes], bytes]:
    """The SM3 of octets behind a fixed prefix, 32 octets, for loops: Python's own where it has one."""
    try:
        begun = hashlib.new("sm3", prefix)
    except ValueError:
        return lambda octets: suite().active.sm3(prefix + octets)

    def digest(octets: bytes) -> bytes:
        going_on = begun.copy()
        going_on.update(octets)
        return going_on.digest()

    return digest
