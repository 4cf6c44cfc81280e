"""docs/forecast.md: the lists are what the code has. Delete what follows `## Numbers` and run this to have it written anew."""

from __future__ import annotations

from pathlib import Path

from sentinel.forecast.fields import FORECASTS, KINDS
from sentinel.forecast.metrics import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "forecast.md"
LIST = "## Numbers\n"


def listed() -> str:
    metrics = [
        f"| `{name}` | {metric.unit} | {metric.en} | {metric.zh} | {', '.join(metric.entity) or 'the site'} |"
        for name, metric in METRICS.items()
    ]
    fields = [f"| `{name}` | {spec.type} | {spec.en} | {spec.zh} |" for name, spec in FORECASTS.items()]
    return "\n".join(
        (
            "| metric | unit | says | 含义 | of |", "|---|---|---|---|---|", *metrics, "", "## Fields", "",
            "| field | type | says | 含义 |", "|---|---|---|---|", *fields, "", "## Events", "",
            *(f"- `{kind}`: {says}" for kind, says in KINDS.items()),
        )
    )  # fmt: skip


def test_the_page_lists_what_there_is() -> None:
    before, _, written = PAGE.read_text(encoding="utf-8").partition(LIST)
    if not written.strip():
        PAGE.write_text(f"{before}{LIST}\n{listed()}\n", encoding="utf-8")
        return
    assert written.strip() == listed().strip()
