"""SM2 certificates, requests and revocation lists (X.509: RFC 5280, RFC 2986; GB/T 20518) as they are read.

`cryptography` parses them strictly; it knows no SM2, so keys and signatures are ours. Whom a certificate is for stands in one
place, a URI among its alternative names, `sentinel:HOLDER:NAME`; what its subject says is for readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sentinel.crypto import der
from sentinel.crypto.curve import PublicKey
from sentinel.crypto.keyfile import pem
from sentinel.crypto.keyforms import read_spki
from sentinel.crypto.suite import Suite
from sentinel.errors import CertificateError, KeyMaterialError, SignatureError

SM2_WITH_SM3 = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.501"))  # GM/T 0006; without parameters
_VERSION, _SCHEME = 0xA0, "sentinel"
_NAME = re.compile(r"[^\s/\\]{1,64}")
_NOT_READ = (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, x509.InvalidVersion)


class Holder(StrEnum):
    """Whom certificates are for."""

    COLLECTOR = "collector"
    SERVICE = "service"
    ADMINISTRATOR = "administrator"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Identity:
    """One of them, by name."""

    holder: Holder
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise CertificateError("the name in a certificate has 1 to 64 signs, without spaces and slashes")

    @property
    def uri(self) -> str:
        """As certificates have it."""
        return f"{_SCHEME}:{self.holder}:{quote(self.name, safe='')}"

    @classmethod
    def of(cls, uri: str) -> Identity | None:
        """See `uri`; none where it is another one."""
        scheme, _, rest = uri.partition(":")
        holder, _, name = rest.partition(":")
        try:
            return cls(Holder(holder), unquote(name)) if scheme == _SCHEME else None
        except (ValueError, CertificateError):
            return None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with an SM2 key, signed by SM2 with SM3; whether rightly, `sentinel.crypto.chain` says."""

    octets: bytes
    parsed: x509.Certificate = field(compare=False, repr=False)
    public: PublicKey = field(compare=False, repr=False)
    extensions: x509.Extensions = field(compare=False, repr=False)

    @property
    def serial(self) -> str:
        """In hex."""
        return f"{self.parsed.serial_number:x}"

    @property
    def subject(self) -> str:
        """For readers."""
        return self.parsed.subject.rfc4514_string()

    @property
    def expires(self) -> datetime:
        """Its last moment."""
        return self.parsed.not_valid_after_utc

    @property
    def names(self) -> x509.SubjectAlternativeName:
        """Its alternative names."""
        try:
            return self.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return x509.SubjectAlternativeName([])

    @property
    def hosts(self) -> list[str]:
        """The host names and addresses among them."""
        addresses = map(str, self.names.get_values_for_type(x509.IPAddress))
        return [*self.names.get_values_for_type(x509.DNSName), *addresses]

    @property
    def identity(self) -> Identity | None:
        """Whom it is for, where it says so once."""
        found = [Identity.of(uri) for uri in self.names.get_values_for_type(x509.UniformResourceIdentifier)]
        return found[0] if len(found) == 1 else None

    @property
    def pem(self) -> bytes:
        """As files have it."""
        return pem("CERTIFICATE", self.octets)


def read_certificate(octets: bytes) -> Certificate:
    """A certificate in DER; raises `CertificateError`."""
    try:
        parsed = x509.load_der_x509_certificate(octets)
        public = _public(parsed.tbs_certificate_bytes)
        _ = parsed.subject, parsed.issuer, parsed.not_valid_before_utc, parsed.not_valid_after_utc  # read on demand
        return Certificate(octets, parsed, public, parsed.extensions)
    except _NOT_READ as error:
        raise CertificateError(f"this is no certificate: {_lower(error)}") from error


def _public(tbs: bytes) -> PublicKey:
    """The key of a TBSCertificate, whose signature is of SM2 with SM3 (RFC 5280, 4.1)."""
    body = der.Reader(tbs, lambda why: CertificateError(f"this is no SM2 certificate: {why}")).inner()
    if body.at(_VERSION):
        body.take(_VERSION)
    body.integer()
    body.constant(SM2_WITH_SM3, "a signature of SM2 with SM3")
    for _ in range(3):  # issuer, validity, subject
        body.take(der.SEQUENCE)
    return _key(body.take(der.SEQUENCE))


def _key(content: bytes) -> PublicKey:
    try:
        return read_spki(der.element(der.SEQUENCE, content))
    except KeyMaterialError as error:
        raise CertificateError(str(error)) from error


def read_certificates(octets: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, in its order; raises `CertificateError`."""
    try:
        found = x509.load_pem_x509_certificates(octets)
    except ValueError as error:
        raise CertificateError(f"expected certificates in PEM: {_lower(error)}") from error
    return tuple(read_certificate(each.public_bytes(Encoding.DER)) for each in found)


def certificates_of(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a file; raises `CertificateError`, naming it."""
    try:
        return read_certificates(path.read_bytes())
    except OSError as error:
        raise CertificateError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    except CertificateError as error:
        raise CertificateError(f"`{path}`: {error}") from error


def read_request(suite: Suite, octets: bytes) -> PublicKey:
    """The key of a request in PEM that its holder signed; what else it asks for is not taken from it."""
    try:
        parsed = x509.load_pem_x509_csr(octets)
    except ValueError as error:
        raise CertificateError(f"expected a certificate request in PEM: {_lower(error)}") from error
    tbs = parsed.tbs_certrequest_bytes
    body = der.Reader(tbs, lambda why: CertificateError(f"this is no SM2 request: {why}")).inner()
    body.integer()
    body.take(der.SEQUENCE)
    public = _key(body.take(der.SEQUENCE))
    try:
        suite.verify(public, tbs, parsed.signature)
    except SignatureError as error:
        raise CertificateError(
            "the request is not signed by its own key under the identity 1234567812345678"
        ) from error
    return public


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list of revoked certificates."""

    octets: bytes
    parsed: x509.CertificateRevocationList = field(compare=False, repr=False)

    @property
    def pem(self) -> bytes:
        """As files have it."""
        return pem("X509 CRL", self.octets)


def read_revocations(octets: bytes) -> RevocationList:
    """A list in DER or PEM; raises `CertificateError`."""
    try:
        load = x509.load_pem_x509_crl if octets.startswith(b"-----") else x509.load_der_x509_crl
        parsed = load(octets)
        _ = parsed.issuer, parsed.last_update_utc, parsed.next_update_utc, list(parsed), list(parsed.extensions)
        return RevocationList(parsed.public_bytes(Encoding.DER), parsed)
    except _NOT_READ as error:
        raise CertificateError(f"this is no list of revoked certificates: {_lower(error)}") from error


def _lower(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:1].lower() + text[1:].rstrip(".")
