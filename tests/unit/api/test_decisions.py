from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sentinel.access.deciding.recorder import Recorder
from sentinel.access.information.pip import Asked
from sentinel.accounts.roles import Role
from tests.deciding import AGV, PLC, alert, published

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


def test_decisions_are_found_among_all_events(doors: Doors) -> None:
    published(doors.access)
    for verb in ("modbus:write", "modbus:diag"):
        doors.access.decider.decide(Asked(PLC, verb, time.time_ns(), AGV), "gateway")
    doors.access.decider.close()
    client = doors.program(Role.AUDITOR)
    assert len(client.get("decisions").json()["rows"]) == 2
    (row,) = client.get("decisions", params={"q": "access.decision:deny OR access.decision:x"}).json()["rows"]
    assert (row["access.action"], row["access.reason"], row["fiveg.supi"]) == ("modbus:diag", "no_rule", AGV)


def test_trust_is_computed_again_for_any_moment(doors: Doors) -> None:
    before = time.time_ns()
    doors.store.add([], [alert(last=time.time_ns())], [])
    doors.access.trust.refresh()
    client = doors.program(Role.ANALYST)
    now = client.get(f"trust/{AGV}").json()
    assert now["score"] in (49, 50)
    assert [(term["alert"], term["plane"], term["weight"]) for term in now["terms"]] == [("a1", "ot", 0.5)]
    then = client.get(f"trust/{AGV}", params={"at": str(before)}).json()
    assert (then["score"], then["terms"]) == (100, [])


def test_without_a_site_plan_nothing_decides(doors: Doors) -> None:
    doors.app.routes[0].app.state.parts.__dict__["access"] = None  # type: ignore[attr-defined]
    assert "expected a site plan" in doors.program(Role.ANALYST).get(f"trust/{AGV}").json()["detail"]


def test_the_status_says_whether_decisions_are_kept(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = doors.program("auditor")
    assert auditor.get("status").json()["decisions"] == "kept"
    monkeypatch.setattr(Recorder, "problem", "the store does not answer")
    assert auditor.get("status").json()["decisions"] == "the store does not answer"
