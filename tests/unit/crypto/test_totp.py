"""One-time codes: the standard's vectors, the steps around now, and what is no code."""

from __future__ import annotations

import base64

import pytest

from sentinel.crypto.totp import address, code_at, new_secret, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()
# RFC 6238, appendix B, SHA-1, the last six of its eight digits
VECTORS = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
           (2000000000, "279037"), (20000000000, "353130")]  # fmt: skip


@pytest.mark.parametrize(("time", "code"), VECTORS)
def test_the_vectors_of_the_standard(time: int, code: str) -> None:
    assert (code_at(SECRET, time), step_of(SECRET, code, time)) == (code, time // 30)


def test_a_code_holds_for_a_step_before_and_after() -> None:
    """And no longer; blanks that an app shows may be typed."""
    now = 1_790_000_010.0
    codes = {off: step_of(SECRET, code_at(SECRET, now + 30 * off), now) for off in range(-2, 3)}
    assert codes == {-2: 0, -1: now // 30 - 1, 0: now // 30, 1: now // 30 + 1, 2: 0}
    code = code_at(SECRET, now)
    assert step_of(SECRET, f"{code[:3]} {code[3:]}", now) == now // 30


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "１２３４５６", "-12345", "+12345"])
def test_what_is_no_code(text: str) -> None:
    """Digits of other scripts are none."""
    assert step_of(SECRET, text, 59) == 0


def test_a_fresh_secret_and_its_address() -> None:
    """160 bits; names are quoted."""
    first, second = new_secret(), new_secret()
    assert (len(base64.b32decode(first)), first != second) == (20, True)
    assert address(first, "李 伟", "Sentinel 5G") == (
        f"otpauth://totp/Sentinel%205G:%E6%9D%8E%20%E4%BC%9F?secret={first}&issuer=Sentinel%205G"
    )
