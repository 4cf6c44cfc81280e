"""One-time codes by time (TOTP, RFC 6238): six digits every thirty seconds, by HMAC-SHA-1, as authenticator apps expect."""

from __future__ import annotations

import pyotp

from sentinel.crypto.token import same_token

SECONDS = 30
_DIGITS = 6
_AROUND = 1  # steps that the clock of a telephone may be off


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32()


def address(secret: str, name: str, issuer: str) -> str:
    """What an app reads from a QR code: `otpauth://totp/…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def code_at(secret: str, now: float) -> str:
    """The code of this moment."""
    return pyotp.TOTP(secret).at(int(now))


def step_of(secret: str, code: str, now: float) -> int:
    """The step whose code this is, 0 for none near `now`; every step is looked at, whichever it is."""
    code = "".join(code.split())
    if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
        return 0
    step = int(now) // SECONDS
    found = [each for each in range(step - _AROUND, step + _AROUND + 1) if _is(secret, code, each)]
    return max(found, default=0)


def _is(secret: str, code: str, step: int) -> bool:
    return same_token(code_at(secret, step * SECONDS), code)
