"""libcrypto through ctypes: errors are ours and say whose they are. What it computes is in the contract."""

from __future__ import annotations

import pytest

from sentinel.crypto.keyforms import pkcs8
from sentinel.crypto.libcrypto import Library
from sentinel.crypto.vectors import SM2_KEY
from sentinel.errors import CryptoError, SignatureError

LIBRARY = Library("libcrypto.so.3")


def test_it_names_itself() -> None:
    """As `openssl version` does."""
    assert LIBRARY.version.split()[0] in {"OpenSSL", "Tongsuo"}


def test_what_is_no_key_is_an_error() -> None:
    """With what libcrypto says of it."""
    with pytest.raises(CryptoError, match="libcrypto does not take this key"):
        LIBRARY.private_key(b"no key")


def test_an_error_leaves_nothing_behind() -> None:
    """A refused signature does not disturb the next one."""
    key = LIBRARY.private_key(pkcs8(SM2_KEY.secret))
    with pytest.raises(SignatureError):
        LIBRARY.verify(key, b"message", b"no signature", b"identity")
    assert LIBRARY.call.ERR_get_error() == 0
    LIBRARY.verify(key, b"message", LIBRARY.sign(key, b"message", b"identity"), b"identity")


def test_what_libcrypto_is_given_lives_as_long_as_it_needs_it() -> None:
    """Thousands of contexts and keys come and go."""
    for number in range(2000):
        key = LIBRARY.private_key(pkcs8(SM2_KEY.secret))
        if number % 100 == 0:
            LIBRARY.verify(key, b"m", LIBRARY.sign(key, b"m", b"i"), b"i")
