"""`sentinel enforce` says what it needs before it does anything; tests/e2e/test_gateway_nftables.py runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sentinel.cli.enforce import enforce
from sentinel.cli.options import token_of
from sentinel.errors import ConfigError


def test_a_gateway_needs_its_token_and_a_pool(tmp_path: Path) -> None:
    told = ("nftables", "--from", "http://127.0.0.1:1")
    assert "--pool" in CliRunner().invoke(enforce, told).output
    found = CliRunner().invoke(enforce, (*told, "--pool", "10.45.0.0/16")).exception
    assert isinstance(found, ConfigError)
    assert "SENTINEL_ENFORCE_TOKEN" in str(found)


def test_a_token_that_others_can_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text("t0ken\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        token_of(file, "X")
    file.chmod(0o600)
    assert token_of(file, "X") == "t0ken"
    with pytest.raises(ConfigError, match="cannot be read"):
        token_of(tmp_path / "none", "X")
    monkeypatch.setenv("X", " abc ")
    assert token_of(None, "X") == "abc"
