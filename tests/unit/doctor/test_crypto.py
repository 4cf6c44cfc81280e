"""The doctor says which provider is active, and what is not to be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.base import Settings
from sentinel.crypto.providers.gmssl import Gmssl
from sentinel.crypto.suite import suite
from sentinel.doctor.base import Patient, State
from sentinel.doctor.crypto import Cryptography


def _states(settings: Settings) -> dict[str, State]:
    return {found.what: found.state for found in Cryptography().findings(Patient(Path("nowhere"), settings))}


def test_what_works() -> None:
    """Both providers, an active one, and a signer."""
    assert set(_states(Settings()).values()) == {State.GOOD}


def test_what_does_not() -> None:
    """Without a library there is no safe signer; an unsafe one that is allowed is lacking something."""
    states = _states(Settings("libnowhere.so"))
    assert [states[f"crypto.{name}"] for name in ("accelerated", "active", "signing")] == ["failed", "good", "failed"]
    assert _states(Settings("libnowhere.so", slow_signing=True))["crypto.signing"] == "lacking"


def test_nothing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not raise."""
    suite.cache_clear()
    monkeypatch.setattr(Gmssl, "sm3", lambda *_: b"wrong")
    assert _states(Settings("libnowhere.so")) == {"crypto": State.FAILED}
    suite.cache_clear()


def test_it_claims_no_certificate() -> None:
    """An assessment by GB/T 39786 asks for certified products."""
    texts = {found.what: found for found in Cryptography().findings(Patient(Path("nowhere"), Settings()))}
    assert "not a certified product" in texts["crypto.active"].told("en")
    assert "不是经认证的商用密码产品" in texts["crypto.active"].told("zh-CN")
