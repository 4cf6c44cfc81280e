"""The page of enforcement: what waits for two persons, locks, break-glass, and what every page shows of it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from httpx import Response

from sentinel.access.administration.ordering import Cause, Wish
from sentinel.accounts.roles import Role
from sentinel.crypto.token import form_token
from sentinel.enforcement.registry import Kind, Registered
from sentinel.model.audit import Act, Action
from sentinel.model.enforcement import Binding, Command, Flow, Verb
from sentinel.store.control import User
from sentinel.web.i18n import Translator, zone
from sentinel.web.mistakes import explain
from tests.deciding import AGV, SITE

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

EN = {"Accept-Language": "en"}
PASSWORD = "correct horse battery"


def _json(doors: Doors, path: str = "/enforcement") -> Any:
    return doors.browser("administrator").get(path, headers={"Accept": "application/json"}).json()


def _post(doors: Doors, who: str, path: str, /, **data: object) -> Response:
    answer: Response = doors.browser(who).post(path, data={"csrf": form_token(doors.tokens[who]), **data}, headers=EN)
    return answer


def _page(doors: Doors, path: str = "/enforcement", language: str = "en") -> str:
    text: str = doors.browser("administrator").get(path, headers={"Accept-Language": language}).text
    return text


def test_a_lock_is_set_from_the_terminals_page_and_lifted(doors: Doors) -> None:
    """With reason and end; nothing that is nobody's, nothing without a reason."""
    assert "Lock this terminal" in _page(doors, f"/terminals/{AGV}")
    wish = {"subject": "supi", "value": AGV, "hours": "4"}
    assert _post(doors, "analyst", "/enforcement/locks", **wish, reason="doubtful").status_code == 303
    (lock,) = _json(doors)["locks"]
    assert (lock["shown"], lock["owner"], lock["stands"]) == (AGV, "analyst1", True)
    assert doors.access.known.locks.standing(time.time_ns())[0].value == AGV
    assert _post(doors, "analyst", f"/enforcement/locks/{lock['id']}/lift", reason="fine").status_code == 403
    assert _post(doors, "administrator", f"/enforcement/locks/{lock['id']}/lift").status_code == 400
    assert _post(doors, "administrator", f"/enforcement/locks/{lock['id']}/lift", reason="fine").status_code == 303
    assert _json(doors)["locks"][0]["lifter"] == "administrator1"
    refused = _post(doors, "administrator", "/enforcement/locks", subject="x", value="kept-text", reason="y")
    assert (refused.status_code, "kept-text" in refused.text) == (400, True)
    assert _post(doors, "auditor", "/enforcement/locks", **wish, reason="x").status_code == 403
    assert _post(doors, "analyst", "/enforcement/locks", subject="site", reason="fire").status_code == 303
    assert _json(doors)["locks"][0]["shown"] == SITE.site


def test_a_break_glass_is_on_every_page_until_it_is_closed(doors: Doors) -> None:
    """Asked for, approved by two others, shown, closed, reviewed by somebody else."""
    wish = {"who": "tablet", "resource": "app:plc", "action": "modbus:write", "minutes": "30", "reason": "line stands"}
    assert _post(doors, "administrator", "/enforcement/glasses", **wish).status_code == 303
    glass = f"/enforcement/glasses/{_json(doors)['glasses'][0]['id']}"
    assert _post(doors, "administrator", f"{glass}/approve").status_code == 403
    assert "Break-glass is open" not in _page(doors, "/alerts")
    assert _post(doors, "analyst", f"{glass}/approve").status_code == 303
    doors.access.known.glasses.approve(glass.rpartition("/")[2], by=_third(doors))
    for path in ("/alerts", "/events", "/policies"):
        assert "Break-glass is open" in _page(doors, path)
    part = doors.browser("auditor").get("/enforcement/banner?poll=1", headers={"HX-Request": "true", **EN}).text
    assert ("<html" not in part, "Break-glass is open" in part) == (True, True)
    assert _post(doors, "analyst", f"{glass}/close").status_code == 303
    assert _post(doors, "administrator", f"{glass}/review", said="wrote a register").status_code == 403
    assert _post(doors, "analyst", f"{glass}/review", said="wrote a register").status_code == 303
    assert _json(doors)["glasses"][0]["state"] == "reviewed"
    assert "is no action" in _post(doors, "administrator", "/enforcement/glasses", **{**wish, "action": "x"}).text


def _third(doors: Doors) -> str:
    """Somebody else who may approve and was there before."""
    doors.accounts.create("third", PASSWORD, Role.ANALYST, by="command:root")
    with doors.access.pap._control.begin() as session:
        for user in session.query(User).filter(User.name == "third"):
            user.created = 0.0
        session.tell(Act(Action.USER_CHANGED, "command:root", "third"))
    return "third"


@pytest.fixture
def held(doors: Doors) -> Doors:
    """The doors with a cut of a safety-critical session that waits."""
    command = Command(
        Verb.QUARANTINE, "d1", Binding(AGV, address="10.45.1.11", critical=True), 600, Flow("10.11.6.50", 502, "tcp")
    )
    doors.access.administrator.ordering.give(Wish(command, Cause("denied", "", by="somebody"), ("gate",)))
    return doors


def test_what_waits_is_shown_with_whom_it_concerns(held: Doors) -> None:
    """On every page; one person is not enough, and the second one sees the same time."""
    (row,) = _json(held)["held"]
    assert (row["supi"], row["held"], row["group"]) == (AGV, "safety", "agv")
    assert "1 cut waits for two persons" in _page(held, "/alerts")
    assert "1 项切断等待双人批准" in _page(held, "/alerts", "zh-CN")
    order = f"/enforcement/orders/{row['id']}"
    assert _post(held, "administrator", f"{order}/approve", minutes="30").status_code == 303
    assert _post(held, "administrator", f"{order}/approve", minutes="30").status_code == 403
    assert _post(held, "analyst", f"{order}/approve", minutes="60").status_code == 409
    assert _json(held)["held"][0]["approvals"] == ["administrator1"]
    assert _post(held, "analyst", f"{order}/refuse", said="not now").status_code == 303
    assert (_json(held)["held"], _json(held)["orders"][0]["phase"]) == ([], "refused")
    assert _post(held, "analyst", f"{order}/undo", said="x").status_code == 400


def test_each_enforcement_point_is_shown_with_what_was_heard_of_it(doors: Doors) -> None:
    """Kind and address, when it was heard, what waits, and what came last; also where there is none."""
    assert "nothing carries them out" in _page(doors)
    points = [Registered("n6", Kind.NFTABLES), Registered("smf1", Kind.RADIUS, "10.11.4.30:3799")]
    object.__setattr__(doors.access, "registered", lambda: points)
    doors.access.feed.changes("n6", "", -1, 0)
    gateway, smf = _json(doors)["points"]
    assert (gateway["name"], gateway["kind"], gateway["waiting"]) == ("n6", "nftables", 0)
    assert time.time_ns() - gateway["heard"] < 60 * 10**9
    assert (smf["address"], smf["heard"], smf["outcome"]) == ("10.11.4.30:3799", 0, "")
    assert "待执行指令" in _page(doors, language="zh")


def test_what_came_of_orders_is_said_in_the_readers_language() -> None:
    chinese = Translator("zh-CN", zone("UTC"))
    assert explain("`soar:9` does not answer: connection refused", chinese) == "`soar:9` 无应答：connection refused"
    for said in ("10.11.4.30: no answer to 3 requests", "no answer reached the terminal for 0.5 s", "lock_lifted"):
        assert re.search("[一-龥]", explain(said, chinese))
