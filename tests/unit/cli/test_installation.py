"""Commands work on an installation whose service ran at least once."""

from __future__ import annotations

import functools
import getpass
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sentinel.cli import commands
from sentinel.cli.installation import commander, config_of, opened, unused
from sentinel.cli.options import cryptography, data_option, rooted
from sentinel.config import Config, shipped
from sentinel.errors import ConfigError


def test_a_folder_without_a_service_is_named(tmp_path: Path) -> None:
    """And nothing is made in it."""
    with pytest.raises(ConfigError, match="holds no service"), opened(Config(data=tmp_path, rules=tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_a_service_holds_is_not_touched(tmp_path: Path) -> None:
    """One at a time; afterwards it is free again."""
    with unused(tmp_path), pytest.raises(ConfigError, match="stop it first"), unused(tmp_path):
        pass
    with unused(tmp_path):
        pass
    with pytest.raises(ConfigError, match="cannot be held"), unused(tmp_path / "none"):
        pass


def test_the_settings_of_the_service_hold_for_commands_on_its_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From `[run]` of --config; the environment goes before it, and what is given before both."""
    settings = tmp_path / "sentinel.toml"
    settings.write_text(
        '[run]\ndata = "d"\nkeys = "/k"\nroot_key = "file:/r"\ncrypto_library = "lib.so"\nslow_signing = true\n'
    )
    for name in ("DATA", "KEYS", "ROOT_KEY", "CRYPTO_LIBRARY", "SLOW_SIGNING"):
        monkeypatch.delenv(f"SENTINEL_RUN_{name}", raising=False)
    seen: list[tuple[Config, ...]] = []

    @click.command()
    @data_option
    @rooted
    @cryptography
    def told(data: Path, root_key: str, crypto_library: str, slow_signing: bool) -> None:
        """Keep what the command was told."""
        given = Config(data=data.absolute(), rules=shipped("rules"), keys=config_of(data).keys, root_key=root_key,
                       crypto_library=crypto_library, slow_signing=slow_signing)  # fmt: skip
        seen.append((given, config_of(data)))

    monkeypatch.setitem(commands.commands, "told", told)
    run = functools.partial(CliRunner().invoke, commands)
    assert run(["--config", str(settings), "told"]).exit_code == 0
    (((given, found)),) = seen
    assert given == found
    assert found.slow_signing
    assert (found.data.name, found.keys, found.root_key, found.crypto_library) == ("d", Path("/k"), "file:/r", "lib.so")
    run(["--config", str(settings), "told", "--root-key", "file:/x"], env={"SENTINEL_RUN_ROOT_KEY": "file:/e"})
    assert [each.root_key for each in seen[1]] == ["file:/x", "file:/e"]


def test_who_has_no_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert commander() == f"command:{os.getuid()}"
