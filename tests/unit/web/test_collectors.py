"""The collectors' page: each with its state and counts, trouble in words, in both languages."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from sentinel.web.i18n import Translator, zone

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

ZH = {"Accept-Language": "zh-CN"}
EN = {"Accept-Language": "en"}


def some(doors: Doors) -> None:
    """Three collectors: one ships, one is silent and lacks batches, one was removed."""
    for name in ("tap1", "tap2", "old"):
        doors.receiving.collectors.enrol(name, by="root")
    doors.receiving.collectors.remove("old", by="root")
    now = time.time_ns()
    doors.store.put_status("collector.tap1", {"time": now, "source": "eth1<b>", "version": "1.2", "dropped": 7})
    doors.store.put_status("arrivals.tap1", {"events": 12_345})
    doors.store.put_status("collector.tap2", {"time": now - 600_000_000_000})
    doors.store.put_status("arrivals.tap2", {"missing": 3, "missed": now})


def test_without_collectors_the_page_says_how_to_add_one(doors: Doors) -> None:
    page = doors.browser("auditor").get("/collectors", headers=EN).text
    assert "There are no collectors" in page
    assert "sentinel collector add" in page


def test_each_is_shown_and_trouble_is_said(doors: Doors) -> None:
    some(doors)
    english = doors.browser("auditor").get("/collectors", headers=EN).text
    for text in ("Shipping", "12,345", "eth1&lt;b&gt;", "The collector tap2 has been silent for 10 min.",
                 "3 batches of the collector tap2 never came.", "Removed", ">7</strong>"):  # fmt: skip
        assert text in english, text
    assert re.findall(r"<tr><td><strong>(\w+)", english) == ["tap1", "tap2", "old"]
    chinese = doors.browser("auditor").get("/collectors", headers=ZH).text
    for text in ("正常上送", "采集器 tap2 已失联 10 分钟。", "采集器 tap2 有 3 个批次从未送达。", "已移除"):
        assert text in chinese, text


def test_the_status_page_names_those_in_trouble(doors: Doors) -> None:
    some(doors)
    page = doors.browser("auditor").get("/status", headers=EN).text
    assert "somebody should look at: tap2</strong>" in page


def test_the_part_renews_itself_without_keeping_a_session_alive(doors: Doors) -> None:
    some(doors)
    part = doors.browser("auditor").get("/collectors?poll=1", headers={**EN, "HX-Request": "true"}).text
    assert "<html" not in part
    assert 'hx-get="/collectors?poll=1"' in part


def test_sizes_are_written_in_their_unit() -> None:
    write = Translator("en", zone("UTC")).size
    assert [write(n) for n in (0, 1023, 1024, 8 << 20, (1 << 30) - 1, 3 << 29)] == [
        "0 B", "1023 B", "1 KiB", "8 MiB", "1024 MiB", "1.5 GiB",
    ]  # fmt: skip
