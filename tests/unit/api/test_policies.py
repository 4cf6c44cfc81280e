from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sentinel.accounts.roles import Role
from tests.deciding import FILES, POLICY

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.unit.conftest import Doors

DRAFT = {"files": FILES, "reason": "the new line", "ticket": "T-1"}


def _did(client: TestClient, path: str, status: int, body: Any = None) -> Any:
    answer = client.post(f"policies{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_policy_is_written_by_one_approved_by_others_and_in_force(doors: Doors) -> None:
    ada, ben = doors.program(Role.ADMINISTRATOR), doors.program(Role.ANALYST)
    doors.accounts.create("eve", "correct horse battery", Role.ANALYST, by="root")
    assert _did(ada, "", 201, DRAFT)["author"] == "administrator1"
    assert "of their own" in _did(ada, "/1/approvals", 403)["detail"]
    assert _did(ben, "/1/approvals", 200)["approvals"] == ["analyst1"]
    assert "has 1 approvals" in _did(ada, "/1/publication", 403)["detail"]
    doors.access.pap.approve(1, by="eve")
    assert _did(ada, "/1/publication", 200)["publisher"] == "administrator1"
    assert doors.access.decider.pdp.snapshot.version == 1
    assert _did(ada, "/1/rollback", 201, {"reason": "as before"})["copy_of"] == 1
    assert [each["version"] for each in ben.get("policies").json()] == [2, 1]
    assert ben.get("policies/1/files").json() == FILES


def test_an_auditor_reads_and_changes_nothing(doors: Doors) -> None:
    auditor = doors.program(Role.AUDITOR)
    assert auditor.get("policies").json() == []
    _did(auditor, "", 403, DRAFT)
    _did(auditor, "/1/approvals", 403)


def test_a_mistake_is_told_with_file_and_line(doors: Doors) -> None:
    files = {**FILES, "data/policy.yml": FILES["data/policy.yml"].replace("effect: deny", "effect: Deny")}
    told = _did(doors.program(Role.ADMINISTRATOR), "", 400, DRAFT | {"files": files})["detail"]
    assert told.startswith("data/policy.yml:8: `rules.0.effect`")
    assert "no version 9" in _did(doors.program(Role.ANALYST), "/9/approvals", 400)["detail"]
    assert len(POLICY.rules) == 17


def test_no_number_and_no_text_is_a_failure_of_ours(doors: Doors) -> None:
    ada = doors.program(Role.ADMINISTRATOR)
    assert ada.get(f"policies/{2**63}/files").status_code == 404
    body = b'{"files": {"groups.yml": "\\udcff"}, "reason": "because"}'
    said = ada.post("policies", content=body, headers={"Content-Type": "application/json"})
    assert (said.status_code, said.headers["Content-Type"]) == (400, "application/problem+json"), said.text


def test_a_version_in_shadow_is_reported_and_ended(doors: Doors) -> None:
    ada, ben = doors.program(Role.ADMINISTRATOR), doors.program(Role.ANALYST)
    assert ben.get("policies/shadow").status_code == 404
    _did(ada, "", 201, DRAFT)
    assert ben.put("policies/1/shadow").status_code == 403
    assert ada.put("policies/1/shadow").json()["by"] == "administrator1"
    said = ben.get("policies/shadow").json()
    assert (said["shadowed"]["version"], said["judged"], said["differences"]) == (1, 0, [])
    assert ben.delete("policies/shadow").status_code == 403
    assert ada.delete("policies/shadow").json()["version"] == 1
    assert ada.put("policies/7/shadow").status_code == 400
