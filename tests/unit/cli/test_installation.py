"""Commands work on an installation whose service ran at least once."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest

from sentinel.cli.installation import commander, opened
from sentinel.config import Config
from sentinel.errors import ConfigError


def test_a_folder_without_a_service_is_named(tmp_path: Path) -> None:
    """And nothing is made in it."""
    with pytest.raises(ConfigError, match="holds no service"), opened(Config(data=tmp_path, rules=tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_who_has_no_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert commander() == f"command:{os.getuid()}"
