"""The doctor says how the audit log is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sentinel.audit.keeper import Keeper
from sentinel.audit.ledger import Ledger
from sentinel.config import Config
from sentinel.crypto.base import Settings
from sentinel.doctor.audit import AuditLog
from sentinel.doctor.base import Finding, Patient, State
from sentinel.keys.audit_keys import AuditKeys
from sentinel.keys.opening import prepare
from sentinel.store.control import ControlDatabase


def _found(folder: Path) -> dict[str, Finding]:
    return {found.what: found for found in AuditLog().findings(Patient(folder, Settings()))}


def _kept(config: Config) -> None:
    with closing(Ledger(config.audit)) as ledger, closing(ControlDatabase(config.control_database, ledger)) as control:
        prepare(config, control)
        with closing(Keeper(config.audit, config.key_folder, AuditKeys(control))) as keeper:
            keeper.tick()


@pytest.mark.parametrize("octets", [None, b"", b"a+b+c\n", b"\xff"])
def test_it_names_public_keys_that_were_changed(tmp_path: Path, octets: bytes | None) -> None:
    """Nothing of a folder without data, or with a log that nobody signed yet but that its keys are missed; then good."""
    assert _found(tmp_path) == {}
    config = Config(data=tmp_path, rules=tmp_path)
    with closing(Ledger(config.audit)) as ledger, closing(ControlDatabase(config.control_database, ledger)) as control:
        prepare(config, control)
    assert {what: found.state for what, found in _found(tmp_path).items()} == {"audit.keys": State.LACKING}
    _kept(config)
    assert {found.state for found in _found(tmp_path).values()} == {State.GOOD}
    public = config.audit / "public"
    public.unlink() if octets is None else public.write_bytes(octets)
    found = _found(tmp_path)["audit.keys"]
    assert (found.state, "changed or removed" in found.text, "被修改或删除" in found.text_zh) == (
        State.FAILED,
        True,
        True,
    )
    _kept(config)
    assert _found(tmp_path)["audit.keys"].state is State.GOOD


def test_it_says_what_the_keeper_said(tmp_path: Path) -> None:
    """In either language; what is no word of the keeper is named."""
    config = Config(data=tmp_path, rules=tmp_path)
    _kept(config)
    (config.audit / "checkpoints").write_text("")
    _kept(config)
    found = _found(tmp_path)["audit.log"]
    assert (found.state, found.text != "", found.text_zh.isascii()) == (State.FAILED, True, False)
    (config.audit / "verified").write_text("[]")
    assert "is not what the keeper" in _found(tmp_path)["audit.log"].text


def test_what_is_no_database(tmp_path: Path) -> None:
    """It does not raise."""
    (tmp_path / "audit").mkdir()
    (tmp_path / "control.db").write_text("no database, but long enough to be looked at as one")
    assert _found(tmp_path)["audit.keys"].state is State.FAILED
