from __future__ import annotations

import pytest

from sentinel.accounts.points import Points
from sentinel.errors import AuthenticationError, ConfigError, ConflictError
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


def test_a_point_asks_from_when_it_is_read_until_it_is_removed() -> None:
    kept = Kept()
    points = Points(ControlDatabase("sqlite://", kept))
    token = points.enrol("gateway", by="ada")
    with pytest.raises(AuthenticationError):
        points.authenticate(token)
    points.refresh()
    assert points.authenticate(token) == "gateway"
    with pytest.raises(ConflictError):
        points.enrol("gateway", by="ada")
    points.remove("gateway", by="ada")
    points.refresh()
    with pytest.raises(AuthenticationError, match="not the token of an enforcement point"):
        points.authenticate(token)
    with pytest.raises(ConfigError, match="there is no enforcement point `gateway`"):
        points.remove("gateway", by="ada")
    assert [act.action for act in kept.acts] == [Action.POINT_ADDED, Action.POINT_REMOVED]
    assert [each.active for each in points.everyone()] == [False]
