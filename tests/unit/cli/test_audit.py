"""The audit commands, against a service's folder and against its door."""

from __future__ import annotations

import fcntl
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from click.testing import CliRunner, Result

from sentinel.accounts.accounts import Accounts
from sentinel.accounts.collectors import Collectors
from sentinel.accounts.roles import Role
from sentinel.audit import standalone
from sentinel.audit.keeper import Keeper
from sentinel.audit.ledger import Ledger, Wanted
from sentinel.cli import commands
from sentinel.config import Config, shipped
from sentinel.errors import SentinelError
from sentinel.model.audit import Act, Action
from sentinel.service import door
from sentinel.store.control import ControlDatabase
from tests.keeping import Keeping

PASSWORD = "correct horse battery"


def ran(*arguments: object) -> Result:
    """What the command says and ends with; an error of ours is status 2, as `main` makes it."""
    done = CliRunner().invoke(commands, ["audit", *map(str, arguments)], env={"LC_ALL": "C.UTF-8"})
    if isinstance(done.exception, SentinelError):
        done.exit_code = 2
    return done


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    """A log with three records, all signed."""
    ledger = Ledger(tmp_path / "data" / "audit")
    ledger.record(*(Act(Action.USER_ADDED, "root", name) for name in ("anna", "ben")))
    ledger.close()
    made = Keeping(tmp_path / "data" / "audit", tmp_path / "keys")
    made.tick()
    return made


def test_a_log_is_exported_and_verified(keeper: Keeper, tmp_path: Path) -> None:
    """By whatever name; the export is a record itself, and the state is remembered."""
    key = ran("key", "--data", tmp_path / "data").output.strip()
    assert key == keeper._signer.line
    export, state = tmp_path / "export", tmp_path / "state"
    assert ran("export", "--data", tmp_path / "data", "-o", export).exit_code == 0
    for log in (export, tmp_path / "data" / "audit"):
        done = ran("verify", log, "--key", key, "--state", state)
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "the log is what was signed")
    assert standalone.notes_of(state.read_text("utf-8"))[0].size == 3


def test_what_is_found_is_exported_with_proofs_and_verified(keeper: Keeper, tmp_path: Path) -> None:
    """What was changed of it is named; who took it and what was asked for is on record."""
    data, found, key = tmp_path / "data", tmp_path / "found", keeper._signer.line
    done = ran("export", "--data", data, "-o", found, "--proofs", "--target", "ann", "--from", "-1h")
    assert done.exit_code == 0
    done = ran("verify", found, "--key", key)
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "every record is in the log that was signed")
    assert done.output.startswith("1 records, held against the checkpoint of 3 records")
    found.write_bytes(found.read_bytes().replace(b'"anna"', b'"otto"'))
    for language, words in (("en", "record 0 was changed"), ("zh-CN", "第0条记录被修改")):
        done = ran("verify", found, "--key", key, "--language", language)
        assert (done.exit_code, done.output.splitlines()[0]) == (1, words)
    ledger = Ledger(data / "audit")
    told = ledger.page(Wanted(action="audit.exported"), 1).entries[0].record.details["about"]
    assert str(told).startswith("target=ann since=")
    ledger.close()
    assert ran("export", "--data", data, "-o", found, "--target", "ann").exit_code == 2


def test_the_log_of_a_running_service_is_verified_in_its_data_folder(keeper: Keeper, tmp_path: Path) -> None:
    """The instance lock there is no lock of the log; the folder may also come from --data or the environment."""
    data, key = tmp_path / "data", keeper._signer.line
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for arguments in (("verify", data), ("verify", "--data", data)):
            assert ran(*arguments, "--key", key).exit_code == 0
        assert ran("verify", "--data", tmp_path, "--key", key).exit_code == 2


def test_a_forged_export_is_status_1_in_both_languages(keeper: Keeper, tmp_path: Path) -> None:
    export = tmp_path / "export"
    ran("export", "--data", tmp_path / "data", "-o", export)
    export.write_bytes(export.read_bytes().replace(b'"anna"', b'"otto"'))
    for language, words in (("en", "record 0 was changed"), ("zh-CN", "第0条记录被修改")):
        done = ran("verify", export, "--key", keeper._signer.line, "--language", language)
        assert (done.exit_code, done.output.splitlines()[0]) == (1, words)


def test_what_cannot_be_verified_is_status_2(keeper: Keeper, tmp_path: Path) -> None:
    for log, key in ((tmp_path / "missing", keeper._signer.line), (tmp_path / "data" / "audit", "nonsense")):
        assert ran("verify", log, "--key", key).exit_code == 2
    assert ran("key", "--data", tmp_path).exit_code == 2
    assert ran("export", "--data", tmp_path, "-o", tmp_path / "x").exit_code == 2


def test_the_script_is_the_verifier(tmp_path: Path) -> None:
    assert ran("script").output == Path(standalone.__file__).read_text("utf-8")


@dataclass
class Service:
    """A door that is open, an auditor's session and a collector's token, and the keeper of its log."""

    url: str
    session: str
    token: str
    keeper: Keeper


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    config = Config(data=tmp_path / "data", rules=shipped("rules"))
    ledger = Ledger(config.audit)
    control = ControlDatabase(config.control_database, ledger)
    accounts = Accounts(control)
    accounts.create_first_administrator(accounts.issue_setup_token(), "root", PASSWORD)
    accounts.create("anna", PASSWORD, Role.AUDITOR, by="root")
    token = Collectors(control).enrol("tap1", by="root")
    session = accounts.login("anna", PASSWORD).token
    control.close()
    ledger.close()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(door(config), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Service(
            f"http://127.0.0.1:{listener.getsockname()[1]}", session, token, Keeping(config.audit, config.key_folder)
        )
        server.should_exit = True
        thread.join(10)


def test_the_log_of_a_service_is_verified_and_witnessed(service: Service, tmp_path: Path) -> None:
    """A witness cosigns what goes on, and refuses what was rewritten meanwhile."""
    service.keeper.tick()
    key = service.keeper._signer.line
    done = ran("verify", service.url, "--key", key, "--token", service.session)
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "the log is what was signed")
    assert ran("verify", service.url, "--key", key, "--token", "wrong").exit_code == 2
    witness = ("witness", "--to", service.url, "--log-key", key, "--name", "tap1", "--key", tmp_path / "witness.key",
               "--state", tmp_path / "witness.state", "--token", service.token, "--once")  # fmt: skip
    first = ran(*witness)
    assert first.exit_code == 0, first.output
    line = first.output.splitlines()[0]
    checked = ran("verify", service.url, "--key", key, "--token", service.session, "--witness", line)
    assert (checked.exit_code, "cosigned by `tap1`" in checked.output) == (0, True)
    other = standalone.notes_of((tmp_path / "witness.state").read_text("utf-8"))[0]
    (tmp_path / "witness.state").write_text(other.raw.replace(f"\n{other.size}\n", f"\n{other.size + 9}\n"), "utf-8")
    refused = ran(*witness)
    assert (refused.exit_code, "rolled back" in refused.output) == (1, True)
