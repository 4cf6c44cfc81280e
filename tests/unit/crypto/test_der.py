"""DER is written in its one form and read in no other."""

from __future__ import annotations

import pytest

from sentinel.crypto import der
from sentinel.errors import SignatureError


def _reader(octets: bytes) -> der.Reader:
    return der.Reader(octets, SignatureError)


def test_known_encodings() -> None:
    """X.690, 8.19 and 8.3."""
    assert der.oid("1.2.156.10197.1.301").hex() == "06082a811ccf5501822d"
    assert [der.integer(number).hex() for number in (0, 127, 128, 256)] == ["020100", "02017f", "02020080", "02020100"]
    assert der.element(der.OCTETS, bytes(200))[:3].hex() == "0481c8"
    assert der.element(der.OCTETS, bytes(300))[:4].hex() == "0482012c"


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 70000])
def test_lengths_are_read_as_written(length: int) -> None:
    """Short and long forms."""
    reader = _reader(der.element(der.OCTETS, bytes(length)))
    assert reader.take(der.OCTETS) == bytes(length)
    reader.end()


@pytest.mark.parametrize("octets", ["", "30", "3081", "308100", "30810100", "3082000100", "3005", "3080", "30848000000000",
                                    "3085000000000100"])  # fmt: skip
def test_what_is_no_der_is_refused(octets: str) -> None:
    """Cut short, longer than needed, or without a length."""
    with pytest.raises(SignatureError):
        _reader(bytes.fromhex(octets)).take(der.SEQUENCE)


@pytest.mark.parametrize("octets", ["0200", "02020001", "0201ff", "0202ff80"])
def test_numbers_have_one_form(octets: str) -> None:
    """Not empty, not negative, no zeros in front."""
    with pytest.raises(SignatureError):
        _reader(bytes.fromhex(octets)).integer()


def test_the_rest() -> None:
    """Bit strings of whole octets, constants, and an end."""
    reader = _reader(bytes.fromhex("0302000a" + "0500"))
    assert reader.at(der.BITS)
    assert reader.bits() == b"\n"
    assert reader.follows(b"\5\0")
    with pytest.raises(SignatureError):
        reader.end()
    with pytest.raises(SignatureError):
        reader.constant(b"\6\0", "something else")
    reader.constant(b"\5\0", "NULL")
    reader.end()
    with pytest.raises(SignatureError):
        _reader(bytes.fromhex("0302040a")).bits()
