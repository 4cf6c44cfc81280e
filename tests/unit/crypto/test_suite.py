"""Providers are tested before they are used; without a tested one nothing is done, without a safe one nothing is signed."""

from __future__ import annotations

import logging

import pytest

from sentinel.crypto import vectors
from sentinel.crypto.base import Settings
from sentinel.crypto.providers.accelerated import Accelerated
from sentinel.crypto.providers.gmssl import Gmssl
from sentinel.crypto.suite import Suite, suite
from sentinel.errors import CryptoError, SignatureError


@pytest.fixture(autouse=True)
def afresh() -> None:
    """Each test starts its providers."""
    suite.cache_clear()


def test_both_providers_work_and_the_fast_one_is_active() -> None:
    """It signs, and refuses what it did not."""
    found = suite()
    assert [(each.name, each.failure) for each in found.tested] == [("accelerated", ""), ("gmssl", "")]
    assert (found.active.name, found.signer.name) == ("accelerated", "accelerated")
    signature = found.sign(vectors.SM2_KEY, b"message")
    found.verify(vectors.SM2_KEY.public, b"message", signature)
    with pytest.raises(SignatureError):
        found.verify(vectors.SM2_KEY.public, b"another", signature)


def test_without_a_library_nothing_is_signed(caplog: pytest.LogCaptureFixture) -> None:
    """gmssl goes on verifying, and the log says why."""
    with caplog.at_level(logging.ERROR):
        found = suite(Settings("libnowhere.so"))
    assert found.active.name == "gmssl"
    assert "libnowhere.so" in caplog.text
    found.verify(vectors.SM2_KEY.public, vectors.SM2_MESSAGE, vectors.SM2_SIGNATURE)
    with pytest.raises(CryptoError, match="not signed"):
        found.sign(vectors.SM2_KEY, b"message")


def test_an_operator_may_allow_slow_signing() -> None:
    """Explicitly."""
    found = suite(Settings("libnowhere.so", slow_signing=True))
    found.verify(vectors.SM2_KEY.public, b"message", found.sign(vectors.SM2_KEY, b"message"))
    assert found.signer.name == "gmssl"


@pytest.mark.parametrize("broken", ["sm3", "hmac_sm3", "sm4_gcm_seal", "sm4_gcm_open", "sm4_cbc_encrypt"])
def test_a_wrong_answer_disables_the_provider(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Whichever it is."""
    monkeypatch.setattr(Accelerated, broken, lambda *_: b"wrong")
    found = suite()
    assert found.active.name == "gmssl"
    assert "known question" in found.tested[0].failure


def test_a_verifier_that_accepts_anything_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that opens anything."""
    monkeypatch.setattr(Accelerated, "sm2_verify", lambda *_: None)
    assert "another message" in suite().tested[0].failure
    monkeypatch.setattr(Gmssl, "sm4_gcm_open", lambda *_: vectors.SM4_GCM.plain)
    suite.cache_clear()
    with pytest.raises(CryptoError, match="no provider"):
        suite()


def test_a_signer_that_the_other_refuses_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known answers say nothing of what it signs."""
    monkeypatch.setattr(Accelerated, "sm2_sign", lambda *_: vectors.SM2_SIGNATURE)
    found = suite()
    assert "refused by another provider" in found.tested[0].failure
    with pytest.raises(CryptoError, match="not signed"):
        found.sign(vectors.SM2_KEY, b"message")


def test_nothing_works_without_a_provider() -> None:
    """The error says why each one fails."""
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patched:
        patched.setattr(Gmssl, "sm3", lambda *_: b"wrong")
        with pytest.raises(CryptoError, match=r"libnowhere\.so.*gmssl"):
            suite(Settings("libnowhere.so"))


def test_a_suite_of_nothing_is_none() -> None:
    """An empty list of providers is refused."""
    with pytest.raises(CryptoError):
        Suite([], Settings())
