"""The control database: one transaction, whole or not at all."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import OperationalError

from sentinel.errors import AuditError, StoreError
from sentinel.model.audit import Act, Action, Outcome
from sentinel.store.control import ControlDatabase, LoginFailures, SetupToken, Transaction
from tests.auditing import Kept


def _fail_after_adding(control: ControlDatabase) -> None:
    with control.begin() as session:
        session.add(SetupToken(token_hash="x", expires=0.0))
        raise ZeroDivisionError


def test_a_transaction_that_raises_leaves_nothing(tmp_path: Path) -> None:
    """What was added before the error is gone."""
    control = ControlDatabase(f"sqlite:///{tmp_path}/control.db", Kept())
    with pytest.raises(ZeroDivisionError):
        _fail_after_adding(control)
    with control.begin() as session:
        assert session.scalars(select(SetupToken)).all() == []
    control.close()


def test_a_database_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    """A folder is no database."""
    with pytest.raises(StoreError):
        ControlDatabase(f"sqlite:///{tmp_path}", Kept())


def test_what_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    """Whether it is seen at the opening or later; without the statement, which may hold a name."""
    path = tmp_path / "control.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError) as opening:
        ControlDatabase(f"sqlite:///{path}", Kept())
    assert str(opening.value) == "the control database cannot be opened: file is not a database"


def test_a_database_that_breaks_later_is_a_store_error(tmp_path: Path) -> None:
    """Such as one whose pages are overwritten, or whose tables are gone."""
    path = tmp_path / "control.db"
    ControlDatabase(f"sqlite:///{path}", Kept()).close()
    path.write_bytes(path.read_bytes()[:4096] + b"x" * (len(path.read_bytes()) - 4096))
    control = None
    with pytest.raises(StoreError) as corrupt:  # noqa: PT012  # where it is noticed is up to the database
        control = ControlDatabase(f"sqlite:///{path}", Kept())
        with control.begin() as session:
            session.add(SetupToken(token_hash="secret", expires=0.0))
    assert "malformed" in str(corrupt.value)
    assert "\n" not in str(corrupt.value)
    assert "secret" not in str(corrupt.value)
    if control is not None:
        control.close()


def test_in_memory(tmp_path: Path) -> None:
    """One connection is shared, so all transactions see the same tables."""
    control = ControlDatabase("sqlite://", Kept())
    with control.begin() as session:
        session.add(SetupToken(token_hash="x", expires=0.0))
        session.tell(Act(Action.SETUP_ISSUED, "root"))
    with control.begin() as session:
        assert session.scalar(select(SetupToken.token_hash)) == "x"
    control.close()


def _open_new_ones(folder: Path, together: Barrier, said: multiprocessing.SimpleQueue[list[str]]) -> None:
    errors = []
    for number in range(ROUNDS):
        together.wait(60)
        try:
            ControlDatabase(f"sqlite:///{folder}/{number}.db", Kept()).close()
        except StoreError as error:
            errors.append(str(error))
    said.put(errors)


ROUNDS = 20


def test_two_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    """One makes the tables, the other waits for it."""
    context = multiprocessing.get_context("spawn")
    together, said = context.Barrier(2), context.SimpleQueue()
    processes = [context.Process(target=_open_new_ones, args=(tmp_path, together, said)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert [said.get() for _ in processes] == [[], []]


TOKEN = {"token_hash": "x", "expires": 1.0}
ACT = Act(Action.SETUP_ISSUED, "root")


def _issue(session: Transaction) -> None:
    session.add(SetupToken(**TOKEN))
    session.tell(ACT)


def test_a_change_that_is_nobodys_act_is_refused() -> None:
    """By any way to change: a new row, a changed one, a deleted one, a statement."""
    control = ControlDatabase("sqlite://", Kept())
    with control.begin() as session:
        _issue(session)
    for change in (
        lambda session: session.add(SetupToken(token_hash="y", expires=0.0)),
        lambda session: setattr(session.get(SetupToken, "x"), "expires", 2.0),
        lambda session: session.delete(session.get(SetupToken, "x")),
        lambda session: session.execute(delete(SetupToken)),
        lambda session: session.execute(text("DELETE FROM setup_tokens")),
    ):
        with pytest.raises(AuditError, match="whose act it is"), control.begin() as session:
            change(session)
    with control.begin() as session:
        assert [row.expires for row in session.scalars(select(SetupToken))] == [1.0]


def test_an_act_that_cannot_be_recorded_does_not_take_effect() -> None:
    control = ControlDatabase("sqlite://", Kept(full=True))
    with pytest.raises(AuditError, match="full"), control.begin() as session:
        _issue(session)
    with control.begin() as session:
        assert session.scalars(select(SetupToken)).all() == []


def test_counting_and_seeing_are_nobodys_acts() -> None:
    kept = Kept()
    control = ControlDatabase("sqlite://", kept)
    with control.begin() as session:
        session.add(LoginFailures(key="x", count=1, last=0.0))
    with control.begin() as session:
        session.execute(delete(LoginFailures))
    assert kept.acts == []


def test_what_could_not_be_committed_is_recorded_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    control = ControlDatabase("sqlite://", kept)

    def full(_session: Transaction) -> None:
        raise OperationalError("", {}, Exception("database or disk is full"))

    monkeypatch.setattr(Transaction, "commit", full)
    with pytest.raises(StoreError, match="disk is full"), control.begin() as session:
        _issue(session)
    assert [act.outcome for act in kept.acts] == [Outcome.DONE, Outcome.FAILED]
