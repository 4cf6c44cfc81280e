"""Commands work on an installation whose service ran at least once."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest

from sentinel.cli.installation import commander, opened, unused
from sentinel.config import Config
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


def test_who_has_no_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert commander() == f"command:{os.getuid()}"
