from __future__ import annotations

import pytest

from sentinel.accounts.points import Points
from sentinel.errors import AuthenticationError, AuthorizationError, ConfigError, ConflictError
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, PointSettings
from tests.auditing import Kept


def test_a_point_asks_from_when_it_is_read_until_it_is_removed() -> None:
    kept = Kept()
    control = ControlDatabase("sqlite://", kept)
    points = Points(control)
    token = points.enrol("gateway", by="ada")
    with pytest.raises(AuthenticationError):
        points.admit(token, "http")
    points.refresh()
    with pytest.raises(AuthorizationError, match="no enforcement point of kind `http`"):
        points.admit(token, "http")
    with control.begin() as session:
        session.add(PointSettings(name="gateway", kind="http", active=True, created=0.0))
        session.tell(Act(Action.POINT_ADDED, "ada", "gateway"))
    points.refresh()
    with pytest.raises(AuthorizationError):
        points.admit(token, "dn-aaa")
    assert points.admit(token, "http") == "gateway"
    with pytest.raises(ConflictError):
        points.enrol("gateway", by="ada")
    points.remove("gateway", by="ada")
    points.refresh()
    with pytest.raises(AuthenticationError, match="not the token of an enforcement point"):
        points.admit(token, "http")
    with pytest.raises(ConfigError, match="there is no enforcement point `gateway`"):
        points.remove("gateway", by="ada")
    assert [act.action for act in kept.acts] == [Action.POINT_ADDED, Action.POINT_ADDED, Action.POINT_REMOVED]
    assert [each.active for each in points.everyone()] == [False]
