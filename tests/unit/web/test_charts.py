"""Charts: bars that lead somewhere, shares that add up."""

from __future__ import annotations

import re

from sentinel.web.charts import histogram, severity_bar


def test_each_bar_leads_to_its_time() -> None:
    """And empty buckets draw nothing."""
    picture = histogram([(0, 3), (10, 0), (20, 6)], "x", "/events", q='a "b"')
    assert re.findall(r'href="([^"]*)"', picture) == [
        "/events?q=a+%22b%22&amp;since=0&amp;until=10",
        "/events?q=a+%22b%22&amp;since=20&amp;until=30",
    ]
    assert histogram([], "x", "/events") == ""


def test_shares() -> None:
    """The worst first, the width by count; nothing for nothing."""
    picture = severity_bar({"critical": 1, "low": 3}, "x")
    assert re.findall(r'sev-(\w+)" x="([\d.]+)" y="0" width="([\d.]+)"', picture) == [
        ("critical", "0.0", "247.0"),
        ("low", "250.0", "747.0"),
    ]
    assert "<rect" not in severity_bar({}, "x")
