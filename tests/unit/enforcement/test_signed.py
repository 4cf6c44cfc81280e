"""The signature of a webhook is HMAC-SM3 as any library computes it."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from sentinel.crypto.suite import suite
from sentinel.enforcement.signed import sign


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="needs SM3 in this Python's OpenSSL")
def test_a_receiver_in_plain_python_computes_the_same() -> None:
    expected = hmac.new(b"the shared secret", b"1800000000." + b'{"do":"apply"}', "sm3").hexdigest()
    assert sign(suite(), b"the shared secret", 1_800_000_000, b'{"do":"apply"}') == expected
