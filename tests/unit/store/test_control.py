"""The control database: one transaction, whole or not at all."""

from pathlib import Path

import pytest
from sqlalchemy import select

from sentinel.errors import StoreError
from sentinel.store.control import ControlDatabase, SetupToken


def _fail_after_adding(control: ControlDatabase) -> None:
    with control.begin() as session:
        session.add(SetupToken(token_hash="x", expires=0.0))
        raise ZeroDivisionError


def test_a_transaction_that_raises_leaves_nothing(tmp_path: Path) -> None:
    """What was added before the error is gone."""
    control = ControlDatabase(f"sqlite:///{tmp_path}/control.db")
    with pytest.raises(ZeroDivisionError):
        _fail_after_adding(control)
    with control.begin() as session:
        assert session.scalars(select(SetupToken)).all() == []
    control.close()


def test_a_database_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    """A folder is no database."""
    with pytest.raises(StoreError):
        ControlDatabase(f"sqlite:///{tmp_path}")


def test_in_memory(tmp_path: Path) -> None:
    """One connection is shared, so all transactions see the same tables."""
    control = ControlDatabase("sqlite://")
    with control.begin() as session:
        session.add(SetupToken(token_hash="x", expires=0.0))
    with control.begin() as session:
        assert session.scalar(select(SetupToken.token_hash)) == "x"
    control.close()
