"""Digests: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016, ISO/IEC 10118-3), in hex."""

from __future__ import annotations

import hashlib

from sentinel.errors import DigestError


def digest_sha256(octets: bytes) -> str:
    """The SHA-256 of `octets`."""
    return hashlib.sha256(octets).hexdigest()


def digest_sm3(octets: bytes) -> str:
    """The SM3 of `octets`; raises `DigestError` where Python's OpenSSL was built without it."""
    try:
        return hashlib.new("sm3", octets).hexdigest()
    except ValueError as error:
        raise DigestError("the OpenSSL of this Python has no SM3; expected OpenSSL 1.1.1 or later with it") from error
