"""The pages of policies: written, studied, approved by others, published, repeated."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from httpx import Response

from sentinel.access.authoring.files import RULES
from sentinel.accounts.accounts import SESSION_COOKIE
from sentinel.accounts.roles import Role
from sentinel.crypto.token import form_token
from sentinel.enforcement.registry import Kind, Registered
from sentinel.errors import SentinelError
from tests.deciding import FILES, SITE

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.unit.conftest import Doors

PASSWORD = "correct horse battery"
EN = {"Accept-Language": "en"}
DRAFT = "/policies/draft"


@pytest.fixture
def policies(doors: Doors) -> Doors:
    """The doors, with two more who may approve, from the host itself."""
    for name in ("ben", "eve"):
        doors.accounts.create(name, PASSWORD, Role.ADMINISTRATOR, by="command:root")
    return doors


def _browser(doors: Doors, name: str) -> tuple[TestClient, str]:
    token = doors.tokens.get(name.removesuffix("1")) or doors.accounts.login(name, PASSWORD).token
    client = doors.browser()
    client.cookies.set(SESSION_COOKIE, token)
    return client, form_token(token)


def _post(doors: Doors, path: str, name: str = "administrator1", /, **data: object) -> Response:
    client, csrf = _browser(doors, name)
    answer: Response = client.post(path, data={"csrf": csrf, **data}, headers=EN)
    return answer


def _json(doors: Doors, path: str, name: str = "administrator1") -> Any:
    return _browser(doors, name)[0].get(path, headers={"Accept": "application/json"}).json()


def _page(doors: Doors, path: str, language: str = "en") -> str:
    text: str = _browser(doors, "administrator1")[0].get(path, headers={"Accept-Language": language}).text
    return text


def _published(doors: Doors) -> None:
    _post(doors, DRAFT)
    assert _post(doors, f"{DRAFT}/propose", reason="first").headers["Location"] == "/policies/1?notice=proposed"
    for name in ("ben", "eve"):
        assert _post(doors, "/policies/1/approve", name).status_code == 303
    assert _post(doors, "/policies/1/publish").headers["Location"] == "/policies/1?notice=published"


def test_from_a_draft_into_force_and_back(policies: Doors) -> None:
    """Two others approve; an earlier version comes back as a new one."""
    _published(policies)
    assert _json(policies, "/policies")["live"] == 1
    assert policies.access.decider.pdp.snapshot.version == 1
    _post(policies, DRAFT)
    _post(policies, f"{DRAFT}/propose", reason="second")
    for name in ("ben", "eve"):
        _post(policies, "/policies/2/approve", name)
    _post(policies, "/policies/2/publish")
    assert [row["state"] for row in _json(policies, "/policies")["rows"]] == ["in_force", "earlier"]
    assert _post(policies, "/policies/1/rollback", reason="back").headers["Location"] == "/policies/3?notice=proposed"
    assert "repeats version 1" in _page(policies, "/policies/3")


def test_what_is_refused_is_said_on_the_page(policies: Doors) -> None:
    """Approving one's own, publishing too early, an account that does not count: in the reader's language."""
    _post(policies, DRAFT)
    _post(policies, f"{DRAFT}/propose", reason="first")
    for name in ("analyst1", "late"):
        if name == "late":
            policies.accounts.create(name, PASSWORD, Role.ANALYST, by="administrator1")
        assert _post(policies, "/policies/1/approve", name).status_code == 303
    own = _post(policies, "/policies/1/approve")
    assert (own.status_code, "nobody approves a version of their own" in own.text.lower()) == (403, True)
    early = _post(policies, "/policies/1/publish")
    assert early.status_code == 403
    assert "has 0 approvals that count" in early.text or "has 1 approvals that count" in early.text
    assert "晚于草稿创建" in _page(policies, "/policies/1", "zh-CN")


def test_what_is_wrong_is_said_while_it_is_written(policies: Doors) -> None:
    """With file and line, as JSON for the editor and as a page for who has no script."""
    _post(policies, DRAFT)
    wrong = FILES["data/policy.yml"].replace("effect: deny", "effect: Deny")
    client, csrf = _browser(policies, "administrator1")
    body = {"csrf": csrf, "path": "data/policy.yml", "text": wrong}
    answer = client.post(f"{DRAFT}/files", data=body, headers={"Accept": "application/json", **EN}).json()
    assert [(one["path"], one["line"]) for one in answer["mistakes"]] == [("data/policy.yml", 8)]
    page = _page(policies, f"{DRAFT}?file=data/policy.yml", "zh-CN")
    assert "data/policy.yml:8" in page
    assert "应为" in page
    assert _post(policies, f"{DRAFT}/propose", reason="x").status_code == 400
    assert "effect" in _json(policies, f"{DRAFT}/analysis")["error"]
    assert _post(policies, f"{DRAFT}/files", path="../x", text="y").status_code == 400
    assert _post(policies, f"{DRAFT}/end").headers["Location"] == "/policies?notice=ended"


def test_what_is_not_signed_is_said_on_the_page(policies: Doors) -> None:
    """With what to do about it."""
    policies.access.decider.withheld = "version 3 is not signed; draft its content anew, and publish that"
    assert "not signed: draft and publish it anew" in _page(policies, "/policies")
    assert "请重新起草并发布" in _page(policies, "/policies", "zh-CN")


def test_a_restriction_is_one_form(policies: Doors) -> None:
    """It writes the rule; cases that expect otherwise are brought up to date; the change is told by examples."""
    _published(policies)
    _post(policies, DRAFT)
    wish: dict[str, object] = {"group": "plc-gateway", "resource": "app:plc", "action": ["modbus:write"]}
    where = _post(policies, f"{DRAFT}/restrict", **wish).headers["Location"]
    first, last = map(int, where.partition("notice=restricted#line-")[2].split("-"))
    text = _json(policies, where.partition("#")[0])["text"].splitlines()[first - 1 : last]
    assert text[0].strip() == "- id: only-plc-gateway-app-plc"
    assert text[-1].strip().startswith("owner:")
    tests = _json(policies, f"{DRAFT}/tests")
    failing = [f"{row['path']}:{row['line']}" for row in tests["rows"] if row["problem"]]
    assert tests["failed"] == len(failing) > 0
    assert _post(policies, f"{DRAFT}/accept", case="nope:x").status_code == 400  # no line
    _post(policies, f"{DRAFT}/accept", case=failing)
    assert _json(policies, f"{DRAFT}/tests")["failed"] == 0
    changes = _json(policies, f"{DRAFT}/changes")
    assert changes["added"] == ["only-plc-gateway-app-plc"]
    assert {(row["gained"], row["rule"]) for row in changes["rows"]} == {(False, "only-plc-gateway-app-plc")}
    assert "denied now" in _page(policies, f"{DRAFT}/changes")
    assert _post(policies, f"{DRAFT}/restrict", group="nobody").status_code == 400


def test_who_restricts_what_packet_filters_do_not_see_is_told(policies: Doors) -> None:
    _published(policies)
    _post(policies, DRAFT)
    wish: dict[str, object] = {"group": "plc-gateway", "resource": "app:plc", "action": ["modbus:write"]}
    assert "blind" not in _post(policies, f"{DRAFT}/restrict", **wish).headers["Location"]
    object.__setattr__(policies.access, "registered", lambda: [Registered("n6", Kind.NFTABLES)])
    where = _post(policies, f"{DRAFT}/restrict", **wish).headers["Location"]
    assert "choose connect as well" in _page(policies, where.partition("#")[0])
    wish["action"] = ["modbus:write", "connect"]
    assert "blind" not in _post(policies, f"{DRAFT}/restrict", **wish).headers["Location"]


def test_a_what_if_runs_beside_the_page(policies: Doors) -> None:
    """Asked for by a form, followed by its live part."""
    _post(policies, DRAFT)
    assert _json(policies, f"{DRAFT}/whatif")["state"] == "none"
    assert _post(policies, f"{DRAFT}/whatif", since="-7d").headers["Location"] == f"{DRAFT}/whatif?since=-7d"
    for _ in range(200):
        found = _json(policies, f"{DRAFT}/whatif?since=-7d")
        if found["state"] == "done":
            break
        time.sleep(0.02)
    assert (found["state"], found["error"]) == ("done", "")
    client, _ = _browser(policies, "administrator1")
    part = client.get(f"{DRAFT}/whatif?since=-7d", headers={"HX-Request": "true", **EN}).text
    assert "<html" not in part
    assert 'id="whatif"' in part


def test_every_study_has_its_page(policies: Doors) -> None:
    """In both languages, of a version and of a draft."""
    _published(policies)
    _post(policies, "/policies/1/draft")
    for which in ("1", "draft"):
        for tab, english, chinese in (("analysis", "Denied in part", "部分被拒绝"), ("tests", "passes", "通过"),
                                      ("changes", "No request is decided otherwise", "没有任何请求"), ("whatif", "What if", "回放推演")):  # fmt: skip
            assert english in _page(policies, f"/policies/{which}/{tab}")
            assert chinese in _page(policies, f"/policies/{which}/{tab}", "zh-CN")
    rule = _json(policies, "/policies/1/files?rule=moved-sim")
    assert (rule["path"], rule["text"].splitlines()[rule["line"] - 1].strip()) == (
        f"terminal_access/{RULES}",
        "- id: moved-sim",
    )


def test_who_may_not_write_may_read(policies: Doors) -> None:
    """An analyst sees versions, not the editor; there is no version 9."""
    _published(policies)
    client, csrf = _browser(policies, "analyst1")
    assert client.get("/policies/1").status_code == 200
    assert client.get(DRAFT).status_code == 403
    assert client.post("/policies/1/publish", data={"csrf": csrf}).status_code == 403
    for path in ("/policies/9", "/policies/9/tests", "/policies/x/tests", "/policies/draft/tests"):
        assert client.get(path).status_code == 404


def test_words_for_the_editor(policies: Doors) -> None:
    """Names of the site; none without a draft."""
    _post(policies, DRAFT)
    found = _json(policies, f"{DRAFT}/words")
    assert "grp:agv" in found["subjects"]
    assert found["values"]["site"] == [SITE.site]
    policies.access.workings.end("administrator1")
    with pytest.raises(SentinelError):
        policies.access.workings.write("administrator1", "model.conf", "x")


def test_a_version_judges_in_shadow(policies: Doors) -> None:
    """Put there and taken away by who keeps policies; its report is a page."""
    _published(policies)
    _post(policies, DRAFT)
    _post(policies, f"{DRAFT}/propose", reason="second")
    assert _post(policies, "/policies/shadow", version="2").headers["Location"] == "/policies/shadow"
    assert _json(policies, "/policies/shadow")["shadowed"]["version"] == 2
    assert "in shadow" in _page(policies, "/policies")
    assert "It never differed" in _page(policies, "/policies/shadow")
    assert _post(policies, "/policies/shadow").headers["Location"] == "/policies"
    assert _json(policies, "/policies")["shadow"] == 0
