"""Bundles from the command line: a key, a signature, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.cli import commands
from sentinel.crypto import keyfile
from sentinel.errors import BundleError, ConfigError, KeyMaterialError

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """600,000 take 0.4 s."""
    monkeypatch.setattr(keyfile, "ROUNDS", 1000)


def _bundle(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(commands, ["bundle", *map(str, arguments)], input=typed)


def test_a_folder_is_signed_and_verified(tmp_path: Path) -> None:
    """By a key that was made for its kind; a changed file is named."""
    rules, keys = tmp_path / "rules", tmp_path / "keys"
    rules.mkdir()
    (rules / "a.yml").write_text("a")
    assert _bundle("key", "rules", "--to", keys, typed=f"{PASSPHRASE}\n{PASSPHRASE}\n").exit_code == 0
    assert (keys / "rules.key").stat().st_mode & 0o777 == 0o600
    options = ("--kind", "rules", "--version", "7", "--key", keys / "rules.key", "--passphrase-stdin")
    assert _bundle("sign", rules, *options, typed=PASSPHRASE).output == "rules rules 7: 1 files signed\n"
    verifying = ("verify", rules, "--kind", "rules", "--key", keys / "rules.pub")
    assert _bundle(*verifying).output == "rules rules 7: 1 files as they were signed\n"
    (rules / "a.yml").write_text("b")
    error = _bundle(*verifying).exception
    assert isinstance(error, BundleError)
    assert "`a.yml`" in str(error)
    assert isinstance(_bundle("sign", rules, *options, typed="wrong words here").exception, KeyMaterialError)


def test_a_key_has_a_passphrase(tmp_path: Path) -> None:
    """Of some length, and is not written over."""
    assert isinstance(
        _bundle("key", "site", "--to", tmp_path, "--passphrase-stdin", typed="short").exception, ConfigError
    )
    _bundle("key", "site", "--to", tmp_path, "--passphrase-stdin", typed=PASSPHRASE)
    again = _bundle("key", "site", "--to", tmp_path, "--passphrase-stdin", typed=PASSPHRASE)
    assert isinstance(again.exception, KeyMaterialError)
