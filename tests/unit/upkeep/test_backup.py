"""A backup onto an empty machine: everything is there again, and what was changed on the way is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.audit.ledger import Ledger
from sentinel.config import Config
from sentinel.errors import ConfigError, StoreError
from sentinel.keys.opening import prepare, sealing_of
from sentinel.model.audit import Act, Action
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.store.control import ControlDatabase, User
from sentinel.upkeep import backup as backup_module
from sentinel.upkeep.backup import LIST, backup, restore
from tests.contract.test_sealed_store import SUPI, event


def _installed(tmp_path: Path) -> Config:
    """An installation with sealed events, an account and an audit log, as it is while it runs."""
    config = Config(data=tmp_path / "data", rules=tmp_path, keys=tmp_path / "keys", seal=True)
    config.data.mkdir()
    ledger = Ledger(config.audit)
    control = ControlDatabase(config.control_database, ledger)
    prepare(config, control)
    with control.begin() as session:
        session.add(User(name="ann", password_hash="x", role="analyst", created=1.0))
        session.tell(Act(Action.USER_ADDED, "test", "ann"))
    store = SqliteStore(config.events_database, sealing_of(config, control))
    store.add([event(1)], [], [event(1)])
    (config.data / "lock").touch()
    for each in (store, control, ledger):
        each.close()
    return config


def _elsewhere(config: Config, tmp_path: Path) -> Config:
    return replace(config, data=tmp_path / "new" / "data", keys=tmp_path / "new" / "keys")


def test_an_empty_machine_has_everything_again(tmp_path: Path) -> None:
    """Also what is sealed opens, with the keys that came by another way."""
    config = _installed(tmp_path)
    list(backup(config, tmp_path / "copy", tmp_path / "copy-keys"))
    new = _elsewhere(config, tmp_path)
    list(restore(new, tmp_path / "copy", tmp_path / "copy-keys"))
    ledger = Ledger(new.audit)
    control = ControlDatabase(new.control_database, ledger)
    with control.begin() as session:
        assert [user.name for user in session.query(User)] == ["ann"]
    store = SqliteStore(new.events_database, sealing_of(new, control))
    (row,) = store.events(f"fiveg.supi:{SUPI}", Span(), 5).rows
    assert SUPI in store.originals([str(row["fiveg.supi"])]).values()
    assert len(store.frames([str(row["event.id"])])) == 1
    for each in (store, control, ledger):
        each.close()
    assert (new.audit / "records").read_bytes() == (config.audit / "records").read_bytes()
    assert not (new.data / "lock").exists()


def test_the_copy_alone_opens_nothing(tmp_path: Path) -> None:
    """Keys are in no part of it."""
    config = _installed(tmp_path)
    list(backup(config, tmp_path / "copy", None))
    octets = b"".join(path.read_bytes() for path in (tmp_path / "copy").rglob("*") if path.is_file())
    assert SUPI.encode() not in octets
    assert (tmp_path / "keys" / "root.key").read_bytes().strip() not in octets
    with pytest.raises(ConfigError, match="who has both"):
        list(backup(config, tmp_path / "second", tmp_path / "second" / "keys"))


def test_a_copy_that_was_changed_is_not_restored(tmp_path: Path) -> None:
    config = _installed(tmp_path)
    list(backup(config, tmp_path / "copy", None))
    (tmp_path / "copy" / "audit" / "records").write_bytes(b"other records")
    with pytest.raises(StoreError, match=r"`audit/records` .* is not as it was copied"):
        list(restore(_elsewhere(config, tmp_path), tmp_path / "copy", None))
    (tmp_path / "copy" / LIST).unlink()
    with pytest.raises(StoreError, match="is no backup"):
        list(restore(_elsewhere(config, tmp_path), tmp_path / "copy", None))


def test_what_the_list_does_not_cover_is_not_restored(tmp_path: Path) -> None:
    """A link to a folder has no digest: it is refused, wherever it leads."""
    config = _installed(tmp_path)
    list(backup(config, tmp_path / "copy", None))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "planted").write_bytes(b"x")
    (tmp_path / "copy" / "inbox").symlink_to(tmp_path / "elsewhere")
    new = _elsewhere(config, tmp_path)
    with pytest.raises(StoreError, match="symbolic link"):
        list(restore(new, tmp_path / "copy", None))
    assert not new.data.exists()


def test_a_file_that_is_changed_after_it_was_compared_is_not_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written has the digest of the list, whoever changes the copy meanwhile; what is new there is left."""
    config = _installed(tmp_path)
    list(backup(config, tmp_path / "copy", None))
    verified = backup_module._verified

    def later(folder: Path) -> backup_module._Listed:
        listed = verified(folder)
        (folder / "audit" / "records").write_bytes(b"other records")
        (folder / "audit" / "planted").write_bytes(b"x")
        return listed

    monkeypatch.setattr(backup_module, "_verified", later)
    new = _elsewhere(config, tmp_path)
    with pytest.raises(StoreError, match=r"`audit/records` .* is not as it was copied"):
        list(restore(new, tmp_path / "copy", None))
    assert not (new.audit / "records").exists()
    assert not (new.audit / "planted").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    config = _installed(tmp_path)
    list(backup(config, tmp_path / "copy", None))
    with pytest.raises(ConfigError, match="not empty"):
        list(backup(config, tmp_path / "copy", None))
    with pytest.raises(ConfigError, match="not empty"):
        list(restore(config, tmp_path / "copy", None))
