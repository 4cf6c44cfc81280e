"""The forms of SM2 keys in DER: PKCS #8 (RFC 5958), SEC 1 (RFC 5915), SubjectPublicKeyInfo (RFC 5280)."""

from __future__ import annotations

from sentinel.crypto import der
from sentinel.crypto.curve import PublicKey
from sentinel.errors import KeyMaterialError

_SM2 = der.oid("1.2.156.10197.1.301")
_ALGORITHM = der.element(der.SEQUENCE, der.oid("1.2.840.10045.2.1"), _SM2)
_PARAMETERS, _PUBLIC = 0xA0, 0xA1  # context tags of SEC 1


def sec1(secret: bytes, public: PublicKey | None = None) -> bytes:
    """ECPrivateKey, with its curve."""
    point = [der.element(_PUBLIC, _bits(public))] if public else []
    return der.element(
        der.SEQUENCE, der.integer(1), der.element(der.OCTETS, secret), der.element(_PARAMETERS, _SM2), *point
    )


def pkcs8(secret: bytes, public: PublicKey | None = None) -> bytes:
    """PrivateKeyInfo."""
    return der.element(der.SEQUENCE, der.integer(0), _ALGORITHM, der.element(der.OCTETS, sec1(secret, public)))


def spki(public: PublicKey) -> bytes:
    """SubjectPublicKeyInfo."""
    return der.element(der.SEQUENCE, _ALGORITHM, _bits(public))


def _bits(public: PublicKey) -> bytes:
    return der.element(der.BITS, b"\0", public.point)


def read_sec1(octets: bytes) -> tuple[bytes, PublicKey | None]:
    """The private key, and the public one that stands beside it."""
    whole = _reader(octets)
    key = whole.inner()
    whole.end()
    key.constant(der.integer(1), "an ECPrivateKey of version 1")
    secret, public = key.take(der.OCTETS), None
    if key.at(_PARAMETERS):
        key.constant(der.element(_PARAMETERS, _SM2), "the curve of SM2")
    if key.at(_PUBLIC):
        point = key.inner(_PUBLIC)
        public = PublicKey(point.bits())
        point.end()
    key.end()
    return secret, public


def read_pkcs8(octets: bytes) -> tuple[bytes, PublicKey | None]:
    """The private key, and the public one that stands beside it."""
    whole = _reader(octets)
    info = whole.inner()
    whole.end()
    info.constant(der.integer(0), "a PrivateKeyInfo of version 0")
    info.constant(_ALGORITHM, "a key on the curve of SM2")
    return read_sec1(info.take(der.OCTETS))  # attributes that may follow say nothing about the key


def read_spki(octets: bytes) -> PublicKey:
    """The public key."""
    whole = _reader(octets)
    info = whole.inner()
    whole.end()
    info.constant(_ALGORITHM, "a key on the curve of SM2")
    point = info.bits()
    info.end()
    return PublicKey(point)


def _reader(octets: bytes) -> der.Reader:
    return der.Reader(octets, lambda why: KeyMaterialError(f"this is no SM2 key in DER: {why}"))
