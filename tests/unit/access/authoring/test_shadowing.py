from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.access.authoring.pap import Pap
from sentinel.access.authoring.shadowing import Shadows
from sentinel.errors import AccessError
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.deciding import FILES, SITE, people


def test_one_version_is_in_shadow_at_most_and_who_put_it_there_is_on_record(tmp_path: Path) -> None:
    kept = Kept()
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", kept)
    people(control, "ada")
    pap = Pap(control)
    shadows = Shadows(control, pap, clock=lambda: 7.0)
    with pytest.raises(AccessError, match="no version 1"):
        shadows.start(1, by="ada")
    with pytest.raises(AccessError, match="no version is in shadow"):
        shadows.stop(by="ada")
    for number in (1, 2):
        pap.draft(FILES, SITE.time_zone, by="ada", reason="first")
        shadows.start(number, by="ada")
    current = shadows.current()
    assert current is not None
    assert (current.version, current.since, current.by) == (2, 7.0, "ada")
    assert shadows.stop(by="ada").version == 2
    assert shadows.current() is None
    told = [(act.target, act.details["step"]) for act in kept.acts if act.action is Action.POLICY_SHADOWED]
    assert told == [("1", "started"), ("1", "ended"), ("2", "started"), ("2", "ended")]
    control.close()
