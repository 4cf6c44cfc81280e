"""What the pages show and do."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from httpx import Response

from sentinel.config import shipped
from sentinel.crypto.token import form_token
from sentinel.model.alert import AlertState, ClosingReason
from sentinel.model.event import Value
from sentinel.model.triage import Change
from sentinel.pipeline import load_rules
from sentinel.web.labels import NAMES
from tests.unit.conftest import an_alert

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

ZH = {"Accept-Language": "zh-CN"}
EN = {"Accept-Language": "en"}


def _post(doors: Doors, who: str, path: str, **data: object) -> Response:
    answer: Response = doors.browser(who).post(path, data={"csrf": form_token(doors.tokens[who]), **data}, headers=EN)
    return answer


def _json(doors: Doors, path: str, role: str = "analyst") -> Any:
    return doors.browser(role).get(path, headers={"Accept": "application/json"}).json()


def test_the_queue_in_both_languages(doors: Doors) -> None:
    """Severity in words and shape; titles in the reader's language."""
    chinese = doors.browser("analyst").get("/alerts", headers=ZH).text
    for text in ("标题4", "严重", "高危", "中危", "低危", "提示", "告警队列", "icons.svg"):
        assert text in chinese
    english = doors.browser("analyst").get("/alerts", headers=EN).text
    for text in ("Title 4", "Critical", "Informational", "7 alerts match"):
        assert text in english


def test_the_queue_narrows_by_its_address(doors: Doors) -> None:
    """Open alerts unless the address says otherwise; `me` is the reader."""
    doors.store.triage("alert-0", Change(AlertState.CLOSED, ClosingReason.DUPLICATE), "x", 1, 0)
    doors.store.triage("alert-1", Change(assignee="analyst1"), "x", 1, 0)

    def ids(query: str) -> list[str]:
        return sorted(row["id"] for row in _json(doors, f"/alerts?{query}")["rows"])

    assert ids("") == [f"alert-{number}" for number in range(1, 7)]
    assert ids("state=closed") == ["alert-0"]
    assert len(ids("state=all")) == 7
    assert ids("assignee=me") == ["alert-1"]
    assert ids("severity=critical&severity=high") == ["alert-3", "alert-4"]
    assert ids("rule=rule-5&rule=") == ["alert-5"]
    assert ids("q=fiveg.supi:*0006") == ["alert-6"]
    assert ids("since=-1h&severity=nonsense") == []


def test_the_live_part_is_a_part(doors: Doors) -> None:
    """What the page asks for again has no frame around it and renews itself at the same address."""
    part = doors.browser("analyst").get("/alerts?state=new&poll=1", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="live" hx-get="/alerts?state=new&amp;poll=1"')
    assert "<html" not in part


def test_a_mistake_in_a_query_is_shown_where_it_is(doors: Doors) -> None:
    """On both pages that search, in both languages."""
    for path in ("/alerts", "/events"):
        answer = doors.browser("analyst").get(f'{path}?q=a "b', headers=ZH)
        assert answer.status_code == 400
        assert "第 3 列有误" in answer.text
        assert "此处开始的短语缺少结束引号" in answer.text
    assert "has no closing quote" in doors.browser("analyst").get('/events?q=a "b', headers=EN).text


def test_an_alert_tells_who_what_why_and_with_which_proof(doors: Doors) -> None:
    """Identity and its source, the condition tree, the ladder, techniques, response, doubts."""
    page = doors.browser("analyst").get("/alerts/alert-4", headers=ZH).text
    for text in ("999700000000004", "N4 接口 PFCP", "fiveg.nas.cipher = NEA0", "NEA0", "该字段不存在", '<svg class="ladder"',
                 "gNB", "AMF", "10.11.2.101", "NAS Exploit", "FGT5012.006", "Wireless Compromise", "这样处置", "演练", "发现什么",
                 "evidence.pcap", "尚无处置记录"):  # fmt: skip
        assert text in page
    assert "plant&lt;b&gt;.pcap" in page
    assert "<b>.pcap" not in page


def _alert_about(doors: Doors, *entity: tuple[str, str], **fields: Value) -> str:
    alert = replace(
        an_alert(4), id="about", entity=entity, fields={name.replace("__", "."): v for name, v in fields.items()}
    )
    doors.store.add([], [alert], [])
    page: str = doors.browser("analyst").get("/alerts/about", headers=EN).text
    return page


def _who_card(page: str) -> str:
    return page.partition("<h2>Who</h2>")[2].partition("</section>")[0]


def test_who_is_the_rogue_and_not_its_victim(doors: Doors) -> None:
    """What the alert is about comes first; the terminals it touched stand apart, some of them, and their number."""
    victims = (*(f"00101{number:010d}" for number in range(12)), "suci-0-001-01-0-1-0-aa")
    page = _alert_about(doors, ("fiveg.pfcp.unlisted_peer", "10.9.9.9"), fiveg__supi=victims[0], fiveg__gnb__id="7",
                        fiveg__identity_source="N4", related__user=victims)  # fmt: skip
    subject, _, terminals = _who_card(page).partition("Terminals concerned")
    assert subject.index("10.9.9.9") < subject.index("gNB id")
    assert "Unlisted N4 peer" in subject
    assert "00101" not in subject
    assert "SUPI" not in subject
    assert terminals.count("<li><a") == 10
    assert "and 3 more" in terminals
    assert "from PFCP on N4" in terminals


def test_who_of_a_cell_without_terminals(doors: Doors) -> None:
    """Says nothing of terminals that are not known."""
    card = _who_card(_alert_about(doors, ("fiveg.sctp.ppid", "46"), ("source.ip", "10.9.9.9")))
    assert "10.9.9.9" in card
    assert "SCTP payload protocol" in card
    assert "The terminal&#39;s identity is not known" not in card


@pytest.mark.parametrize("name", ["fiveg.supi", "fiveg.suci", "fiveg.pei"])
def test_who_is_the_terminal_that_the_alert_is_about(doors: Doors, name: str) -> None:
    """With all that is known of it."""
    card = _who_card(_alert_about(doors, (name, "1234"), fiveg__guti="guti-1", related__user=("1234", "5678")))
    assert "guti-1" in card
    assert "Terminals concerned" not in card


def test_what_an_alert_may_be_about_has_a_name_in_both_languages(doors: Doors) -> None:
    """For the rules that are shipped: a short one, and no field name stands where words are expected."""
    entities = {name for document in load_rules(shipped("rules")).alerting for name in document.entity}
    assert len(entities) > 5
    assert entities - NAMES.keys() == set()
    _alert_about(doors, *((name, "x") for name in sorted(entities)))
    for language in (EN, ZH):
        page = doors.browser("analyst").get("/alerts/about", headers=language).text
        words = re.findall(r'<span class="entity-name">(.*?)</span>', page)
        assert len(words) == len(entities)
        assert [word for word in words if re.search(r"[a-z]\.[a-z]", word)] == []


def test_an_alert_is_titled_in_one_language(doors: Doors) -> None:
    """The reader's; the other one is a tooltip, and no title of a shipped rule mixes both."""
    page = doors.browser("analyst").get("/alerts/alert-4", headers=ZH).text
    rule = an_alert(4).rule
    assert f'<h1 title="{rule.title}">{rule.title_zh}</h1>' in page
    assert f">{rule.title}<" not in page
    titles = [document.ref.title_zh for document in load_rules(shipped("rules")).alerting]
    assert [each for each in titles if re.search(r"[A-Za-z]+ [a-z]+ | / ", each)] == []


def test_rules_stand_by_domain_and_open_where_they_are_narrowed(doors: Doors) -> None:
    """Folded at first: there are more than fit on a page."""
    client = doors.browser("analyst")
    whole, narrowed = (client.get(path, headers=EN).text for path in ("/rules", "/rules?domain=terminal_access"))
    assert 'id="domain-terminal_access"><summary>Terminal access<small>' in whole
    assert 'id="domain-terminal_access" open>' in narrowed


def test_who_reloads_a_change_comes_back_to_the_alert(doors: Doors) -> None:
    """The address of the form is none of a page."""
    answer = doors.browser("auditor").get("/alerts/alert-4/triage")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/alerts/alert-4")


def test_auditors_see_no_buttons(doors: Doors) -> None:
    """Neither on the queue nor on an alert."""
    for path in ("/alerts", "/alerts/alert-4"):
        page = doors.browser("auditor").get(path, headers=EN).text
        assert 'name="action"' not in page
        assert 'name="selected"' not in page


def test_triage_of_one_alert(doors: Doors) -> None:
    """Close with a reason and a note; both are in the history."""
    answer = _post(
        doors, "analyst", "/alerts/alert-4/triage", action="close", reason="true_positive", note="reset", version=0
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/alerts/alert-4?notice=close")
    page = doors.browser("analyst").get("/alerts/alert-4", headers=EN).text
    assert "True positive" in page
    assert "<blockquote>reset</blockquote>" in page
    assert "Reopen" in page


def test_closing_needs_a_reason(doors: Doors) -> None:
    """The note is kept."""
    answer = _post(doors, "analyst", "/alerts/alert-4/triage", action="close", note="a long note", version=0)
    assert answer.status_code == 400
    assert "Closing an alert needs a reason" in answer.text
    assert ">a long note</textarea>" in answer.text


def test_who_was_slower_is_told_kindly(doors: Doors) -> None:
    """With the other's change on the page, the own note kept, and the new version in the form."""
    doors.store.triage("alert-4", Change(AlertState.IN_PROGRESS, assignee="wang"), "wang", 1, 0)
    answer = _post(doors, "analyst", "/alerts/alert-4/triage", action="acknowledge", note="mine", version=0)
    assert answer.status_code == 409
    assert "Somebody else changed this alert first" in answer.text
    assert ">mine</textarea>" in answer.text
    assert 'name="version" value="1"' in answer.text
    assert "wang" in answer.text


def test_bulk_and_undo(doors: Doors) -> None:
    """Close three, one of them changed meanwhile; then give two back."""
    doors.store.triage("alert-2", Change(note="look"), "wang", 1, 0)
    answer = _post(doors, "analyst", "/alerts/bulk", action="close", reason="false_positive",
                   selected=["alert-1:0", "alert-2:0", "alert-3:0"], back="/alerts?severity=low")  # fmt: skip
    target = answer.headers["Location"]
    assert target.startswith("/alerts?severity=low&notice=close&changed=2&skipped=1&undo=")
    page = doors.browser("analyst").get(target, headers=EN).text
    assert "2 alerts" in page
    assert "1 was left alone" in page
    key = target.rpartition("undo=")[2]
    assert _post(doors, "administrator", "/alerts/undo", undo=key).status_code == 400
    answer = _post(doors, "analyst", "/alerts/undo", undo=key, back="/alerts")
    assert answer.headers["Location"] == "/alerts?notice=undo&changed=2&skipped=0"
    assert _post(doors, "analyst", "/alerts/undo", undo=key).status_code == 400
    record = doors.store.alert("alert-1")
    assert record is not None
    assert (record.triage.state, record.triage.assignee, record.triage.reason) == (AlertState.NEW, "", None)


@pytest.mark.parametrize("doors", ["sealed"], indirect=True)
def test_a_bulk_by_an_identifier_is_on_record(doors: Doors) -> None:
    """Like the search that it repeats."""
    _post(doors, "analyst", "/alerts/bulk", action="acknowledge", scope="query",
          back="/alerts?q=fiveg.supi%3A999700000000001")  # fmt: skip
    size = doors.ledger.log.head()[0]
    assert any(b'"identity.looked_for","actor":"analyst1"' in each for each in doors.ledger.log.records(0, size))


def test_bulk_on_the_query(doors: Doors) -> None:
    """All that the page's address shows, not only what is ticked."""
    answer = _post(doors, "analyst", "/alerts/bulk", action="acknowledge", scope="query", back="/alerts?severity=low")
    assert "changed=2" in answer.headers["Location"]


@pytest.mark.parametrize(
    "data", [{"action": "explode"}, {"action": "close"}, {"action": "assign", "selected": "nonsense"}]
)
def test_a_bulk_that_makes_no_sense(doors: Doors, data: dict[str, str]) -> None:
    """Is refused as a whole."""
    assert _post(doors, "analyst", "/alerts/bulk", **{"selected": "alert-1:0", **data}).status_code == 400


def test_event_search(doors: Doors) -> None:
    """Old events are found although the last 24 hours hold none; a value leads to its search."""
    page = _json(doors, "/events?q=fiveg.supi:*0005")
    assert page["widened"] is True
    assert [row["supi"] for row in page["rows"]] == ["999700000000005"]
    assert page["matched"] == 1
    event = doors.browser("analyst").get(f"/events/{page['rows'][0]['id']}", headers=ZH).text
    assert "用户永久标识 SUPI" in event
    target = re.search(r'href="(/events\?q=fiveg\.supi[^"]*)"', event)
    assert target
    assert len(_json(doors, target[1].replace("&amp;", "&"))["rows"]) == 1
    assert doors.browser("analyst").get("/events/none").status_code == 404


def test_rules_narrow(doors: Doors) -> None:
    """By text and severity; each with the number of its alerts."""
    page = _json(doors, "/rules?severity=critical")
    assert [(row["rule"]["slug"], row["alerts"]) for row in page["rows"]] == [("rule-4", 1)]
    assert len(_json(doors, "/rules?q=标题6")["rows"]) == 1
    assert _json(doors, "/rules?stage=accident_forecasting")["rows"] == []


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (None, "never", "has not reported yet"),
        ({"time": 1, "packets": 10, "decoded": 9}, "silent", "has been silent for"),
        ({"time": 1, "watching": False}, "silent", "has been silent for"),
        ({"time": "now", "watching": False, "learning": True}, "idle", "No source: nothing is being watched."),
        ({"time": "now", "watching": True, "learning": True}, "learning", "There is no site plan"),
        ({"time": "now", "learning": True}, "learning", "There is no site plan"),
        ({"time": "now", "site": "plant-a", "identity_resolved": 0.9999}, "watching", "being watched"),
    ],
)
def test_the_status_is_honest(doors: Doors, status: dict[str, Any] | None, state: str, words: str) -> None:
    """About a worker that never spoke, fell silent, has no source, learns, or watches; no share is rounded up to all."""
    if status is not None:
        doors.store.put_status("worker", {**status, "time": time.time_ns() if status["time"] == "now" else 1})
    assert _json(doors, "/status")["state"] == state
    page = doors.browser("analyst").get("/status", headers=EN).text
    assert words in page
    assert f"strip-{state}" in page
    assert ("99.9%" in page) is (state == "watching")
    assert ("notice-good" in page) is (state == "watching")


def test_what_the_worker_says_has_a_name_and_its_place(doors: Doors) -> None:
    """What is kept as evidence is nothing that was decoded; its other figures have names in both languages."""
    doors.store.put_status(
        "worker", {"time": time.time_ns(), "evidence.kept": 7, "nas.protected": 3, "panics": 0, "happenings": 2}
    )
    said = _json(doors, "/status")
    assert (said["counters"], said["evidence"]) == ({"nas.protected": 3}, {"evidence.kept": 7})
    for language, words in ((EN, "Packets on which the decoder failed"), (ZH, "解码器出错的数据包")):
        page = doors.browser("analyst").get("/status", headers=language).text
        assert words in page
        assert ">panics<" not in page
        assert ">happenings<" not in page


def test_a_collector_that_is_away_is_named_on_every_page_and_in_the_api(doors: Doors) -> None:
    doors.store.put_status("worker", {"time": time.time_ns(), "watching": True, "site": "plant-a"})
    doors.receiving.collectors.enrol("tap1", by="root")
    doors.store.put_status("collector.tap1", {"time": time.time_ns()})
    assert doors.program("auditor").get("status").json()["state"] == "watching"
    doors.store.put_status("collector.tap1", {"time": 1})
    said = doors.program("auditor").get("status").json()
    assert (said["state"], said["troubled"]) == ("degraded", ["tap1"])
    assert _json(doors, "/status")["state"] == "degraded"
    for path, words, language in (
        ("/alerts", "Not everything is being watched: tap1", EN),
        ("/status", "监测不完整", ZH),
    ):
        page = doors.browser("analyst").get(path, headers=language).text
        assert words in page
        assert "strip-degraded" in page
        assert "notice-good" not in page


def test_without_a_source_no_page_says_that_the_network_is_watched(doors: Doors) -> None:
    """In Chinese too, and on an empty queue."""
    doors.store.put_status("worker", {"time": time.time_ns(), "watching": False, "site": "plant-a"})
    queue = doors.browser("analyst").get("/alerts?rule=none", headers=ZH).text
    assert "没有数据源：当前未监测任何流量" in queue
    assert "网络正在受监测" not in queue
    assert "未监测任何流量" in doors.browser("analyst").get("/status", headers=ZH).text


@pytest.mark.parametrize(("evicted", "said"), [(None, False), (0, False), (1234, True)])
def test_what_state_had_to_forget(doors: Doors, evicted: int | None, said: bool) -> None:
    """Is on the status page once there is any."""
    more = {} if evicted is None else {"evicted": evicted}
    doors.store.put_status("worker", {"time": time.time_ns(), **more})
    page = doors.browser("analyst").get("/status", headers=EN).text
    assert ("Forgotten entries" in page) is said
    assert ("1,234" in page) is said


def test_account(doors: Doors) -> None:
    """Language, theme and password are one's own to change."""
    assert _post(doors, "auditor", "/account/preferences", language="en", theme="dark").status_code == 303
    assert 'data-theme="dark"' in doors.browser("auditor").get("/account", headers=ZH).text
    assert _post(doors, "auditor", "/account/preferences", language="xx", theme="pink").status_code == 303
    account = doors.accounts.get("auditor1")
    assert (account.language, account.theme) == ("", "")
    for bad in ({"old": "wrong"}, {"repeated": "another one 12"}, {"new": "short", "repeated": "short"}):
        data = {"old": "correct horse battery", "new": "a new password 1", "repeated": "a new password 1", **bad}
        assert _post(doors, "auditor", "/account/password", **data).status_code == 400
    good = {"old": "correct horse battery", "new": "a new password 1", "repeated": "a new password 1"}
    assert _post(doors, "auditor", "/account/password", **good).status_code == 303


def test_a_system_administrator_is_offered_nobody_who_may_do_more(doors: Doors) -> None:
    """And what is sent all the same is refused."""
    shown = {who: doors.browser(who).get("/users").text for who in ("administrator", "system")}
    assert {who: 'value="administrator"' in text for who, text in shown.items()} == {
        "administrator": True,
        "system": False,
    }
    assert 'action="/users/administrator1"' not in shown["system"]
    assert 'action="/users/analyst1"' in shown["system"]
    answer = _post(doors, "system", "/users/administrator1", action="password", password="another battery 1")
    assert (answer.status_code, "by another administrator only" in answer.text) == (400, True)


def test_users(doors: Doors) -> None:
    """Add, change the role, shut out; never the last administrator."""
    new = {"name": "李伟", "password": "correct horse battery", "role": "analyst"}
    assert _post(doors, "administrator", "/users", **new).status_code == 303
    assert _post(doors, "administrator", "/users", **new).status_code == 400
    assert _post(doors, "administrator", "/users", **{**new, "name": "x", "role": "king"}).status_code == 400
    assert _post(doors, "administrator", "/users/李伟", action="role", role="auditor").status_code == 303
    own = _post(doors, "administrator", "/users/administrator1", action="role", role="auditor")
    assert (own.status_code, "Your own role is changed by another administrator" in own.text) == (400, True)
    assert _post(doors, "administrator", "/users/李伟", action="deactivate").status_code == 303
    assert _post(doors, "administrator", "/users/system1", action="deactivate").status_code == 303
    answer = _post(doors, "administrator", "/users/administrator1", action="deactivate")
    assert answer.status_code == 400
    assert "The last active administrator has to stay" in answer.text
    assert doors.accounts.get("李伟").active is False
