from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentinel.access.deciding.recorder import Recorder
from sentinel.access.information.pip import Asked
from sentinel.accounts.roles import Role
from sentinel.model.audit import Act, Action
from sentinel.model.facts import Kind
from sentinel.store.facts import FactLog
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


def test_records_that_may_be_lost_are_an_event_and_stand_in_the_status(
    doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as the disk fails behind a decision, before the next one is asked for."""
    auditor = doors.program("auditor")
    doors.access.watch(doors.ledger)

    def fails(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("sentinel.audit.syncing.os.fdatasync", fails)
        doors.ledger.write(Act(Action.ACCESS_DECIDED, "gateway"))
        until = time.monotonic() + 10
        while not doors.ledger.log.syncing.failed and time.monotonic() < until:
            time.sleep(0.01)
    assert auditor.get("status").json()["decisions"] == "[errno 5] input/output error"
    doors.access.following.write()
    told = FactLog(tmp_path / "facts.db")
    kinds = [each.fields["event.action"] for each in told.after(0, [Kind.EVENT])]
    told.close()
    assert kinds == ["access.records_unsynchronised"]


def test_the_status_says_whether_decisions_are_kept(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = doors.program("auditor")
    assert auditor.get("status").json()["decisions"] == "kept"
    monkeypatch.setattr(Recorder, "problem", "the store does not answer")
    assert auditor.get("status").json()["decisions"] == "the store does not answer"
