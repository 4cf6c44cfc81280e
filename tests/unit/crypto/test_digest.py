"""Digests, against the standards' own examples."""

from __future__ import annotations

import pytest

from sentinel.crypto.digest import digest_sha256, digest_sm3, digest_sm3_of, sm3_after


def test_sm3_of_the_standard() -> None:
    """GB/T 32905-2016, appendix A: `abc`, and `abcd` sixteen times."""
    assert digest_sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest_sm3(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sha256_of_the_standard() -> None:
    """FIPS 180-4, `abc`."""
    assert digest_sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sm3_behind_a_prefix_is_that_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Python's own library has no SM3."""
    assert sm3_after(b"a")(b"bc").hex() == digest_sm3(b"abc")

    def missing(_name: str, _octets: bytes = b"") -> None:
        raise ValueError

    with monkeypatch.context() as without:
        without.setattr("sentinel.crypto.digest.hashlib.new", missing)
        digest = sm3_after(b"a")
    assert digest(b"bc").hex() == digest_sm3(b"abc")


def test_sm3_of_chunks_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Python's own library has no SM3."""
    whole = digest_sm3(b"abc")

    def missing(_name: str) -> None:
        raise ValueError

    assert digest_sm3_of(iter([b"a", b"", b"bc"])) == whole
    monkeypatch.setattr("sentinel.crypto.digest.digest_sm3", lambda octets: whole if octets == b"abc" else "")
    monkeypatch.setattr("sentinel.crypto.digest.hashlib.new", missing)
    assert digest_sm3_of(iter([b"a", b"", b"bc"])) == whole
