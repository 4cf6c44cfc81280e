"""Facts about where flows go and how."""

from __future__ import annotations

import pytest

from sentinel.model.event import Value
from sentinel.site import Asset, SitePlan
from sentinel.state import State
from tests.unit.state.conftest import Make, facts


@pytest.mark.parametrize(
    ("address", "outside"),
    [("8.8.8.8", True), ("203.0.113.7", True), ("2001:db8::1", True), ("10.9.9.9", False), ("172.20.0.1", False),
     ("100.64.0.1", False), ("239.1.1.1", False), ("fe80::1", False), ("fd00::1", False), ("", False)],
)  # fmt: skip
def test_outside_is_what_is_not_private(make: Make, address: str, outside: bool) -> None:
    (said,) = facts(State(), make("flow.started", source__ip="10.45.0.2", destination__ip=address))
    assert said["fiveg.flow.external"] is outside


def test_an_asset_and_a_terminal_are_inside(make: Make, site: SitePlan) -> None:
    assets = (Asset("198.51.100.4", role="plc"), Asset("198.51.100.5"))
    mine = site.model_copy(update={"assets": assets, "ue_pools": ("198.51.100.64/26",)})
    mine = SitePlan.model_validate(mine.model_dump(exclude={"assets"})).model_copy(update={"assets": assets})
    said: list[dict[str, Value]] = facts(
        State(mine), *(make("flow.started", destination__ip=f"198.51.100.{last}") for last in (4, 5, 70, 9))
    )
    assert [each["fiveg.flow.external"] for each in said] == [False, False, False, True]
    assert [each.get("fiveg.flow.asset_role") for each in said] == ["plc", None, None, None]
