"""What is sent to a webhook, signed: HMAC-SM3 over the time and the body, so that neither is changed nor sent again later."""

from __future__ import annotations

import hmac

from sentinel.crypto.suite import Suite
from sentinel.errors import SignatureError

TIME_HEADER, SIGNATURE_HEADER, DELIVERY_HEADER = "Sentinel-Time", "Sentinel-Signature", "Sentinel-Delivery"
WINDOW = 300  # seconds that a time may be off; a receiver remembers deliveries for as long


def sign(suite: Suite, secret: bytes, seconds: int, body: bytes) -> str:
    """The signature, in hex."""
    return suite.active.hmac_sm3(secret, f"{seconds}.".encode() + body).hex()


def verify(suite: Suite, secret: bytes, said: str, signature: str, body: bytes, now: float) -> None:
    """Return if it is signed, and of now; raises `SignatureError`. A receiver may do it like this."""
    if not said.isdecimal() or abs(int(said) - now) > WINDOW:
        raise SignatureError(f"the time is not within {WINDOW} seconds of now")
    if not hmac.compare_digest(sign(suite, secret, int(said), body).encode(), signature.encode()):
        raise SignatureError("the signature is not of this body and time")
