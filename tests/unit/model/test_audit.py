"""The vocabulary of the audit log."""

from __future__ import annotations

import dataclasses
import re

import pytest

from sentinel.model.audit import Act, Action, Outcome


def test_an_action_is_a_noun_and_what_happens_to_it() -> None:
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", action) for action in Action)


def test_an_act_is_done_unless_it_says_otherwise_and_cannot_be_changed() -> None:
    act = Act(Action.USER_ADDED, "anna", "ben")
    assert (act.outcome, act.details) == (Outcome.DONE, {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        act.actor = "ben"  # type: ignore[misc]
