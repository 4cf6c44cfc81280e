"""Grants, orders, locks and break-glass over the API: who may do what, and what comes of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sentinel.access.information.pip import Asked
from sentinel.accounts.roles import Role
from sentinel.model.access import application
from sentinel.model.facts import Kind, Told
from tests.continuous import GATEWAY
from tests.deciding import AGV, PLC, SITE, holds, published, session

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

MES = application("mes", "10.11.6.80", 80, "tcp")


def _held(doors: Doors) -> str:
    """A cut of a safety-critical session that waits; its id."""
    published(doors.access)
    now = time.time_ns()
    holds(doors.access, [session(GATEWAY, "10.45.1.12", now - 10**9, pei="860123050000024")])
    doors.access.following._log.tell([Told(Kind.WORKER, "worker", now, {"since": 1})])
    doors.access.following.hear()
    assert doors.access.decider.decide(Asked(MES, "connect", time.time_ns(), GATEWAY), "proxy").decision.allowed
    holds(doors.access, [session(GATEWAY, "10.45.1.12", now - 10**9, pei="860123050000099")])
    (row,) = doors.program(Role.AUDITOR).get("access/orders", params={"phase": "held"}).json()
    return str(row["id"])


def test_what_is_granted_is_listed(doors: Doors) -> None:
    published(doors.access)
    doors.access.decider.decide(Asked(PLC, "modbus:write", time.time_ns(), AGV), "proxy")
    client = doors.program(Role.AUDITOR)
    found = client.get("access/grants", params={"supi": AGV}).json()
    assert found["total"] == 1
    (row,) = found["rows"]
    assert (row["point"], row["action"], row["binding"]["address"]) == ("proxy", "modbus:write", "10.45.1.11")
    assert client.get("access/grants").json()["rows"] == [row]
    assert client.get("access/grants", params={"supi": GATEWAY}).json() == {"rows": [], "total": 0}


def test_a_cut_that_waits_shows_whom_it_concerns_and_who_refuses_it_says_why(doors: Doors) -> None:
    order = _held(doors)
    shown = doors.program(Role.AUDITOR).get(f"access/orders/{order}").json()
    assert (shown["held"], shown["phase"], shown["binding"]["critical"]) == ("safety", "held", True)
    assert (shown["blast"]["terminals"], shown["blast"]["groups"]) == ([GATEWAY], [["plc-gateway", 1]])
    assert (shown["blast"]["sessions"], shown["blast"]["critical"]) == (1, 1)
    assert doors.program(Role.AUDITOR).post(f"access/orders/{order}/refusal", json={"reason": "no"}).status_code == 403
    refused = doors.program(Role.ANALYST).post(f"access/orders/{order}/refusal", json={"reason": "line runs"}).json()
    assert (refused["phase"], refused["detail"], refused["by"]) == ("refused", "line runs", "analyst1")
    assert doors.program(Role.ANALYST).post(f"access/orders/{order}/approvals", json={"seconds": 60}).status_code == 409
    assert doors.program(Role.AUDITOR).get("access/orders/nonsense").status_code == 404


def test_two_persons_let_a_cut_go_ahead_for_the_same_time(doors: Doors) -> None:
    path = f"access/orders/{_held(doors)}"
    analyst, administrator = doors.program(Role.ANALYST), doors.program(Role.ADMINISTRATOR)
    assert analyst.post(f"{path}/approvals", json={"seconds": 60}).json()["phase"] == "held"
    assert analyst.post(f"{path}/approvals", json={"seconds": 60}).status_code == 403
    assert administrator.post(f"{path}/approvals", json={"seconds": 90}).status_code == 409
    done = administrator.post(f"{path}/approvals", json={"seconds": 60}).json()
    assert (done["phase"], done["ttl"], done["approvals"]) == ("sent", 60, ["analyst1", "administrator1"])
    assert doors.program(Role.AUDITOR).post(f"{path}/undo", json={"reason": "over"}).status_code == 403
    assert analyst.post(f"{path}/undo", json={"reason": "over"}).json()["phase"] == "undoing"
    assert analyst.post(f"{path}/undo", json={"reason": "over"}).status_code == 400


def test_a_lock_is_set_and_lifted(doors: Doors) -> None:
    published(doors.access)
    analyst = doors.program(Role.ANALYST)
    about = {"subject": "supi", "value": AGV}
    assert analyst.get("access/blast", params=about).json()["terminals"] == [AGV]
    lock = analyst.post("access/locks", json={**about, "reason": "stolen", "seconds": 60}).json()
    assert (lock["owner"], lock["stands"]) == ("analyst1", True)
    assert (
        doors.access.decider.decide(Asked(PLC, "modbus:write", time.time_ns(), AGV), "gw").decision.reason == "locked"
    )
    assert analyst.post(f"access/locks/{lock['id']}/lift", json={"reason": "found"}).status_code == 403
    lifted = doors.program(Role.ADMINISTRATOR).post(f"access/locks/{lock['id']}/lift", json={"reason": "found"}).json()
    assert (lifted["lifter"], lifted["stands"]) == ("administrator1", False)
    assert [each["stands"] for each in analyst.get("access/locks").json()] == [False]


@pytest.mark.parametrize(
    "body", [{"subject": "nobody"}, {"seconds": 0}, {"reason": ""}, {"value": ""}, {"seconds": 10**9}]
)
def test_a_lock_that_makes_no_sense_is_refused(doors: Doors, body: dict[str, object]) -> None:
    good = {"subject": "site", "value": SITE.site, "reason": "storm", "seconds": 60}
    assert doors.program(Role.ANALYST).post("access/locks", json={**good, **body}).status_code in (400, 422)
    assert doors.program(Role.AUDITOR).post("access/locks", json=good).status_code == 403


def test_a_break_glass_is_asked_for_closed_and_reviewed(doors: Doors) -> None:
    analyst, administrator = doors.program(Role.ANALYST), doors.program(Role.ADMINISTRATOR)
    body = {
        "subject": f"supi:{AGV}",
        "resource": "app:plc",
        "action": "modbus:diag",
        "reason": "line is down",
        "seconds": 60,
    }
    made = analyst.post("access/break-glass", json=body).json()
    assert (made["state"], made["opener"]) == ("proposed", "analyst1")
    path = f"access/break-glass/{made['id']}"
    assert analyst.post(f"{path}/approvals").status_code == 403
    assert administrator.post(f"{path}/close").json()["state"] == "closed"
    assert analyst.post(f"{path}/review", json={"reason": "not needed"}).status_code == 403
    done = administrator.post(f"{path}/review", json={"reason": "not needed"}).json()
    assert (done["state"], done["reviewer"]) == ("reviewed", "administrator1")
    assert [each["id"] for each in analyst.get("access/break-glass").json()] == [made["id"]]
