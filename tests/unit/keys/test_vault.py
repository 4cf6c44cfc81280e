"""Secrets of second factors: sealed to their row, under a key that is made when it is needed, and sealed anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import SealError
from sentinel.keys.register import Purpose, Register
from sentinel.keys.vault import Vault, reseal
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, SecondFactor, User
from tests.auditing import Kept
from tests.sealed import root, vault


def test_a_secret_opens_in_its_row_alone(tmp_path: Path) -> None:
    """And lies in clear nowhere; nothing is made before the first."""
    control = ControlDatabase("sqlite://", Kept())
    kept = vault(tmp_path, control)
    assert not Register.begun(control)
    sealed = kept.seal("1", b"secret")
    assert (kept.open("1", sealed), b"secret" in sealed) == (b"secret", False)
    with pytest.raises(SealError):
        kept.open("2", sealed)
    assert vault(tmp_path, control).open("1", sealed) == b"secret"
    opened = Register(control, suite(), root(tmp_path), "test")
    assert [entry.purpose for entry in opened.entries()] == [Purpose.SECOND_FACTOR]


def test_sealed_anew_the_earlier_key_can_be_destroyed(tmp_path: Path) -> None:
    kept = Kept()
    control = ControlDatabase("sqlite://", kept)
    register = Register(control, suite(), root(tmp_path), "test")
    before = Vault(suite, lambda: register)
    with control.begin() as session:
        session.tell(Act(Action.USER_ADDED, "test"))
        session.add(User(id=1, name="li", password_hash="", role="analyst", created=1))
        session.flush()
    sealed = before.seal("1", b"secret")
    with control.begin() as session:
        session.tell(Act(Action.SECOND_FACTOR_CHANGED, "test"))
        session.add(SecondFactor(user_id=1, sealed=sealed, created=1))
    register.rotate(Purpose.SECOND_FACTOR, "test", "test")
    after = Vault(suite, lambda: register)
    assert reseal(control, after, "test") == 1
    register.destroy(f"{Purpose.SECOND_FACTOR}.1", "test")
    with control.begin() as session:
        row = session.get_one(SecondFactor, 1)
        assert Vault(suite, lambda: register).open("1", row.sealed) == b"secret"
    assert kept.acts[-2].details == {"step": "resealed"}
