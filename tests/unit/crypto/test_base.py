"""Encodings that no two tuples share, strict signatures, padding."""

from __future__ import annotations

import itertools

import pytest

from sentinel.crypto.base import enc, numbers_of, signature_of, unpadded
from sentinel.crypto.curve import N
from sentinel.errors import SealError, SignatureError


def test_no_two_tuples_share_an_encoding() -> None:
    """Where parts begin and end is told."""
    parts_of: tuple[str | bytes, ...] = ("", "a", "ab", b"\0")
    tuples = [t for size in range(4) for t in itertools.product(parts_of, repeat=size)]
    assert len({enc(*parts) for parts in tuples}) == len(tuples)
    assert enc("events", 7) == b"\0\0\0\x06events\0\0\0\x017"


def test_a_signature_is_read_as_it_was_written() -> None:
    """With numbers of any length."""
    for r, s in ((1, 1), (127, 128), (N - 2, 1), (2**255, 2**200)):
        assert numbers_of(signature_of(r, s)) == (r, s)


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (N, 1), (1, N), (1, N - 1)])
def test_numbers_out_of_range_are_refused(pair: tuple[int, int]) -> None:
    """Zero, n and more, and a sum that is n."""
    with pytest.raises(SignatureError):
        numbers_of(signature_of(*pair))


@pytest.mark.parametrize("octets", [b"", b"\0" * 16, b"x" * 15 + b"\x11", b"x" * 14 + b"\1\2"])
def test_padding_that_is_none(octets: bytes) -> None:
    """PKCS #7: as many octets as each one says."""
    with pytest.raises(SealError):
        unpadded(octets)
    assert unpadded(b"ab" + b"\x0e" * 14) == b"ab"
