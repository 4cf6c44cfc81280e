"""What an SM2 authority signs: certificates and revocation lists (RFC 5280), and what asks for one (RFC 2986).

Names and extensions are encoded by `cryptography`, which cannot sign by SM2; so the rest stands here. Every signature names
the identity of GB/T 35276.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sentinel.crypto import der
from sentinel.crypto.certificate import (
    SM2_WITH_SM3,
    Certificate,
    Holder,
    Identity,
    RevocationList,
    read_certificate,
    read_revocations,
)
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.crypto.keyfile import pem
from sentinel.crypto.keyforms import spki
from sentinel.crypto.suite import Suite
from sentinel.errors import CertificateError

CLOCKS = 300  # seconds that another host's clock may be behind ours
_BOOLEAN, _UTC_TIME, _GENERAL_TIME, _ENUMERATED = 0x01, 0x17, 0x18, 0x0A
_EXPLICIT_0, _EXPLICIT_3 = 0xA0, 0xA3
_TRUE = der.element(_BOOLEAN, b"\xff")
_PURPOSES = {Holder.SERVICE: ExtendedKeyUsageOID.SERVER_AUTH}  # the others are clients

Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True, slots=True)
class Signer:
    """An authority that can sign: its key, and its certificate."""

    suite: Suite
    key: PrivateKey
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when; seconds since the epoch."""

    start: float
    end: float


def self_signed(suite: Suite, key: PrivateKey, name: str, period: Period) -> Certificate:
    """The certificate of an authority of its own, which has none below it but those who use theirs."""
    subject = _named(x509.NameAttribute(NameOID.COMMON_NAME, name))
    mine = key_identifier(suite, key.public)
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=True, path_length=0), True), (_usage(authority=True), True), (mine, False),
        (x509.AuthorityKeyIdentifier(mine.digest, None, None), False),
    ]  # fmt: skip
    return _certificate(suite, key, (subject, subject), key.public, period, extensions)


def issued(by: Signer, identity: Identity, public: PublicKey, names: Sequence[str], period: Period) -> Certificate:
    """A certificate for somebody; `names` are host names and addresses."""
    subject = _named(
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, identity.holder),
        x509.NameAttribute(NameOID.COMMON_NAME, identity.name),
    )
    alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity.uri), *map(_general, names)])
    purpose = _PURPOSES.get(identity.holder, ExtendedKeyUsageOID.CLIENT_AUTH)
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=False, path_length=None), True), (_usage(authority=False), True),
        (x509.ExtendedKeyUsage([purpose]), False), (alternative, False), (key_identifier(by.suite, public), False),
        (x509.AuthorityKeyIdentifier(key_identifier(by.suite, by.key.public).digest, None, None), False),
    ]  # fmt: skip
    return _certificate(by.suite, by.key, (by.certificate.parsed.subject, subject), public, period, extensions)


def revocations(by: Signer, revoked: Iterable[tuple[str, float]], number: int, period: Period) -> RevocationList:
    """The list of revoked certificates: their serial numbers in hex, and when."""
    entries = [der.element(der.SEQUENCE, der.integer(int(serial, 16)), _time(when)) for serial, when in revoked]
    mine = key_identifier(by.suite, by.key.public).digest
    extensions: list[Extension] = [
        (x509.AuthorityKeyIdentifier(mine, None, None), False),
        (x509.CRLNumber(number), False),
    ]
    tbs = der.element(
        der.SEQUENCE, der.integer(1), SM2_WITH_SM3, by.certificate.parsed.subject.public_bytes(), _time(period.start),
        _time(period.end), der.element(der.SEQUENCE, *entries) if entries else b"",
        der.element(_EXPLICIT_0, _extensions(extensions)),
    )  # fmt: skip
    return read_revocations(_signed(by.suite, by.key, tbs))


def request(suite: Suite, key: PrivateKey, identity: Identity) -> bytes:
    """A request in PEM."""
    subject = _named(x509.NameAttribute(NameOID.COMMON_NAME, identity.name))
    tbs = der.element(
        der.SEQUENCE, der.integer(0), subject.public_bytes(), spki(key.public), der.element(_EXPLICIT_0)
    )  # fmt: skip
    return pem("CERTIFICATE REQUEST", _signed(suite, key, tbs))


def key_identifier(suite: Suite, public: PublicKey) -> x509.SubjectKeyIdentifier:
    """What a key is told by (RFC 7093, 2, with SM3)."""
    return x509.SubjectKeyIdentifier(suite.active.sm3(public.point)[:20])


def _certificate(
    suite: Suite, key: PrivateKey, names: tuple[x509.Name, x509.Name], public: PublicKey, period: Period,
    extensions: Sequence[Extension],
) -> Certificate:  # fmt: skip
    issuer, subject = (name.public_bytes() for name in names)
    tbs = der.element(
        der.SEQUENCE, der.element(_EXPLICIT_0, der.integer(2)), der.integer(x509.random_serial_number()), SM2_WITH_SM3,
        issuer, der.element(der.SEQUENCE, _time(period.start), _time(period.end)), subject, spki(public),
        der.element(_EXPLICIT_3, _extensions(extensions)),
    )  # fmt: skip
    return read_certificate(_signed(suite, key, tbs))


def _signed(suite: Suite, key: PrivateKey, tbs: bytes) -> bytes:
    return der.element(der.SEQUENCE, tbs, SM2_WITH_SM3, der.element(der.BITS, b"\0", suite.sign(key, tbs)))


def _extensions(extensions: Sequence[Extension]) -> bytes:
    return der.element(der.SEQUENCE, *(_extension(value, critical=critical) for value, critical in extensions))


def _extension(value: x509.ExtensionType, *, critical: bool) -> bytes:
    content = der.element(der.OCTETS, value.public_bytes())
    return der.element(der.SEQUENCE, der.oid(value.oid.dotted_string), _TRUE if critical else b"", content)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(*attributes: x509.NameAttribute[str]) -> x509.Name:
    return x509.Name(attributes)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise CertificateError(f"`{name}` is neither an address nor the name of a host") from error


def _time(seconds: float) -> bytes:
    """UTCTime until 2049, then GeneralizedTime (RFC 5280, 4.1.2.5)."""
    moment = datetime.fromtimestamp(int(seconds), UTC)
    if moment.year < 2050:
        return der.element(_UTC_TIME, f"{moment:%y%m%d%H%M%SZ}".encode())
    return der.element(_GENERAL_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode())
