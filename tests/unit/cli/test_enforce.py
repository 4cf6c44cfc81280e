"""`sentinel enforce` says what it needs before it does anything; tests/e2e/test_gateway_nftables.py runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.cli.enforce import KINDS, SESSION_KEYS, enforce
from sentinel.cli.options import token_of
from sentinel.enforcement.points.radius import KEYS
from sentinel.enforcement.registry import Kind
from sentinel.errors import ConfigError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


def test_a_gateway_needs_its_token_and_a_pool(tmp_path: Path) -> None:
    told = ("nftables", "--from", "http://127.0.0.1:1")
    assert "--pool" in CliRunner().invoke(enforce, told).output
    found = CliRunner().invoke(enforce, (*told, "--pool", "10.45.0.0/16")).exception
    assert isinstance(found, ConfigError)
    assert "SENTINEL_ENFORCE_TOKEN" in str(found)


def test_a_gateway_follows_a_service_or_is_closed_until_one_does() -> None:
    assert "expected --from" in CliRunner().invoke(enforce, ("nftables", "--pool", "10.45.0.0/16")).output


def test_the_units_of_a_gateway_close_it_before_its_network_is_up() -> None:
    closed = Path("deploy/systemd/sentinel-gateway-closed.service").read_text()
    assert "Before=network-pre.target" in closed
    assert "enforce nftables --closed $SENTINEL_POOLS" in closed
    follows = Path("deploy/systemd/sentinel-gateway.service").read_text()
    assert "After=network-online.target sentinel-gateway-closed.service" in follows


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


def _run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(enforce, [arguments[0], *arguments[1:], "--data", str(data)])


def test_points_come_with_a_token_or_a_secret_are_listed_and_go(tmp_path: Path) -> None:
    data, secret = tmp_path / "data", tmp_path / "secret"
    data.mkdir()
    ControlDatabase(f"sqlite:///{data / 'control.db'}", Kept()).close()
    secret.write_text("of the smf and of us")
    secret.chmod(0o600)
    assert len(_run(data, "add", "n6", "--kind", "nftables").output.strip()) > 30
    told = ("add", "smf1", "--kind", "radius", "--address", "10.11.4.30", "--secret-file", str(secret))
    assert _run(data, *told, "--session-keys", "address").output == "added smf1\n"
    assert _run(data, "list").output == "n6\tnftables\t-\tasks\nsmf1\tradius\t10.11.4.30\ttold\n"
    assert "there already is" in str(_run(data, *told).exception)
    for name in ("n6", "smf1"):
        assert _run(data, "remove", name).output == f"removed {name}\n"
    assert _run(data, "list").output == ""


def test_the_kinds_that_can_be_chosen_are_those_that_there_are() -> None:
    assert list(KINDS) == [each.value for each in Kind]
    assert tuple(KEYS) == SESSION_KEYS
