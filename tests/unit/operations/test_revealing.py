"""Who a pseudonym stands for is shown by role and for a reason, and on record before it is shown."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sentinel.accounts.accounts import Account
from sentinel.accounts.roles import Role
from sentinel.errors import AuditError, AuthorizationError, TriageError
from sentinel.model.audit import Action, Outcome
from sentinel.model.event import PlainEvent
from sentinel.operations.revealing import DAMAGED, reveal
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from tests.auditing import Kept
from tests.sealed import personal

SUPI = "999700000000001"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    made = SqliteStore(tmp_path / "events.db", personal(tmp_path))
    made.add([PlainEvent("a.b", 1, f"{1:016x}-00", "x", 1, {"fiveg.supi": SUPI})], [], [])
    return made


def _pseudonym(store: SqliteStore) -> str:
    return str(store.events("", Span(), 1).rows[0]["fiveg.supi"])


def _account(role: Role) -> Account:
    return Account(1, "li", role, "", "", active=True, created=0.0)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.ANALYST])
def test_a_role_that_may_is_shown_and_recorded(store: SqliteStore, role: Role) -> None:
    """With the reason; the record has the pseudonym, never the identifier."""
    kept, pseudonym = Kept(), _pseudonym(store)
    assert reveal(store, kept, _account(role), [pseudonym, pseudonym], " case 17,\n stolen terminal ") == {
        pseudonym: SUPI
    }
    (act,) = kept.acts
    assert (act.action, act.actor, act.target) == (Action.IDENTITY_REVEALED, "li", pseudonym)
    assert act.details == {"reason": "case 17, stolen terminal"}
    assert SUPI not in str(kept.acts)


def test_a_role_that_may_not_is_refused_and_recorded(store: SqliteStore) -> None:
    """An auditor reads what was done, not who they are."""
    kept = Kept()
    with pytest.raises(AuthorizationError):
        reveal(store, kept, _account(Role.AUDITOR), [_pseudonym(store)], "curiosity")
    assert [act.outcome for act in kept.acts] == [Outcome.REFUSED]


def test_without_a_record_nothing_is_shown(store: SqliteStore) -> None:
    """The audit log is full."""
    with pytest.raises(AuditError):
        reveal(store, Kept(full=True), _account(Role.ANALYST), [_pseudonym(store)], "case 17")


@pytest.mark.parametrize("reason", ["", "    ", "a b", "x" * 501])
def test_a_reason_is_needed(store: SqliteStore, reason: str) -> None:
    """Of some length."""
    with pytest.raises(TriageError, match="reason"):
        reveal(store, Kept(), _account(Role.ANALYST), [_pseudonym(store)], reason)


@pytest.mark.parametrize("pseudonyms", [[], [SUPI], ["ps-supi-1-xyz"], [f"ps-supi-1-{n:024x}" for n in range(101)]])
def test_only_pseudonyms_are_asked_about(store: SqliteStore, pseudonyms: list[str]) -> None:
    """None, something else, too many."""
    with pytest.raises(TriageError, match="pseudonyms"):
        reveal(store, Kept(), _account(Role.ANALYST), pseudonyms, "case 17")


def test_one_that_does_not_open_is_told_and_the_others_are_shown(store: SqliteStore, tmp_path: Path) -> None:
    """Here a row holds what was sealed in that of another."""
    other = SUPI[:-1] + "2"
    store.add([PlainEvent("a.b", 2, f"{2:016x}-00", "x", 1, {"fiveg.supi": other})], [], [])
    second, first = (str(row["fiveg.supi"]) for row in store.events("", Span(), 2).rows)
    with sqlite3.connect(tmp_path / "events.db") as connection:
        sealed = connection.execute("SELECT sealed FROM identifiers WHERE pseudonym = ?", (second,)).fetchone()
        connection.execute("UPDATE identifiers SET sealed = ? WHERE pseudonym = ?", (*sealed, first))
    found = reveal(store, Kept(), _account(Role.ANALYST), [first, second], "case 17")
    assert found == {first: DAMAGED, second: other}
