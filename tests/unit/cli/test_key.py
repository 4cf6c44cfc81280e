"""Keys from the command line, as their keeper meets them."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.audit import standalone
from sentinel.audit.heads import Heads
from sentinel.audit.keeper import Keeper
from sentinel.audit.ledger import Ledger, Wanted
from sentinel.cli import commands
from sentinel.config import Config
from sentinel.errors import ConfigError, KeyMaterialError
from sentinel.keys.audit_keys import AuditKeys
from sentinel.keys.opening import prepare, sealing_of
from sentinel.keys.register import Purpose
from sentinel.model.event import PlainEvent
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service that was started once and stored an event."""
    config = Config(data=tmp_path, rules=tmp_path, seal=True)
    control = ControlDatabase(config.control_database, Ledger(config.audit))
    prepare(config, control)
    store = SqliteStore(config.events_database, sealing_of(config, control))
    store.add([PlainEvent("a.b", 1, f"{1:016x}-00", "x", 1, {"fiveg.supi": "999700000000001"})], [], [])
    store.close()
    control.close()
    return tmp_path


def _key(data: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(commands, ["key", "--data", str(data), *arguments], input=typed)


def _states(data: Path) -> dict[str, str]:
    return dict(line.split("\t")[:2] for line in _key(data, "list").output.splitlines())


def test_the_key_of_the_audit_log_is_rotated_on_record(data: Path) -> None:
    """It has its states and owners in the register; the log verifies by its first key, with the stand-alone script too."""
    config = Config(data=data, rules=data)
    _signed(config)
    first = Heads(config.audit).line
    assert _states(data)["audit.1"] == "active"
    assert _key(data, "rotate", "audit", "--owner", "security").output == "audit.2\n"
    assert [_states(data)[each] for each in ("audit.1", "audit.2")] == ["retired", "active"]
    assert "audit.2\tactive\tsecurity" in _key(data, "list").output
    assert isinstance(_key(data, "retire", "audit.2").exception, KeyMaterialError)
    _signed(config)
    done = subprocess.run([sys.executable, standalone.__file__, str(config.audit), "--key", first],
                          check=False, capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, "the one before vouches for the next" in done.stdout) == (0, True), done.stdout
    ledger = Ledger(config.audit)
    steps = [(entry.record.details["step"], entry.record.target) for entry in
             ledger.page(Wanted(action="key.changed"), 100).entries if entry.record.target.startswith("audit.")]  # fmt: skip
    ledger.close()
    assert steps[::-1] == [
        ("generated", "audit.1"), ("activated", "audit.1"), ("announced", "audit.1"),
        ("generated", "audit.2"), ("announced", "audit.2"), ("retired", "audit.1"), ("activated", "audit.2"),
    ]  # fmt: skip


def test_the_key_that_signs_the_audit_log_is_not_destroyed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although a rotation was killed before the register knew; one that ended before the log was handed over left nothing."""
    config = Config(data=data, rules=data)
    _signed(config)

    follow = AuditKeys.follow

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def killed_later(self: AuditKeys, lines: list[str], actor: str) -> None:
        follow(self, lines, actor) if len(lines) == 1 else killed()

    for owner, name, kill in ((Heads, "add", killed), (AuditKeys, "follow", killed_later)):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, kill)
            _key(data, "rotate", "audit")
        _signed(config)
    assert [_states(data)[f"audit.{each}"] for each in (1, 2, 3)] == ["retired", "destroyed", "active"]
    refused = _key(data, "destroy", "audit.3", typed="y\n")
    assert "`audit.3` is active" in str(refused.exception)
    assert _key(data, "rotate", "audit").output == "audit.4\n"
    assert [_key(data, "destroy", each, typed="y\n").exit_code for each in ("audit.3", "audit.1")] == [0, 0]
    path = config.audit / "public"
    whole = path.read_text()
    path.unlink()
    _signed(config)
    assert (path.read_text(), len(whole.split())) == (whole, 3)


def _signed(config: Config) -> None:
    """What the keeper of the service does."""
    with closing(Ledger(config.audit)) as ledger, closing(ControlDatabase(config.control_database, ledger)) as control:
        keeper = Keeper(config.audit, config.key_folder, AuditKeys(control))
        keeper.tick()
        keeper.close()


def test_a_key_is_rotated_and_the_old_one_destroyed(data: Path) -> None:
    """After what it sealed was sealed anew."""
    assert _states(data)["identifiers.1"] == "active"
    assert _key(data, "rotate", "identifiers", "--owner", "operations").output == "identifiers.2\n"
    assert "events.db\t1" in _key(data, "reseal").output
    assert _key(data, "destroy", "identifiers.1", typed="n\n").exit_code == 1
    assert _key(data, "destroy", "identifiers.1", typed="y\n").exit_code == 0
    states = _states(data)
    assert (states["identifiers.1"], states["identifiers.2"]) == ("destroyed", "active")
    assert _key(data, "retire", "identifiers.2").exit_code == 0


def test_keys_move_under_another_root(data: Path, tmp_path: Path) -> None:
    """A file that is made for it."""
    other = f"file:{tmp_path / 'other.key'}"
    assert _key(data, "root", other).exit_code == 0
    assert isinstance(_key(data, "list").exception, KeyMaterialError)
    moved = CliRunner().invoke(commands, ["key", "--data", str(data), "--root-key", other, "list"])
    assert len(moved.output.splitlines()) == len(Purpose)


def test_what_cannot_be_is_said(data: Path, tmp_path: Path) -> None:
    """No purpose, no key, no data."""
    assert isinstance(_key(data, "rotate", "everything").exception, ConfigError)
    assert isinstance(_key(data, "retire", "identifiers.9").exception, KeyMaterialError)
    assert isinstance(_key(tmp_path / "nowhere", "list").exception, ConfigError)


def test_the_root_stays_while_a_service_runs(data: Path, tmp_path: Path) -> None:
    """It would go on under the one before; nothing is made either."""
    with (data / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = _key(data, "root", f"file:{tmp_path / 'new.key'}")
    assert isinstance(done.exception, ConfigError)
    assert "stop it first" in str(done.exception)
    assert not (tmp_path / "new.key").exists()
    assert _key(data, "root", f"file:{tmp_path / 'new.key'}").exit_code == 0


def test_to_list_where_nothing_is_sealed_changes_nothing(tmp_path: Path) -> None:
    """There are no keys, no root is taken, and nothing is recorded."""
    config = Config(data=tmp_path / "data", rules=tmp_path)
    ledger = Ledger(config.audit)
    ControlDatabase(config.control_database, ledger).close()
    ledger.close()
    before = (config.audit / "records").read_bytes()
    done = _key(tmp_path / "data", "list")
    assert (done.exit_code, done.output) == (0, "there are no keys; `sentinel run` makes them\n")
    assert (config.audit / "records").read_bytes() == before
    assert not config.key_folder.exists()
