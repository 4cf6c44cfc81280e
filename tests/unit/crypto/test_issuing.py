"""What is issued: its form, and what Debian's openssl says of it when it is told the SM2 identity."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from sentinel.crypto.certificate import Holder, read_request
from sentinel.crypto.issuing import Period, request, self_signed
from sentinel.crypto.keyfile import dump_private, load_private
from sentinel.errors import CertificateError
from tests.certificates import COLLECTOR, SERVICE, SUITE, authority, good, listed

ROOT = authority()
ID = "distid:1234567812345678"
openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def _openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_a_certificate_has_what_it_needs() -> None:
    """Critical constraints and usage, both key identifiers, names; a serial number that nobody guesses."""
    certificate = good(ROOT, SERVICE).certificate
    critical = {type(each.value): each.critical for each in certificate.extensions}
    assert critical == {
        x509.BasicConstraints: True, x509.KeyUsage: True, x509.ExtendedKeyUsage: False,
        x509.SubjectAlternativeName: False, x509.SubjectKeyIdentifier: False, x509.AuthorityKeyIdentifier: False,
    }  # fmt: skip
    assert certificate.parsed.version is x509.Version.v3
    assert len({good(ROOT).certificate.serial for _ in range(20)}) == 20
    assert certificate.parsed.serial_number.bit_length() > 100


def test_a_time_after_2049_has_another_form() -> None:
    """GeneralizedTime (RFC 5280, 4.1.2.5)."""
    made = self_signed(SUITE, ROOT.key, "late", Period(0, 2_600_000_000))
    assert (made.parsed.not_valid_before_utc.year, made.expires.year) == (1970, 2052)


def test_a_name_that_is_none_is_refused() -> None:
    """With what was expected."""
    from sentinel.crypto.issuing import issued

    with pytest.raises(CertificateError, match="neither an address nor the name"):
        issued(ROOT, SERVICE, ROOT.key.public, ["主机"], Period(0, 1))


@openssl
def test_openssl_verifies_certificate_request_and_list(tmp_path: Path) -> None:
    """And refuses the certificate under the empty identity, which it takes where nobody says one."""
    pair = good(ROOT, SERVICE)
    (tmp_path / "ca.pem").write_bytes(ROOT.certificate.pem)
    (tmp_path / "leaf.pem").write_bytes(pair.certificate.pem)
    (tmp_path / "a.csr").write_bytes(request(SUITE, pair.key, COLLECTOR))
    (tmp_path / "ca.crl").write_bytes(listed(ROOT, pair.certificate).pem)
    said = _openssl(tmp_path, "verify", "-vfyopt", ID, "-purpose", "sslserver", "-CAfile", "ca.pem", "leaf.pem")
    assert said.stdout == "leaf.pem: OK\n", said.stderr
    assert _openssl(tmp_path, "verify", "-CAfile", "ca.pem", "leaf.pem").returncode != 0
    said = _openssl(tmp_path, "req", "-in", "a.csr", "-noout", "-verify", "-vfyopt", ID)
    assert "verify OK" in said.stdout + said.stderr
    said = _openssl(tmp_path, "crl", "-in", "ca.crl", "-noout", "-text")
    assert f"{int(pair.certificate.serial, 16):X}" in said.stdout.replace(":", "")


@openssl
def test_a_request_of_openssl_is_taken(tmp_path: Path) -> None:
    """Signed under the identity, by a key that openssl made."""
    _openssl(tmp_path, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "k.pem")
    made = _openssl(
        tmp_path, "req", "-new", "-sm3", "-key", "k.pem", "-subj", "/CN=x", "-sigopt", ID, "-out", "x.csr"
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    public = read_request(SUITE, (tmp_path / "x.csr").read_bytes())
    assert public == load_private(SUITE, (tmp_path / "k.pem").read_bytes()).public


@openssl
def test_openssl_verifies_what_a_holder_signs(tmp_path: Path) -> None:
    """With the key of the certificate."""
    pair = good(ROOT)
    (tmp_path / "leaf.pem").write_bytes(pair.certificate.pem)
    (tmp_path / "message").write_bytes(b"challenge")
    (tmp_path / "sig").write_bytes(SUITE.sign(pair.key, b"challenge"))
    (tmp_path / "key.pem").write_bytes(dump_private(SUITE, pair.key))
    (tmp_path / "pub.pem").write_text(_openssl(tmp_path, "x509", "-in", "leaf.pem", "-noout", "-pubkey").stdout)
    check = ("dgst", "-sm3", "-verify", "pub.pem", "-sigopt", ID, "-signature", "sig", "message")
    assert _openssl(tmp_path, *check).stdout == "Verified OK\n"


def test_holders_are_clients_but_for_services() -> None:
    """By extended key usage."""
    for identity in (COLLECTOR, SERVICE):
        found = good(ROOT, identity).certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert (x509.oid.ExtendedKeyUsageOID.SERVER_AUTH in found) is (identity.holder is Holder.SERVICE)
