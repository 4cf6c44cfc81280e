"""Risk by the API: the entities of recent alerts, those at most risk first."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from tests.unit.conftest import an_alert

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


def test_entities_of_recent_alerts_by_risk(doors: Doors) -> None:
    client = doors.program("auditor")
    assert client.get("risk").json() == []  # what there is lies too far back
    now = time.time_ns()
    for number in (1, 4):
        fresh = dataclasses.replace(
            an_alert(number), id=f"fresh-{number}", first=now, last=now, entity=(("source.ip", f"10.0.0.{number}"),),
            fields={},
        )  # fmt: skip
        doors.store.add([], [fresh], [])
    first, second = client.get("risk").json()
    assert (first["value"], first["rules"], first["alerts"]) == ("10.0.0.4", ["rule-4"], ["fresh-4"])
    assert 0 < second["score"] < first["score"] <= 80
    assert len(client.get("risk", params={"limit": 1}).json()) == 1
