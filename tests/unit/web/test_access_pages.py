"""The pages of access: decisions, terminals, resources, permits; by name, or by pseudonym where the store seals names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from httpx import Response

from sentinel.access.deciding.locks import Subject
from sentinel.access.information.pip import Asked
from sentinel.crypto.token import form_token
from tests.deciding import AGV, FILES, PLC, SITE

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

EN, JSON = {"Accept-Language": "en"}, {"Accept": "application/json"}


def _json(doors: Doors, path: str) -> Any:
    return doors.browser("administrator").get(path, headers=JSON).json()


def _page(doors: Doors, path: str, language: str = "en") -> str:
    text: str = doors.browser("administrator").get(path, headers={"Accept-Language": language}).text
    return text


def _post(doors: Doors, who: str, path: str, **data: object) -> Response:
    answer: Response = doors.browser(who).post(path, data={"csrf": form_token(doors.tokens[who]), **data}, headers=EN)
    return answer


def _decided(doors: Doors, action: str = "modbus:write", supi: str = AGV) -> str:
    answer = doors.access.decider.decide(Asked(PLC, action, time.time_ns(), supi), "gate")
    for _ in range(200):
        if doors.store.event(answer.id):
            return answer.id
        time.sleep(0.01)
    raise AssertionError("it was not recorded")


@pytest.fixture
def policed(doors: Doors) -> Doors:
    """The doors with the example policy in force."""
    pap = doors.access.pap
    pap.draft(FILES, SITE.time_zone, by="somebody", reason="first")
    for name in ("administrator1", "analyst1"):
        pap.approve(1, by=name)
    pap.publish(1, by="somebody")
    doors.access.refresh()
    return doors


def test_a_decision_says_why_not(policed: Doors) -> None:
    """The rule that came nearest and the clause that it lacked; and it can be decided again."""
    name = _decided(policed, "modbus:diag")
    found = _json(policed, f"/decisions/{name}")
    assert found["row"]["allowed"] is False
    misses = {(miss["rule"], miss["clause"]) for miss in found["misses"]}
    assert misses == {("agv-writes-its-registers", "action"), ("agv-with-permit", "ticket")}
    assert found["again"] == {"state": "same", "digest": True}
    assert found["groups"] == ["agv", "machines", "vehicles"]
    page = _page(policed, f"/decisions/{name}")
    assert "would allow it, but its action" in page
    assert "本可允许" in _page(policed, f"/decisions/{name}", "zh-CN")


def test_what_a_lock_or_a_break_glass_decided_is_decided_again_alike(policed: Doors) -> None:
    known = policed.access.known
    known.locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=60)
    locked = _decided(policed)
    made = known.glasses.propose("any", "any", "any", suspends=[each.id for each in known.locks.everyone()], by="ada",
                                 reason="line is down", seconds=60)  # fmt: skip
    for name in ("administrator1", "analyst1"):
        known.glasses.approve(made.id, by=name)
    opened = _decided(policed)
    found = [_json(policed, f"/decisions/{name}") for name in (locked, opened)]
    assert [each["row"]["reason"] for each in found] == ["locked", "break_glass"]
    assert [each["again"] for each in found] == [{"state": "same", "digest": True}] * 2
    assert "ada: stolen" in _page(policed, f"/decisions/{locked}")  # who says so, and why
    assert "ada: line is down" in _page(policed, f"/decisions/{opened}")
    assert "被锁定拒绝" in _page(policed, "/decisions", "zh-CN")


def test_decisions_are_narrowed_by_their_address(policed: Doors) -> None:
    """Verdict, reason, terminal, resource and a query; a mistake is shown."""
    allowed, denied = _decided(policed, "modbus:read"), _decided(policed, "modbus:diag")
    stranger = _decided(policed, supi="999709999999999")

    def ids(query: str) -> set[str]:
        return {row["id"] for row in _json(policed, f"/decisions?{query}")["rows"]}

    assert ids("") == {allowed, denied, stranger}
    assert ids("verdict=allow") == {allowed}
    assert ids("reason=unknown_terminal") == ids("terminal=999709999999999") == {stranger}
    assert ids("resource=app:plc/10.11.6.50:502/tcp&q=access.action:modbus:diag") == {denied}
    assert ids("resource=x") == set()
    wrong = _json(policed, '/decisions?verdict=deny&q=a "b')
    assert (bool(wrong["error"]), wrong["column"]) == (True, 3)
    assert policed.browser("analyst").get("/decisions/none").status_code == 404


def test_before_any_policy_everything_is_denied(doors: Doors) -> None:
    """And the page says so."""
    assert "No policy was in force" in _page(doors, f"/decisions/{_decided(doors)}")


def test_a_terminal_is_told_whole(policed: Doors) -> None:
    """Identity, binding, what it holds, how far it is trusted, what it may reach, and why not."""
    found = _json(policed, f"/terminals/{AGV}?resource=app:plc/10.11.6.50:502/tcp&action=modbus:diag")
    assert (found["row"]["bound"], found["groups"]) == ("true", ["agv", "machines", "vehicles"])
    assert found["devices"] == ["860123050000016"]
    assert {"resource": str(PLC), "actions": ["connect", "modbus:read", "modbus:write"]} in found["grants"]
    assert found["tried"]["verdict"]["allowed"] is False
    assert ("agv-writes-its-registers", "action") in {
        (miss["rule"], miss["clause"]) for miss in found["tried"]["misses"]
    }
    assert found["history"][-1][1] == found["row"]["trust"]
    assert '<svg class="trend"' in _page(policed, f"/terminals/{AGV}")
    assert "is no resource" in _page(policed, f"/terminals/{AGV}?resource=x&action=connect")
    answer = policed.browser("analyst").get("/terminals/999709999999999")
    assert answer.headers["Location"].startswith("/events?q=fiveg.supi")


def test_the_register_is_searched(doors: Doors) -> None:
    """By group, and by what people know of a terminal."""
    assert len(_json(doors, "/terminals")["rows"]) == len(SITE.terminals)
    assert [row["name"] for row in _json(doors, f"/terminals?q={AGV}&group=agv")["rows"]] == [AGV]
    assert _json(doors, "/terminals?q=nobody")["rows"] == []


def test_the_level_of_data_is_said_in_the_language_of_the_page(policed: Doors) -> None:
    """The register has it in Chinese."""
    for language, words in (("en", "core"), ("zh-CN", "核心")):
        page = policed.browser("analyst").get("/resources", headers={"Accept-Language": language}).text
        assert f"<td>{words}</td>" in page


def test_who_may_reach_a_resource_and_by_which_rules(policed: Doors) -> None:
    """By action; network functions too."""
    found = _json(policed, f"/resources/{PLC}?action=modbus:write")
    assert {"supi": AGV, "group": "agv"} in found["may"]
    assert "agv-writes-its-registers" in {rule["id"] for rule in found["rules"]}
    assert _json(policed, "/resources/nf:amf")["may"] == []
    assert policed.browser("analyst").get("/resources/app:other").status_code == 404


def test_a_permit_is_asked_for_approved_and_revoked(doors: Doors) -> None:
    """Not by the same person; and then it stands, until it is revoked."""
    wish = {"writer": "tablet", "target": "plc", "hours": "4", "reason": "repair"}
    assert _post(doors, "administrator", "/permits", **wish).headers["Location"] == "/permits?notice=asked"
    own = _post(doors, "administrator", "/permits/1/approve")
    assert (own.status_code, "nobody approves what they asked for" in own.text.lower()) == (403, True)
    assert _post(doors, "analyst", "/permits/1/approve").status_code == 303
    assert _json(doors, "/permits")["standing"] == 1
    assert doors.access.permits.stands(PLC, ("tablet",), time.time_ns())
    assert _post(doors, "analyst", "/permits/1/end").status_code == 303
    assert not doors.access.permits.stands(PLC, ("tablet",), time.time_ns())
    assert _post(doors, "auditor", "/permits", **wish).status_code == 403


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"writer": "nobody"}, "terminal or a group"), ({"target": "x"}, "asset of the register"), ({"begins": "x"}, "begins at a time"),
     ({"reason": " "}, "give a reason"), ({"begins": "2020-01-01T00:00"}, "ends after it begins")],
)  # fmt: skip
def test_what_makes_no_permit_is_said(doors: Doors, changed: dict[str, str], said: str) -> None:
    """On the page, with what was written."""
    wish = {"writer": "tablet", "target": "plc", "reason": "repair", "ticket": "T9", **changed}
    answer = _post(doors, "administrator", "/permits", **wish)
    assert answer.status_code == 400
    assert said in answer.text.lower()
    assert "T9" in answer.text


@pytest.mark.parametrize("doors", ["sealed"], indirect=True)
def test_sealed_names_stay_sealed(doors: Doors) -> None:
    """The register is shown by pseudonyms, which lead to the same terminals."""
    rows = _json(doors, "/terminals")["rows"]
    assert all(row["name"].startswith("ps-supi-") for row in rows)
    page = _page(doors, f"/terminals/{rows[0]['name']}")
    assert AGV not in page
    assert SITE.terminals[0].imei not in page
    assert f"<code>{rows[0]['name']}</code>" in page
