"""People from the command line: add, list, a new password for who forgot theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.accounts.accounts import Accounts
from sentinel.cli import commands
from sentinel.errors import AuthenticationError, ConfigError, SentinelError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.people import People

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    """The accounts of a service that has been started once."""
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    yield Accounts(control)
    control.close()


def _user(data: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(commands, ["user", *arguments, "--data", str(data)], input=typed)


def test_a_forgotten_password_is_replaced_and_sessions_end(accounts: Accounts, tmp_path: Path) -> None:
    """It is asked for twice."""
    assert _user(tmp_path, "add", "root", "--role", "administrator", "--password-stdin", typed=PASSWORD).exit_code == 0
    token = accounts.login("root", PASSWORD).token
    differing = _user(tmp_path, "reset", "root", typed="a new password 1\nanother one 1\n")
    assert differing.exit_code == 1
    done = _user(tmp_path, "reset", "root", typed="a new password 1\na new password 1\n")
    assert (done.exit_code, "a new password" in done.output.replace("has a new password", "")) == (0, False)
    with pytest.raises(AuthenticationError):
        accounts.authenticate(token)
    assert accounts.login("root", "a new password 1").account.name == "root"


def test_a_lost_second_factor_is_reset(tmp_path: Path) -> None:
    """Also that of the only administrator; who is not there is said."""
    people = People(tmp_path)
    people.with_codes("root")
    done = _user(tmp_path, "reset-second-factor", "root")
    assert (done.exit_code, done.output.split()[0]) == (0, "root")
    assert people.accounts.login("root", PASSWORD).account.second == ()
    assert isinstance(_user(tmp_path, "reset-second-factor", "nobody").exception, SentinelError)
    people.control.close()


def test_everybody_is_listed(accounts: Accounts, tmp_path: Path) -> None:
    """One a line."""
    _user(tmp_path, "add", "root", "--role", "administrator", "--password-stdin", typed=PASSWORD)
    _user(tmp_path, "add", "李伟", "--role", "auditor", typed=f"{PASSWORD}\n{PASSWORD}\n")
    accounts.set_active("李伟", False, by="root")
    assert _user(tmp_path, "list").output == "root\tadministrator\tactive\n李伟\tauditor\tdeactivated\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "li", "--role", "analyst"), "the first user has to be an administrator"),
        (("add", "a b", "--role", "administrator"), "a name has"),
        (("reset", "nobody"), "there is no user of this name"),
    ],
)
def test_what_cannot_be_is_said(accounts: Accounts, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """And leaves nobody behind."""
    done = _user(tmp_path, *arguments, "--password-stdin", typed=PASSWORD)
    assert isinstance(done.exception, SentinelError)
    assert says in str(done.exception)
    assert accounts.needs_setup()


def test_a_wrong_folder_is_not_filled(tmp_path: Path) -> None:
    """A typing error makes no database."""
    done = _user(tmp_path / "typo", "list")
    assert isinstance(done.exception, ConfigError)
    assert not (tmp_path / "typo").exists()


def test_the_folder_of_run_is_known(accounts: Accounts, tmp_path: Path) -> None:
    """From the same setting in the environment."""
    done = CliRunner().invoke(commands, ["user", "list"], env={"SENTINEL_RUN_DATA": str(tmp_path)})
    assert (done.exit_code, done.output) == (0, "")
