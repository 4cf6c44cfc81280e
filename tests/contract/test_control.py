"""What holds for control data, in SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import Role
from sentinel.config import Config
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, AuthenticationError, ConflictError, StoreError
from sentinel.keys.personal import Personal
from sentinel.keys.ring import Ring
from sentinel.store.control import ControlDatabase, SetupToken, TrustTerm, User
from tests.auditing import Kept
from tests.sealed import register

PASSWORD = "correct horse battery"


@pytest.fixture
def control(control_url: str, tmp_path: Path) -> Iterator[ControlDatabase]:
    url = f"sqlite:///{tmp_path / 'control.db'}" if control_url == "sqlite://" else control_url
    database = ControlDatabase(url, Kept())
    yield database
    database.close()


def test_people_log_in(control: ControlDatabase) -> None:
    accounts = Accounts(control)
    accounts.create_first_administrator(accounts.issue_setup_token(), "root", PASSWORD)
    accounts.create("li", PASSWORD, Role.ANALYST, by="root")
    assert [each.name for each in accounts.everyone()] == ["li", "root"]
    assert accounts.login("li", PASSWORD, "10.0.0.1")
    with pytest.raises(AuthenticationError):
        accounts.login("li", "wrong horse battery", "10.0.0.1")


def test_of_many_who_use_the_set_up_token_at_once_one_is_the_first(control: ControlDatabase) -> None:
    """A transaction sees what is so, and it is so until it ends."""
    accounts = Accounts(control)
    token = accounts.issue_setup_token()

    def attempt(name: str) -> bool:
        try:
            accounts.create_first_administrator(token, name, PASSWORD)
        except (ConflictError, AuthenticationError):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, ("a1", "a2", "a3", "a4"))) == 1
    assert len(accounts.everyone()) == 1


def test_what_is_sealed_opens(control: ControlDatabase, tmp_path: Path) -> None:
    """Keys lie in the control data: octets and large numbers come back as they were."""
    sealing = Personal(suite(), Ring(register(tmp_path, control)))
    assert sealing.open("frames", "1", sealing.seal("frames", "1", b"octets")) == b"octets"


def test_nanoseconds_fit(control: ControlDatabase) -> None:
    with control.begin() as session:
        session.add(TrustTerm(supi="1", alert="a", name="n", plane="p", weight=0.5, last=2**62, known=2**62))
    with control.begin() as session:
        assert [term.last for term in session.scalars(select(TrustTerm))] == [2**62]


def test_a_change_that_is_nobodys_is_refused_and_undone(control: ControlDatabase) -> None:
    with pytest.raises(AuditError), control.begin() as session:
        session.add(User(name="x", password_hash="x", role="analyst", created=1.0))
    with control.begin() as session:
        assert session.scalars(select(User)).all() == []


def test_many_may_open_new_control_data_at_once(control_url: str, tmp_path: Path) -> None:
    """As worker, door and keeper do."""
    url = f"sqlite:///{tmp_path / 'control.db'}" if control_url == "sqlite://" else control_url

    def opened(_: int) -> list[SetupToken]:
        database = ControlDatabase(url, Kept())
        try:
            with database.begin() as session:
                return list(session.scalars(select(SetupToken)))
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(8))) == [[]] * 8


def test_an_address_as_an_operator_writes_it(postgresql: str, tmp_path: Path) -> None:
    """`--control-database postgresql://…`; and one that is not there is said without a trace of a password."""
    told = postgresql.replace("postgresql+psycopg://", "postgresql://")
    config = Config(data=tmp_path, rules=tmp_path, control=told)
    ControlDatabase(config.control_database, Kept()).close()
    away = Config(data=tmp_path, rules=tmp_path, control="postgresql://sentinel@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="cannot be opened"):
        ControlDatabase(away.control_database, Kept())
