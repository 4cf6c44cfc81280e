"""Whether an SM2 certificate may be relied on (RFC 5280, 6, as far as a closed authority needs it).

Deny is the default: a certificate that cannot be led to an anchor, that has an extension nobody here knows and that must be
known, whose issuer gave no list of revoked ones or an old one, is refused, and the reason is said.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sentinel.crypto.base import IDENTITY
from sentinel.crypto.certificate import SM2_WITH_SM3, Certificate, Holder, Identity, RevocationList
from sentinel.crypto.curve import PublicKey
from sentinel.crypto.suite import Suite
from sentinel.errors import CertificateError, SignatureError

LONGEST = 4  # certificates from the first one to an anchor
_T = TypeVar("_T", bound=x509.ExtensionType)
_KNOWN = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to rely on: authorities, and their lists of revoked certificates.

    With `lists` an authority whose list is missing or out of date vouches for nobody; None says that nobody asks.
    """

    anchors: tuple[Certificate, ...]
    lists: tuple[RevocationList, ...] | None


def validate(
    suite: Suite, chain: Sequence[Certificate], trust: Trust, holder: Holder, now: float | None = None
) -> Identity:
    """Whom the first certificate is for, a `holder`; raises `CertificateError`. The others may help to reach an anchor."""
    if not chain:
        raise CertificateError("there is no certificate")
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    path = _path(suite, chain, trust.anchors)
    for below, (certificate, issuer) in reversed(list(enumerate(path))):  # who vouches is looked at first
        _current(certificate, moment)
        _understood(certificate)
        if below:
            _authority(certificate, below - 1)
        if certificate is not issuer:
            _not_revoked(suite, certificate, issuer, trust.lists, moment)
    return _held(chain[0], holder)


def _path(
    suite: Suite, chain: Sequence[Certificate], anchors: Sequence[Certificate]
) -> Iterator[tuple[Certificate, Certificate]]:
    """Each certificate with its issuer, from the first to an anchor, which is its own."""
    certificate = chain[0]
    for _ in range(LONGEST):
        if certificate in anchors:
            yield certificate, certificate
            return
        issuer = _issuer(certificate, (*anchors, *chain[1:]))
        _signed(suite, certificate, issuer.public)
        yield certificate, issuer
        certificate = issuer
    raise CertificateError(
        f"`{chain[0].subject}` is more than {LONGEST} certificates away from an authority known here"
    )


def _issuer(certificate: Certificate, among: Sequence[Certificate]) -> Certificate:
    wanted = _key_named(certificate)
    for each in among:
        if each.parsed.subject == certificate.parsed.issuer and wanted in {None, _own_key(each)}:
            return each
    raise CertificateError(
        f"`{certificate.subject}` is issued by `{certificate.parsed.issuer.rfc4514_string()}`, which is not known here"
    )


def _key_named(certificate: Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None


def _own_key(certificate: Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _signed(suite: Suite, certificate: Certificate, by: PublicKey) -> None:
    parsed = certificate.parsed
    try:
        suite.verify(by, parsed.tbs_certificate_bytes, parsed.signature)
    except SignatureError as error:
        why = "is not signed by the issuer that it names"
        if _signs(suite, by, parsed.tbs_certificate_bytes, parsed.signature):
            why = f"is signed under an empty SM2 identity; expected {IDENTITY.decode()}"
        raise CertificateError(f"`{certificate.subject}` {why}") from error
    if not certificate.octets.endswith(_tail(parsed.signature)):
        raise CertificateError(f"`{certificate.subject}` names two ways of signing")


def _signs(suite: Suite, by: PublicKey, octets: bytes, signature: bytes) -> bool:
    """Whether it would be signed, were the identity empty, as OpenSSL 3.0 has it where nobody says one."""
    try:
        suite.verify(by, octets, signature, b"")
    except SignatureError:
        return False
    return True


def _tail(signature: bytes) -> bytes:
    """How a certificate ends: what signs it, as in its inside, and the signature."""
    return SM2_WITH_SM3 + bytes((3, len(signature) + 1, 0)) + signature


def _current(certificate: Certificate, moment: datetime) -> None:
    if moment < certificate.parsed.not_valid_before_utc:
        raise CertificateError(
            f"`{certificate.subject}` is not valid before {_spoken(certificate.parsed.not_valid_before_utc)}"
        )
    if moment > certificate.expires:
        raise CertificateError(f"`{certificate.subject}` has expired, on {_spoken(certificate.expires)}")


def _understood(certificate: Certificate) -> None:
    for each in certificate.extensions:
        if each.critical and not isinstance(each.value, _KNOWN):
            raise CertificateError(
                f"`{certificate.subject}` has the critical extension {each.oid.dotted_string}, not known here"
            )


def _authority(certificate: Certificate, authorities_below: int) -> None:
    limits = _value(certificate, x509.BasicConstraints)
    if not limits.ca or not _value(certificate, x509.KeyUsage).key_cert_sign:
        raise CertificateError(f"`{certificate.subject}` is no authority, and issued a certificate")
    if limits.path_length is not None and authorities_below > limits.path_length:
        raise CertificateError(
            f"`{certificate.subject}` may have {limits.path_length} authorities below it; here it has more"
        )


def _held(certificate: Certificate, holder: Holder) -> Identity:
    """Whom a certificate is for, which is no authority's and has the uses of this kind of holder."""
    if _value(certificate, x509.BasicConstraints).ca:
        raise CertificateError(f"`{certificate.subject}` is the certificate of an authority")
    if not _value(certificate, x509.KeyUsage).digital_signature:
        raise CertificateError(f"the key of `{certificate.subject}` is not for signing (keyUsage)")
    wanted = ExtendedKeyUsageOID.SERVER_AUTH if holder is Holder.SERVICE else ExtendedKeyUsageOID.CLIENT_AUTH
    if wanted not in _value(certificate, x509.ExtendedKeyUsage):
        side = "a server" if holder is Holder.SERVICE else "a client"
        raise CertificateError(f"`{certificate.subject}` is not for {side} (extendedKeyUsage)")
    identity = certificate.identity
    if identity is None or identity.holder is not holder:
        found = identity.uri if identity else "nobody"
        raise CertificateError(f"`{certificate.subject}` is for `{found}`; expected a certificate of a {holder}")
    return identity


def _value(certificate: Certificate, kind: type[_T]) -> _T:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound as error:
        raise CertificateError(f"`{certificate.subject}` has no {kind.__name__}") from error


def _not_revoked(
    suite: Suite,
    certificate: Certificate,
    issuer: Certificate,
    lists: Sequence[RevocationList] | None,
    moment: datetime,
) -> None:
    if lists is None:
        return
    found = [each for each in lists if each.parsed.issuer == issuer.parsed.subject]
    if not found:
        raise CertificateError(f"there is no list of what `{issuer.subject}` revoked")
    for each in found:
        _in_force(suite, each, issuer, moment)
        entry = each.parsed.get_revoked_certificate_by_serial_number(certificate.parsed.serial_number)
        if entry is not None:
            raise CertificateError(f"`{certificate.subject}` was revoked on {_spoken(entry.revocation_date_utc)}")


def _in_force(suite: Suite, each: RevocationList, issuer: Certificate, moment: datetime) -> None:
    parsed, name = each.parsed, issuer.subject
    if not _value(issuer, x509.KeyUsage).crl_sign:
        raise CertificateError(f"`{name}` may not say what is revoked (keyUsage)")
    try:
        suite.verify(issuer.public, parsed.tbs_certlist_bytes, parsed.signature)
    except SignatureError as error:
        raise CertificateError(f"the list of what `{name}` revoked is not signed by it") from error
    if any(extension.critical for extension in parsed.extensions):
        raise CertificateError(f"the list of what `{name}` revoked has a critical extension, not known here")
    until = parsed.next_update_utc
    if until is None or moment > until or moment < parsed.last_update_utc:
        raise CertificateError(f"the list of what `{name}` revoked is out of date; `sentinel ca crl` makes a new one")


def _spoken(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
