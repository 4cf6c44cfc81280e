"""Certificates that are relied on, and each kind that is refused with its reason."""

from __future__ import annotations

import time

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from sentinel.crypto.certificate import Holder, Identity
from sentinel.crypto.chain import Trust, validate
from sentinel.crypto.issuing import Extension, Period, Signer
from sentinel.errors import CertificateError
from tests.certificates import BAD, COLLECTOR, DAY, SERVICE, SUITE, authority, bad, crafted, good, listed, trust, usage

ROOT = authority()
REASONS = {
    "empty identity": "empty SM2 identity",
    "expired": "has expired",
    "keyUsage": "keyUsage",
    "revoked": "was revoked on",
    "tampered": "is not signed by the issuer",
    "unknown root": "is not signed by the issuer|not known here",
}


@pytest.mark.parametrize("holder", list(Holder))
def test_a_good_one_says_whom_it_is_for(holder: Holder) -> None:
    """Also where the name is not of ASCII."""
    identity = Identity(holder, "李雷")
    assert validate(SUITE, [good(ROOT, identity).certificate], trust(ROOT), holder) == identity


@pytest.mark.parametrize("identity", [COLLECTOR, SERVICE])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_one_is_refused(kind: str, identity: Identity) -> None:
    """Each row of the table, with a clear reason."""
    pair, relied_on = bad(ROOT, identity)[kind]()
    with pytest.raises(CertificateError, match=REASONS[kind]):
        validate(SUITE, [pair.certificate], relied_on, identity.holder)


@pytest.mark.parametrize("other", [Holder.SERVICE, Holder.ADMINISTRATOR, Holder.TERMINAL])
def test_one_holder_does_not_pass_for_another(other: Holder) -> None:
    """A collector is no administrator."""
    with pytest.raises(CertificateError):
        validate(SUITE, [good(ROOT).certificate], trust(ROOT), other)


def test_its_time_begins_and_ends() -> None:
    """To the second."""
    start = int(time.time())
    certificate = good(ROOT, period=Period(start, start + 100)).certificate
    for moment, holds in ((start - 1, False), (start, True), (start + 100, True), (start + 101, False)):
        if holds:
            validate(SUITE, [certificate], Trust((ROOT.certificate,), None), Holder.COLLECTOR, moment)
        else:
            with pytest.raises(CertificateError, match=r"valid before|expired"):
                validate(SUITE, [certificate], Trust((ROOT.certificate,), None), Holder.COLLECTOR, moment)


def test_who_is_no_authority_issues_nothing() -> None:
    """A leaf that signs another one, and an authority below one that may have none."""
    leaf = good(ROOT)
    below = good(Signer(SUITE, leaf.key, leaf.certificate))
    with pytest.raises(CertificateError, match="may have 0 authorities below"):
        validate(SUITE, [below.certificate, leaf.certificate], trust(ROOT), Holder.COLLECTOR)
    wide = crafted(ROOT, COLLECTOR, (x509.BasicConstraints(ca=True, path_length=None), True))
    other = Signer(SUITE, wide.key, wide.certificate)
    with pytest.raises(CertificateError, match="is no authority"):
        validate(SUITE, [good(other).certificate], trust(other), Holder.COLLECTOR)
    middle = crafted(
        ROOT, Identity(Holder.COLLECTOR, "middle"), (x509.BasicConstraints(ca=True, path_length=None), True),
        usage(key_cert_sign=True, crl_sign=True),
    )  # fmt: skip
    by = Signer(SUITE, middle.key, middle.certificate)
    both = Trust((ROOT.certificate,), (listed(ROOT), listed(by)))
    with pytest.raises(CertificateError, match="may have 0 authorities below"):
        validate(SUITE, [good(by).certificate, middle.certificate], both, Holder.COLLECTOR)


def test_a_list_of_revoked_ones_has_to_be_there_and_new() -> None:
    """Where lists are asked for: missing, old, or signed by another one."""
    certificate = good(ROOT).certificate
    old = listed(ROOT, period=Period(time.time() - 2 * DAY, time.time() - DAY))
    forged = listed(Signer(SUITE, authority().key, ROOT.certificate))
    for lists, reason in (((), "no list"), ((old,), "out of date"), ((forged,), "not signed by it")):
        with pytest.raises(CertificateError, match=reason):
            validate(SUITE, [certificate], Trust((ROOT.certificate,), lists), Holder.COLLECTOR)


@pytest.mark.parametrize(
    ("extension", "reason"),
    [
        ((x509.UnrecognizedExtension(ObjectIdentifier("1.2.3"), b"\5\0"), True), "critical extension 1.2.3"),
        ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False), "extendedKeyUsage"),
        ((x509.BasicConstraints(ca=True, path_length=None), True), "of an authority"),
        ((x509.SubjectAlternativeName([x509.DNSName("tap1")]), False), "for `nobody`"),
    ],
)
def test_extensions_say_what_it_is_for(extension: Extension, reason: str) -> None:
    """One that is not known, or that says another use."""
    with pytest.raises(CertificateError, match=reason):
        validate(SUITE, [crafted(ROOT, COLLECTOR, extension).certificate], trust(ROOT), Holder.COLLECTOR)


def test_nothing_is_not_enough() -> None:
    """No certificate at all, and that of the authority."""
    with pytest.raises(CertificateError, match="no certificate"):
        validate(SUITE, [], trust(ROOT), Holder.COLLECTOR)
    with pytest.raises(CertificateError, match="of an authority"):
        validate(SUITE, [ROOT.certificate], trust(ROOT), Holder.COLLECTOR)


def test_an_anchor_of_the_same_name_is_no_anchor() -> None:
    """The key counts, also where the certificate does not name it."""
    with pytest.raises(CertificateError, match="not signed by"):
        validate(SUITE, [crafted(authority(), COLLECTOR).certificate], trust(ROOT), Holder.COLLECTOR)
