"""What a person registers to log in with: an SM2 public key, or a certificate that the authority of this installation issued.

A key holds until it is removed. A certificate holds while the authority vouches for it, as an administrator's of that name:
within its time, for its use, and not revoked; so it is looked at whenever it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.accounts.accounts import AccountError
from sentinel.crypto.certificate import Certificate, Holder, read_certificates
from sentinel.crypto.chain import validate
from sentinel.crypto.curve import PublicKey
from sentinel.crypto.keyfile import dump_public, load_public
from sentinel.crypto.keyforms import spki
from sentinel.crypto.suite import Suite
from sentinel.errors import AuthenticationError, CertificateError, KeyMaterialError
from sentinel.keys.authority import Register
from sentinel.store.control import ControlDatabase


@dataclass(frozen=True, slots=True)
class Registered:
    """A key, and the certificate that it came in."""

    public: PublicKey
    certificate: Certificate | None = None

    @property
    def pem(self) -> str:
        """As it is kept."""
        return (self.certificate.pem if self.certificate else dump_public(self.public)).decode()

    @property
    def octets(self) -> bytes:
        """What stands for it in a challenge, in DER: the certificate, or SubjectPublicKeyInfo."""
        return self.certificate.octets if self.certificate else spki(self.public)


def read(pem: str) -> Registered:
    """What stands in a text; raises `AccountError`."""
    octets = pem.encode()
    try:
        if "BEGIN CERTIFICATE" in pem:
            found = read_certificates(octets)[0]
            return Registered(found.public, found)
        return Registered(load_public(octets))
    except (KeyMaterialError, CertificateError) as error:
        raise AccountError("this is no SM2 public key and no certificate of one in PEM") from error


def vouched(registered: Registered, name: str, control: ControlDatabase, suite: Suite, now: float) -> None:
    """Return if it holds now for the person of this name; raises `AuthenticationError`."""
    if registered.certificate is None:
        return
    try:
        trust = Register(control).trust
        identity = validate(suite, [registered.certificate], trust, Holder.ADMINISTRATOR, now)
    except CertificateError as error:
        raise AuthenticationError("the authority of this installation does not vouch for this certificate") from error
    if identity.name != name:
        raise AuthenticationError("this certificate is for somebody else")
