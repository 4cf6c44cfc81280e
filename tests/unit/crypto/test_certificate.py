"""Certificates, requests and lists as they are read; what is none is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.certificate import (
    Holder,
    Identity,
    certificates_of,
    read_certificate,
    read_certificates,
    read_request,
    read_revocations,
)
from sentinel.crypto.chain import Trust, validate
from sentinel.crypto.issuing import request
from sentinel.errors import CertificateError
from tests.certificates import SERVICE, SUITE, Careless, authority, good, listed, trust

ROOT = authority()


def test_an_identity_is_one_text() -> None:
    """There and back; another one's is none."""
    for name in ("tap1", "李雷", "a:b%c"):
        identity = Identity(Holder.TERMINAL, name)
        assert Identity.of(identity.uri) == identity
    for uri in ("sentinel:king:x", "sentinel:terminal:", "http://x", "sentinel:terminal:a%2Fb"):
        assert Identity.of(uri) is None
    with pytest.raises(CertificateError):
        Identity(Holder.TERMINAL, "../x")


def test_a_certificate_is_read_as_it_was_made(tmp_path: Path) -> None:
    """From DER and PEM."""
    pair = good(ROOT, SERVICE)
    path = tmp_path / "two.pem"
    path.write_bytes(pair.certificate.pem + ROOT.certificate.pem)
    first, second = certificates_of(path)
    assert (first, second) == (pair.certificate, ROOT.certificate)
    assert (first.public, first.identity, first.hosts) == (pair.key.public, SERVICE, ["127.0.0.1"])
    assert second.identity is None
    assert first.parsed.issuer == second.parsed.subject


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    """Whatever was given; no other error comes out."""
    octets = good(ROOT).certificate.octets
    for wrong in (b"", b"x", octets[:-1], octets + b"\0"):
        with pytest.raises(CertificateError):
            read_certificate(wrong)
        with pytest.raises(CertificateError):
            read_certificates(wrong)
        with pytest.raises(CertificateError):
            read_revocations(wrong)
        with pytest.raises(CertificateError):
            read_request(SUITE, wrong)
    with pytest.raises(CertificateError, match="cannot be read"):
        certificates_of(tmp_path / "none")


def test_no_octet_can_be_changed_into_another_error() -> None:
    """Each octet of a certificate and of a list: it cannot be read, or is refused."""
    octets, relied_on = good(ROOT).certificate.octets, trust(ROOT)
    for place in range(len(octets)):
        wrong = octets[:place] + bytes([octets[place] ^ 0x15]) + octets[place + 1 :]
        with pytest.raises(CertificateError):
            validate(SUITE, [read_certificate(wrong)], relied_on, Holder.COLLECTOR)
    lists = listed(ROOT).octets
    for place in range(len(lists)):
        wrong = lists[:place] + bytes([lists[place] ^ 0x15]) + lists[place + 1 :]
        with pytest.raises(CertificateError):
            _validated(octets, wrong)


def test_a_request_is_signed_by_its_own_key() -> None:
    """Under the identity of GB/T 35276."""
    key = SUITE.signer.sm2_keygen()
    assert read_request(SUITE, request(SUITE, key, SERVICE)) == key.public
    with pytest.raises(CertificateError, match="identity 1234567812345678"):
        read_request(SUITE, request(Careless(), key, SERVICE))


def test_a_list_is_read_from_both_forms() -> None:
    """With what it revokes."""
    revoked = good(ROOT).certificate
    made = listed(ROOT, revoked)
    assert read_revocations(made.pem) == read_revocations(made.octets) == made
    assert [f"{each.serial_number:x}" for each in made.parsed] == [revoked.serial]


def _validated(octets: bytes, lists: bytes) -> None:
    made = Trust((ROOT.certificate,), (read_revocations(lists),))
    validate(SUITE, [read_certificate(octets)], made, Holder.COLLECTOR)
