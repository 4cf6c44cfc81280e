"""The authority from the command line, as an administrator meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.audit.ledger import Ledger
from sentinel.cli import commands
from sentinel.config import Config
from sentinel.crypto.certificate import Holder, certificates_of, read_revocations
from sentinel.crypto.chain import Trust, validate
from sentinel.crypto.keyfile import load_private, read_guarded
from sentinel.errors import CertificateError, ConfigError, ConflictError, KeyMaterialError
from sentinel.store.control import ControlDatabase
from tests.certificates import SUITE

WORDS = "correct horse battery"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service, with an authority."""
    config = Config(data=tmp_path / "data", rules=tmp_path)
    config.data.mkdir()
    ControlDatabase(config.control_database, Ledger(config.audit)).close()
    assert _ca(config.data, "init", "Plant CA", "--passphrase-stdin").exit_code == 0
    return config.data


def _ca(data: Path, *arguments: str, typed: str = WORDS) -> Result:
    return CliRunner().invoke(commands, ["ca", "--data", str(data), *arguments], input=typed + "\n")


def _with_key(data: Path, *arguments: str) -> Result:
    return _ca(data, *arguments, "--to", str(data.parent), "--passphrase-stdin")


def test_from_the_first_to_the_last(data: Path, tmp_path: Path) -> None:
    """Issue, request and sign, renew, revoke, list; others see it in the list of revoked ones."""
    keys = tmp_path / "data-keys"
    assert (keys / "ca.key").stat().st_mode & 0o777 == 0o600
    anchors = certificates_of(keys / "ca.pem")
    issued = _with_key(data, "issue", "service", "plant", "--host", "sentinel.plant", "--host", "192.0.2.1")
    assert issued.output.split() == [str(tmp_path / "plant.key"), str(tmp_path / "plant.pem")]
    [plant] = certificates_of(tmp_path / "plant.pem")
    assert plant.hosts == ["sentinel.plant", "192.0.2.1"]
    assert load_private(SUITE, read_guarded(tmp_path / "plant.key")).public == plant.public
    assert _ca(data, "request", "collector", "tap1", "--to", str(tmp_path)).exit_code == 0
    assert _with_key(data, "sign-csr", "collector", "tap1", str(tmp_path / "tap1.csr")).exit_code == 0
    [first] = certificates_of(tmp_path / "tap1.pem")
    assert _with_key(data, "renew", "collector/tap1", "--days", "20").exit_code == 0
    [second] = certificates_of(tmp_path / "tap1.pem")
    assert first.public == second.public
    assert first.serial != second.serial
    told = _ca(data, "revoke", first.serial, "--reason", "old", "--passphrase-stdin").output
    assert f"{first.serial} is revoked" in told
    assert f"{second.serial} is of the same key, and still holds" in told
    assert _with_key(data, "crl").exit_code == 0
    trust = Trust(anchors, (read_revocations((tmp_path / "ca.crl").read_bytes()),))
    assert validate(SUITE, [second], trust, Holder.COLLECTOR).name == "tap1"
    with pytest.raises(CertificateError, match="was revoked"):
        validate(SUITE, [first], trust, Holder.COLLECTOR)
    rows = [line.split("\t") for line in _ca(data, "list").output.splitlines()]
    assert [(row[1], row[2]) for row in rows] == [
        ("service/plant", "valid"), ("collector/tap1", "revoked"), ("collector/tap1", "valid"),
    ]  # fmt: skip


def test_what_cannot_be_is_said(data: Path, tmp_path: Path) -> None:
    """A second authority, a wrong passphrase, a short one, no service."""
    assert isinstance(_ca(data, "init", "Other", "--passphrase-stdin").exception, KeyMaterialError)
    assert (tmp_path / "data-keys" / "ca.key").exists()
    wrong = _ca(data, "issue", "collector", "x", "--to", str(tmp_path), "--passphrase-stdin", typed="wrong passphrase")
    assert isinstance(wrong.exception, KeyMaterialError)
    assert isinstance(_ca(tmp_path / "none", "list").exception, ConfigError)
    other = _ca(data, "--keys", str(tmp_path / "keys"), "init", "Other", "--passphrase-stdin")
    assert isinstance(other.exception, ConflictError)
    assert not (tmp_path / "keys" / "ca.key").exists()
    short = _ca(data, "--keys", str(tmp_path / "keys"), "init", "Other", "--passphrase-stdin", typed="short")
    assert isinstance(short.exception, ConfigError)
