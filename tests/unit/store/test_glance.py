"""A look at a control database reads what is there, names what cannot be read, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, User
from sentinel.store.glance import glance
from tests.auditing import Kept


def test_what_is_there_is_read_on_either(control_url: str, tmp_path: Path) -> None:
    url = control_url if control_url != "sqlite://" else f"sqlite:///{tmp_path / 'control.db'}"
    control = ControlDatabase(url, Kept())
    with control.begin() as session:
        session.add(User(name="ann", password_hash="x", role="analyst", created=1.0))
        session.tell(Act(Action.USER_ADDED, "test", "ann"))
    with glance(url) as found:
        assert found.rows("SELECT name FROM users WHERE active") == [("ann",)]
        assert (found.has("users"), found.has("nothing")) == (True, False)
    control.close()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/control.db", "postgresql+psycopg://x@/x?host=/nowhere"])
def test_what_cannot_be_read_is_named(url: str) -> None:
    with pytest.raises(StoreError, match="nowhere"), glance(url):
        pass


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError), glance(f"sqlite:///{tmp_path / 'control.db'}"):
        pass
    assert not (tmp_path / "control.db").exists()


def test_nothing_is_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'control.db'}"
    ControlDatabase(url, Kept()).close()
    with pytest.raises(StoreError, match="readonly"), glance(url) as found:
        found.rows("DELETE FROM users RETURNING name")
