"""Authorities and certificates for tests, good ones and every kind that has to be refused."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sentinel.crypto import issuing
from sentinel.crypto.base import Provider, Settings
from sentinel.crypto.certificate import Certificate, Holder, Identity, RevocationList, read_certificate
from sentinel.crypto.chain import Trust
from sentinel.crypto.curve import PrivateKey
from sentinel.crypto.issuing import Period, Signer, issued, revocations, self_signed
from sentinel.crypto.suite import Suite, suite

SUITE = suite()
DAY = 86_400.0
COLLECTOR, SERVICE = Identity(Holder.COLLECTOR, "tap1"), Identity(Holder.SERVICE, "plant")
BAD = ("empty identity", "expired", "keyUsage", "revoked", "tampered", "unknown root")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Certificate
    key: PrivateKey


class Careless(Suite):
    """Signs under an empty identity, as OpenSSL 3.0 does."""

    def __init__(self) -> None:
        super().__init__(SUITE.tested, Settings())

    def sign(self, key: PrivateKey, message: bytes, identity: bytes = b"") -> bytes:
        return super().sign(key, message, b"")


def around(days: float = 1) -> Period:
    """From yesterday on."""
    return Period(time.time() - DAY, time.time() + days * DAY)


def provider() -> Provider:
    return SUITE.signer


def authority(name: str = "Test CA") -> Signer:
    """A fresh authority."""
    key = provider().sm2_keygen()
    return Signer(SUITE, key, self_signed(SUITE, key, name, around(10)))


def good(by: Signer, identity: Identity = COLLECTOR, period: Period | None = None) -> Pair:
    """A certificate as the authority issues it; a service's is for 127.0.0.1."""
    key = provider().sm2_keygen()
    hosts = ["127.0.0.1"] if identity.holder is Holder.SERVICE else []
    return Pair(issued(by, identity, key.public, hosts, period or around()), key)


def trust(by: Signer, *revoked: Certificate) -> Trust:
    """Relies on this authority, which revoked these."""
    return Trust((by.certificate,), (listed(by, *revoked),))


def listed(by: Signer, *revoked: Certificate, period: Period | None = None) -> RevocationList:
    return revocations(by, [(each.serial, time.time()) for each in revoked], 7, period or around())


def crafted(by: Signer, identity: Identity, *extensions: issuing.Extension) -> Pair:
    """A certificate with these extensions in place of those that it should have."""
    key = provider().sm2_keygen()
    hosts = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if identity.holder is Holder.SERVICE else ExtendedKeyUsageOID.CLIENT_AUTH
    usual: list[issuing.Extension] = [
        (x509.BasicConstraints(ca=False, path_length=None), True), (issuing._usage(authority=False), True),
        (x509.ExtendedKeyUsage([purpose]), False),
        (x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity.uri), *hosts]), False),
        (issuing.key_identifier(SUITE, key.public), False),
    ]  # fmt: skip
    kinds = {type(value) for value, _ in extensions}
    chosen = [each for each in usual if type(each[0]) not in kinds] + list(extensions)
    subject = issuing._named(x509.NameAttribute(x509.NameOID.COMMON_NAME, identity.name))
    names = (by.certificate.parsed.subject, subject)
    return Pair(issuing._certificate(by.suite, by.key, names, key.public, around(), chosen), key)


def usage(**on: bool) -> issuing.Extension:
    """A keyUsage of these alone."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: on.get(name, False) for name in names}), True


def bad(by: Signer, identity: Identity) -> Mapping[str, Callable[[], tuple[Pair, Trust]]]:
    """For each of `BAD`, a certificate that has to be refused, and the trust that has to refuse it."""

    def revoked() -> tuple[Pair, Trust]:
        pair = good(by, identity)
        return pair, trust(by, pair.certificate)

    def tampered() -> tuple[Pair, Trust]:
        pair = good(by, identity)
        name = identity.uri.encode()
        octets = pair.certificate.octets.replace(name, name[:-1] + bytes([name[-1] ^ 1]))
        return Pair(read_certificate(octets), pair.key), trust(by)

    careless = Signer(Careless(), by.key, by.certificate)
    return {
        "empty identity": lambda: (good(careless, identity), trust(by)),
        "expired": lambda: (good(by, identity, Period(time.time() - 2 * DAY, time.time() - 60)), trust(by)),
        "keyUsage": lambda: (crafted(by, identity, usage(key_encipherment=True)), trust(by)),
        "revoked": revoked,
        "tampered": tampered,
        "unknown root": lambda: (good(authority(), identity), trust(by)),
    }
