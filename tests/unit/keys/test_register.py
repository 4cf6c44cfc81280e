"""The life of keys: each step recorded, one active version a purpose, and what is destroyed is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, KeyMaterialError
from sentinel.keys.register import HELD, NAMING, Purpose, Register, State
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, KeyEntry
from tests.auditing import Kept
from tests.sealed import register, root


def _states(made: Register) -> list[tuple[str, str]]:
    return [(entry.id, entry.state) for entry in made.entries() if entry.purpose == Purpose.IDENTIFIERS]


def test_each_purpose_gets_a_key(tmp_path: Path) -> None:
    """Of its own size, once."""
    made = register(tmp_path)
    made.provide("test", "test")
    keys = made.opened()
    assert sorted(key.purpose for key in keys) == sorted(HELD)
    longer = {*NAMING, Purpose.POLICY}
    assert all(len(key.secret) == (32 if key.purpose in longer else 16) for key in keys)
    assert len({key.secret for key in keys}) == len(keys)
    assert keys[0].secret.hex() not in repr(keys)


def test_a_key_lives_and_ends(tmp_path: Path) -> None:
    """Generated, activated in the place of the one before, retired, destroyed."""
    acts = Kept()
    made = register(tmp_path, ControlDatabase("sqlite://", acts))
    acts.acts.clear()
    waiting = made.generate(Purpose.IDENTIFIERS, "li", "operations")
    assert _states(made) == [("identifiers.1", "active"), ("identifiers.2", "generated")]
    assert {key.version for key in made.opened() if key.purpose is Purpose.IDENTIFIERS} == {1}
    made.activate(waiting, "li")
    assert _states(made) == [("identifiers.1", "retired"), ("identifiers.2", "active")]
    made.destroy("identifiers.1", "wang")
    assert _states(made) == [("identifiers.1", "destroyed"), ("identifiers.2", "active")]
    assert [(act.action, act.actor, act.target, act.details["step"]) for act in acts.acts] == [
        (Action.KEY_CHANGED, "li", "identifiers.2", "generated"),
        (Action.KEY_CHANGED, "li", "identifiers.2", "activated"),
        (Action.KEY_CHANGED, "li", "identifiers.1", "retired"),
        (Action.KEY_CHANGED, "wang", "identifiers.1", "destroyed"),
    ]
    entry = made.entries()[[entry.id for entry in made.entries()].index("identifiers.1")]
    assert (entry.sealed, entry.owner) == (None, "test")
    assert entry.created <= (entry.retired or 0) <= (entry.destroyed or 0)


def test_steps_out_of_order_are_refused(tmp_path: Path) -> None:
    """An active key is not destroyed, a retired one not activated, an unknown one neither."""
    made = register(tmp_path)
    made.rotate(Purpose.IDENTIFIERS, "li", "li")
    for step, key_id in ((made.destroy, "identifiers.2"), (made.activate, "identifiers.1"), (made.retire, "identifiers.1"),
                         (made.destroy, "identifiers.9")):  # fmt: skip
        with pytest.raises(KeyMaterialError):
            step(key_id, "li")
    assert _states(made) == [("identifiers.1", "retired"), ("identifiers.2", "active")]


def test_what_cannot_be_recorded_does_not_happen(tmp_path: Path) -> None:
    """No step of any kind."""

    acts = Kept()
    made = register(tmp_path, ControlDatabase("sqlite://", acts))
    before, acts.full = _states(made), True
    for step in (
        lambda: made.rotate(Purpose.IDENTIFIERS, "li", "li"),
        lambda: made.retire("identifiers.1", "li"),
        lambda: made.rewrap(root(tmp_path, "another"), "li"),
    ):
        with pytest.raises(AuditError):
            step()
    assert _states(made) == before
    assert len(made.opened()) == len(HELD)


def test_another_root_is_noticed(tmp_path: Path) -> None:
    """Before any key is opened, or made."""
    control = ControlDatabase("sqlite://", Kept())
    register(tmp_path, control)
    with pytest.raises(KeyMaterialError, match="is not the root"):
        Register(control, suite(), root(tmp_path, "another"), "li")


def test_keys_move_under_another_root(tmp_path: Path) -> None:
    """They stay what they are, the old root opens them no more, and each is recorded."""
    acts = Kept()
    control = ControlDatabase("sqlite://", acts)
    made = register(tmp_path, control)
    before = made.opened()
    made.rewrap(root(tmp_path, "another"), "li")
    assert made.opened() == before == Register(control, suite(), root(tmp_path, "another"), "li").opened()
    with pytest.raises(KeyMaterialError):
        Register(control, suite(), root(tmp_path), "li")
    assert [act.details["step"] for act in acts.acts].count("rewrapped") == len(HELD)


def test_a_change_of_the_root_that_is_interrupted_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the root was taken and some of the keys lie under it: the one before opens them all, and goes on."""
    acts = Kept()
    control = ControlDatabase("sqlite://", acts)
    made = register(tmp_path, control)
    before, wrapped = made.opened(), 0
    acts.acts.clear()

    def killed(*_: object, **__: object) -> None:
        nonlocal wrapped
        wrapped += 1
        if wrapped == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sentinel.keys.register.tell", killed)
        with pytest.raises(KeyboardInterrupt):
            made.rewrap(root(tmp_path, "another"), "li")
    assert Register(control, suite(), root(tmp_path), "li").opened() == made.opened() == before
    assert acts.acts == []


def test_a_key_in_the_row_of_another_does_not_open(tmp_path: Path) -> None:
    """It is bound to its purpose, id and version."""
    control = ControlDatabase("sqlite://", Kept())
    made = register(tmp_path, control)
    with control.begin() as session:
        session.tell(Act(Action.KEY_CHANGED, "mallory"))
        one, other = (session.get(KeyEntry, name) for name in ("identifiers.1", "frames.1"))
        assert one is not None
        assert other is not None
        one.sealed = other.sealed
    with pytest.raises(KeyMaterialError, match=r"identifiers\.1"):
        made.opened()


def test_uses_are_counted(tmp_path: Path) -> None:
    """Over processes."""
    made = register(tmp_path)
    key = next(key for key in made.opened() if key.purpose is Purpose.IDENTIFIERS)
    assert [made.used(key, 5), made.used(key, 7)] == [5, 12]
    assert State("active") is State.ACTIVE
