"""From settings to keys: made once, opened again, and never another root in the place of a lost one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.config import Config
from sentinel.errors import KeyMaterialError
from sentinel.keys.opening import named_by, prepare, register_of, sealing_of
from sentinel.keys.register import NAMING, Purpose
from sentinel.model.personal import Identifier
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


def _config(folder: Path, *, seal: bool = True, root_key: str = "") -> Config:
    return Config(data=folder / "data", keys=folder, rules=folder, seal=seal, root_key=root_key)


def test_a_service_finds_its_keys_again(tmp_path: Path) -> None:
    """The root is a file that nobody else may read."""
    acts = Kept()
    control = ControlDatabase("sqlite://", acts)
    prepare(_config(tmp_path), control)
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600
    assert [act.details["step"] for act in acts.acts].count("activated") == len(Purpose)
    first, second = (sealing_of(_config(tmp_path), control).hide({"fiveg.supi": "999700000000001"}) for _ in range(2))
    assert first == second
    assert first[0]["fiveg.supi"] != "999700000000001"


def test_without_sealing_nothing_is_hidden_and_records_name_people_all_the_same(tmp_path: Path) -> None:
    config, control = _config(tmp_path, seal=False), ControlDatabase("sqlite://", Kept())
    with pytest.raises(KeyMaterialError, match="no keys for pseudonyms yet"):
        named_by(config, control)
    prepare(config, control)
    assert {entry.purpose for entry in register_of(config, control).entries()} == {*NAMING, Purpose.AUDIT}
    assert not sealing_of(config, control).on
    assert named_by(config, control).pseudonym(Identifier.SUPI, "999700000000001").startswith("ps-supi-1-")


def test_a_lost_root_is_not_replaced(tmp_path: Path) -> None:
    """Keys under it are lost; a fresh one would hide that."""
    control = ControlDatabase("sqlite://", Kept())
    prepare(_config(tmp_path), control)
    (tmp_path / "root.key").unlink()
    with pytest.raises(KeyMaterialError, match="cannot be read"):
        register_of(_config(tmp_path), control)
    with pytest.raises(KeyMaterialError, match="cannot be read"):
        prepare(_config(tmp_path, root_key=f"file:{tmp_path / 'elsewhere'}"), control)
    assert not (tmp_path / "root.key").exists()
