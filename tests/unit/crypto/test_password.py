"""Passwords are hashed with Argon2id and verified by raising."""

import pytest

from sentinel.crypto.password import hash_password, needs_rehash, verify_password
from sentinel.errors import AuthenticationError


def test_a_password_verifies_against_its_own_hash_only() -> None:
    """The right one returns, the wrong one raises."""
    encoded = hash_password("correct horse battery")
    assert encoded.startswith("$argon2id$")
    verify_password(encoded, "correct horse battery")
    with pytest.raises(AuthenticationError):
        verify_password(encoded, "correct horse batterz")


def test_what_is_no_hash_is_refused() -> None:
    """A damaged hash is a failed log-in, not a crash."""
    with pytest.raises(AuthenticationError):
        verify_password("plain", "plain")


def test_weaker_parameters_are_noticed() -> None:
    """A hash made with less memory is to be made again."""
    assert needs_rehash("$argon2id$v=19$m=1024,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" + "A" * 43)
    assert not needs_rehash(hash_password("correct horse battery"))
