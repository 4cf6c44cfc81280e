"""Roles: casbin judges one table, nothing implied."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import GRANTED, MODEL, Permission, Role, granted, judged, may, needed, require
from sentinel.errors import AuthenticationError, AuthorizationError, ConfigError, ConflictError
from sentinel.model.audit import Outcome
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept

PASSWORD = "correct horse battery"
THREE = (Role.SYSTEM, Role.SECURITY, Role.AUDITOR)


def test_every_role_may_keep_their_own_account() -> None:
    """A new role has to be given its rights."""
    assert all(may(role, Permission.ACCOUNT) for role in Role)
    assert granted(Role.ADMINISTRATOR) == frozenset(Permission)


def test_who_may_triage_and_who_may_keep_users() -> None:
    """Auditors change nothing; only administrators of the system keep users."""
    assert {role for role in Role if may(role, Permission.TRIAGE)} == {Role.ADMINISTRATOR, Role.ANALYST}
    assert {role for role in Role if may(role, Permission.USERS)} == {Role.ADMINISTRATOR, Role.SYSTEM}
    require(Role.ANALYST, Permission.TRIAGE)
    with pytest.raises(AuthorizationError, match="auditor"):
        require(Role.AUDITOR, Permission.TRIAGE)


def test_no_duty_of_one_administrator_is_another_ones() -> None:
    """System, security, audit: who makes accounts writes no policy and reads no audit, and so on around."""
    duties = {Permission.USERS, Permission.POLICY, Permission.AUDIT}
    assert [granted(role) & duties for role in THREE] == [{Permission.USERS}, {Permission.POLICY}, {Permission.AUDIT}]
    assert not granted(Role.SYSTEM) & {Permission.READ, Permission.APPROVE}


@pytest.mark.parametrize(
    ("line", "message"),
    [("p, security, users", "which nobody is to hold together"), ("p, securty, read", "`securty` is no role"),
     ("p, auditor, readd", "`readd` is no role"), ("p2, users, polcy", "`polcy` is no role")],
)  # fmt: skip
def test_a_table_that_mixes_duties_or_names_nobody_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """Casbin itself would pass over it."""
    path = tmp_path / "roles.csv"
    path.write_text(f"{GRANTED.read_text()}\n{line}\n")
    with pytest.raises(ConfigError, match=message):
        judged(MODEL, path)


def test_frames_of_a_sealed_store_are_for_those_who_may_know_identifiers() -> None:
    kept = {role for role in Role if may(role, needed(Permission.EVIDENCE, sealed=True))}
    assert kept == {role for role in Role if may(role, Permission.REVEAL)} == {Role.ADMINISTRATOR, Role.ANALYST}
    assert needed(Permission.EVIDENCE, sealed=False) is Permission.EVIDENCE
    assert needed(Permission.READ, sealed=True) is Permission.READ


@pytest.mark.parametrize("separated", [True, False])
def test_where_roles_are_separated_nobody_holds_all(separated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there is a system administrator: no log-in, no session goes on, nobody is made such."""
    monkeypatch.setattr("sentinel.accounts.accounts.hash_password", lambda _: "hash")  # slow on purpose
    monkeypatch.setattr("sentinel.accounts.accounts.verify_password", lambda *_: None)
    monkeypatch.setattr("sentinel.accounts.accounts.needs_rehash", lambda _: False)
    accounts = Accounts(ControlDatabase("sqlite://", Kept()), separated=separated)
    accounts.create("root1", PASSWORD, Role.ADMINISTRATOR, by="root")
    token = accounts.login("root1", PASSWORD).token
    for role in THREE:
        accounts.create(f"{role}1", PASSWORD, role, by="root1")
    tries = (
        lambda: accounts.authenticate(token), lambda: accounts.login("root1", PASSWORD),
        lambda: accounts.create("root2", PASSWORD, Role.ADMINISTRATOR, by="root1"),
        lambda: accounts.set_role("auditor1", Role.ADMINISTRATOR, by="root1"),
    )  # fmt: skip
    for attempt in tries:
        if separated:
            with pytest.raises((AuthenticationError, ConflictError), match="separated here"):
                attempt()
        else:
            attempt()
    assert accounts.login("system1", PASSWORD).account.role is Role.SYSTEM


def test_nobody_makes_or_takes_over_who_may_do_more_than_they(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system administrator would hold all duties with one more log-in. On the host, where the database is, all is done."""
    monkeypatch.setattr("sentinel.accounts.accounts.hash_password", lambda _: "hash")  # slow on purpose
    kept = Kept()
    accounts = Accounts(ControlDatabase("sqlite://", kept))
    for name, role in (("root1", Role.ADMINISTRATOR), ("system1", Role.SYSTEM), ("analyst1", Role.ANALYST)):
        accounts.create(name, PASSWORD, role, by="command:root")
    tries = (
        lambda: accounts.create("root2", PASSWORD, Role.ADMINISTRATOR, by="system1"),
        lambda: accounts.set_role("analyst1", Role.ADMINISTRATOR, by="system1"),
        lambda: accounts.set_role("root1", Role.ANALYST, by="system1"),
        lambda: accounts.set_active("root1", active=False, by="system1"),
        lambda: accounts.reset_password("root1", PASSWORD[::-1], by="system1"),
        lambda: accounts.reset_second_factor("root1", by="system1"),
    )
    for attempt in tries:
        with pytest.raises(ConflictError, match="by another administrator only"):
            attempt()
        assert kept.acts[-1].outcome is Outcome.REFUSED
    assert accounts.get("root1").role is Role.ADMINISTRATOR
    assert accounts.set_role("analyst1", Role.SECURITY, by="system1").role is Role.SECURITY
    assert accounts.create("root2", PASSWORD, Role.ADMINISTRATOR, by="root1").role is Role.ADMINISTRATOR
    accounts.reset_password("root1", PASSWORD[::-1], by="command:root")


def test_nobody_changes_their_own_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system administrator would have all rights at once; naming the role that one has changes nothing."""
    monkeypatch.setattr("sentinel.accounts.accounts.hash_password", lambda _: "hash")  # slow on purpose
    kept = Kept()
    accounts = Accounts(ControlDatabase("sqlite://", kept))
    accounts.create("system1", PASSWORD, Role.SYSTEM, by="root")
    with pytest.raises(ConflictError, match="your own role"):
        accounts.change("system1", role=Role.ADMINISTRATOR, active=True, by="system1")
    assert accounts.get("system1").role is Role.SYSTEM
    assert kept.acts[-1].outcome is Outcome.REFUSED
    assert accounts.change("system1", role=Role.SYSTEM, password=PASSWORD[::-1], by="system1").role is Role.SYSTEM


def test_somebody_who_keeps_users_has_to_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system administrator will do."""
    monkeypatch.setattr("sentinel.accounts.accounts.hash_password", lambda _: "hash")  # slow on purpose
    accounts = Accounts(ControlDatabase("sqlite://", Kept()))
    accounts.create("system1", PASSWORD, Role.SYSTEM, by="root")
    accounts.create("security1", PASSWORD, Role.SECURITY, by="system1")
    with pytest.raises(ConflictError, match="has to stay"):
        accounts.set_active("system1", active=False, by="root")
