"""Keys in DER: what OpenSSL writes is read, what we write OpenSSL reads, and nothing else is a key."""

from __future__ import annotations

import pytest

from sentinel.crypto.keyforms import pkcs8, read_pkcs8, read_sec1, read_spki, sec1, spki
from sentinel.crypto.libcrypto import Library
from sentinel.crypto.vectors import SM2_KEY
from sentinel.errors import KeyMaterialError

SECRET, PUBLIC = SM2_KEY.secret, SM2_KEY.public


def test_each_form_is_read_as_written() -> None:
    """With the public key beside it and without."""
    for public in (PUBLIC, None):
        assert read_sec1(sec1(SECRET, public)) == (SECRET, public)
        assert read_pkcs8(pkcs8(SECRET, public)) == (SECRET, public)
    assert read_spki(spki(PUBLIC)) == PUBLIC


def test_openssl_reads_them() -> None:
    """All three forms, and computes the same point."""
    library = Library("libcrypto.so.3")
    for octets in (pkcs8(SECRET), pkcs8(SECRET, PUBLIC), sec1(SECRET, PUBLIC)):
        assert library.private_key(octets).public == PUBLIC.point
    assert library.public_key(spki(PUBLIC)).public == PUBLIC.point


@pytest.mark.parametrize("read", [read_sec1, read_pkcs8, read_spki])
def test_nothing_else_is_a_key(read: object) -> None:
    """Another form, another curve (P-256), cut short, longer."""
    good = {read_sec1: sec1(SECRET, PUBLIC), read_pkcs8: pkcs8(SECRET, PUBLIC), read_spki: spki(PUBLIC)}[read]  # type: ignore[index]
    other = good.replace(bytes.fromhex("06082a811ccf5501822d"), bytes.fromhex("06082a8648ce3d030107"))
    for octets in (b"", good[:-1], good + b"\0", other, b"\x30\x00"):
        with pytest.raises(KeyMaterialError):
            read(octets)  # type: ignore[operator]
