"""The packets of an alert in the console: a part of its page, and pages of their own without scripts."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from sentinel.audit.ledger import Wanted

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

PART = {"HX-Request": "true"}
WORDS = {
    "en": ("Packets", "Full dissection", "tshark is not installed"),
    "zh-CN": ("报文", "完整解析", "本机未安装 tshark"),
}


def test_the_alert_asks_for_its_packets(doors: Doors) -> None:
    """By a part that loads after the page, or by a link."""
    page = doors.browser("auditor").get("/alerts/alert-3").text
    assert 'hx-get="/alerts/alert-3/packets" hx-trigger="load"' in page
    assert '<a href="/alerts/alert-3/packets">' in page


@pytest.mark.parametrize("language", WORDS)
def test_the_list_is_a_part_or_a_page(doors: Doors, language: str) -> None:
    """In both languages; each packet has its dissection a click away."""
    heading, dissection, _ = WORDS[language]
    client = doors.browser("analyst")
    headers = {"Accept-Language": language}
    part = client.get("/alerts/alert-3/packets", headers={**headers, **PART}).text
    page = client.get("/alerts/alert-3/packets", headers=headers).text
    assert "<html" not in part
    assert "<html" in page
    for text in (part, page):
        assert heading in text
        assert dissection in text
        assert 'class="message-detail packet packet-proof"' in text
        assert "/api/v1/alerts/alert-3/packets.pcapng" in text
    assert client.get("/alerts/none/packets").status_code == 404


@pytest.mark.tshark
def test_a_dissection_is_shown(doors: Doors) -> None:
    """As a tree; one that is meant by its digest is not another."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    client = doors.browser("analyst")
    address = re.findall(
        r'hx-get="(/alerts/alert-3/packets/1\?digest=\w+)"', client.get("/alerts/alert-3/packets").text
    )[0]
    part = client.get(address, headers=PART).text
    assert "<summary>Frame 1: 60 bytes on wire" in part
    assert "<html" in client.get(address).text
    for moved in ("/alerts/alert-3/packets/1?digest=0", "/alerts/alert-3/packets/9"):
        assert "no longer in the ring" in client.get(moved, headers={**PART, "Accept-Language": "en"}).text


@pytest.mark.parametrize("language", WORDS)
def test_without_tshark_the_page_says_so(doors: Doors, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """And what to install."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    headers = {"Accept-Language": language, **PART}
    assert WORDS[language][2] in doors.browser("analyst").get("/alerts/alert-3/packets/1", headers=headers).text


def test_evidence_that_stopped_is_said_on_the_status_page(doors: Doors) -> None:
    """Loudly, with the reason."""
    doors.store.put_status("worker", {"time": 1, "evidence_trouble": "only 3 MiB are free"})
    page = doors.browser("auditor").get("/status", headers={"Accept-Language": "en"}).text
    assert "Packets are not being kept as evidence." in page
    assert "only 3 MiB are free" in page


@pytest.mark.parametrize("doors", ["sealed"], indirect=True)
def test_a_sealed_store_shows_no_packets_to_who_may_not_know_identifiers(doors: Doors) -> None:
    """By no way in; whoever may know them sees packets, on record."""
    auditor, analyst = doors.browser("auditor"), doors.browser("analyst")
    assert "alert-3/packets" not in auditor.get("/alerts/alert-3").text
    assert "evidence.pcap" not in auditor.get("/alerts/alert-3").text
    for path in ("packets", "packets/1"):
        assert auditor.get(f"/alerts/alert-3/{path}").status_code == 403
    for path in ("packets", "packets.pcapng", "packets/1/dissection", "evidence.pcap"):
        assert doors.program("auditor").get(f"alerts/alert-3/{path}").status_code == 403
    assert analyst.get("/alerts/alert-3/packets").status_code == 200


@pytest.mark.parametrize("doors", ["sealed"], indirect=True)
@pytest.mark.parametrize("language", [("en", "Say why you read these"), ("zh-CN", "请填写查看理由")])
def test_a_sealed_store_asks_why_before_packets_are_shown_or_given_out(doors: Doors, language: tuple[str, str]) -> None:
    """By whatever door; said once, it is on record with name and alert, and opens them all for that person alone."""
    headers, asks = {"Accept-Language": language[0]}, language[1]
    person, program = doors.browser("analyst"), doors.program("analyst")
    given = ("packets", "packets.pcapng", "packets/1/dissection", "evidence.pcap")
    for path in ("packets", "packets/1"):
        assert asks in person.get(f"/alerts/alert-3/{path}", headers=headers).text
        assert asks in person.get(f"/alerts/alert-3/{path}", headers={**headers, **PART}).text
    assert "evidence.pcap" not in person.get("/alerts/alert-3").text
    assert [program.get(f"alerts/alert-3/{path}").status_code for path in given] == [403] * 4
    token = re.findall(r'name="csrf" value="([^"]+)"', person.get("/alerts/alert-3/packets").text)[0]
    form = {"csrf": token, "reason": "no"}
    assert person.post("/alerts/alert-3/packets/reason", data=form).status_code == 400
    form["reason"] = "case 7, told to the owner"
    assert "packet-proof" in person.post("/alerts/alert-3/packets/reason", data=form, follow_redirects=True).text
    assert {program.get(f"alerts/alert-3/{path}").status_code for path in given} <= {200, 501}  # without tshark
    assert asks in person.get("/alerts/alert-2/packets", headers=headers).text
    records = [entry.record for entry in doors.ledger.page(Wanted(action="packets.read"), 9).entries]
    assert [(each.target, each.details) for each in records] == [("alert-3", {"reason": form["reason"]})]
