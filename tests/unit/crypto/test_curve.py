"""The curve's own generator is a point; keys do not show their secret. Bad keys: `tests/contract/test_crypto.py`."""

from __future__ import annotations

from sentinel.crypto.curve import GX, GY, PublicKey, identified
from sentinel.crypto.vectors import SM2_KEY


def test_the_generator_is_a_point() -> None:
    """GB/T 32918.5-2017."""
    assert PublicKey(b"\x04" + GX.to_bytes(32) + GY.to_bytes(32)).coordinates[:32] == GX.to_bytes(32)


def test_a_secret_does_not_show() -> None:
    """In no representation."""
    assert SM2_KEY.secret.hex() not in f"{SM2_KEY!r} {SM2_KEY} {[SM2_KEY]}"
    assert str(SM2_KEY.secret) not in repr(SM2_KEY)


def test_an_identity_is_counted_in_bits() -> None:
    """GB/T 32918.2, 5.5."""
    assert identified(SM2_KEY.public, b"1234567812345678")[:4] == b"\x00\x8012"
