"""What Sentinel finds in captures that may not be shipped: the table of docs/captures.md, made anew.

    python -m tests.captures_table          needs SENTINEL_CAPTURES

`captures.yml` says what each holds. A capture that it does not name is benign.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sentinel import pipeline
from sentinel.cli.analyze import AlertBook
from sentinel.config import shipped
from sentinel.detection import RuleSet
from sentinel.model.alert import Severity
from sentinel.site import SitePlan, load_site

LABELS = Path(__file__).parent / "captures.yml"
PAGE = Path(__file__).parent.parent / "docs" / "captures.md"
LOUD = (Severity.HIGH, Severity.CRITICAL)
_SUFFIXES = {".pcap", ".pcapng"}
_HEAD = """# Captures, and what is found in them

Made by `python -m tests.captures_table` over {total} captures: of the public ones and a laboratory's real core, none of
which is ours to ship; `tests/captures.yml` says where each comes from (folder and file are the repository and path), and
`tests/e2e/test_captures_table.py` holds this table wherever they are at hand. Without a site plan unless it says so.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A capture, what is known of it, and the rules that fired with their highest level."""

    capture: str
    kind: str  # attacks, lab, loud or benign
    label: Mapping[str, Any]
    fired: Mapping[str, Severity]
    planned: bool = False  # with a site plan

    @property
    def expected(self) -> set[str]:
        """The rules that must fire."""
        return {*self.label.get("expect", ()), *(self.label.get("planned", ()) if self.planned else ())}

    @property
    def lacking(self) -> set[str]:
        """Of these, the ones that did not."""
        return self.expected - set(self.fired)

    @property
    def false(self) -> set[str]:
        """Loud rules that have no reason to fire."""
        if self.kind in ("attacks", "lab"):
            return set()
        return {slug for slug, level in self.fired.items() if level in LOUD} - set(self.label.get("fires", ()))


def rows(folder: Path) -> Iterator[Row]:
    """Every capture below `folder`, analysed; those of the laboratory with its plan, too."""
    labels = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    lab = load_site(shipped("deploy/examples") / "site-lab" / "site.yaml")
    for path in sorted(each for each in folder.rglob("*") if each.suffix in _SUFFIXES):
        name = str(path.relative_to(folder))
        kind, label = _label(name, labels)
        site = SitePlan.model_validate(label["site"]) if "site" in label else None
        yield Row(name, kind, label, fired(path, site), site is not None)
        if name.startswith("lab/"):
            yield Row(name, kind, label, fired(path, lab), planned=True)


def fired(path: Path, site: SitePlan | None) -> dict[str, Severity]:
    """The rules that fire on a capture, each with its highest level."""
    book = AlertBook(None)
    pipeline.analyze([str(path)], site, _rules(), book, lambda _: None)
    found: dict[str, Severity] = {}
    for alert in book.alerts.values():
        known = found.get(alert.rule.slug, Severity.INFORMATIONAL)
        found[alert.rule.slug] = max(known, alert.severity, key=lambda level: level.rank)
    return found


@cache
def _rules() -> RuleSet:
    return pipeline.load_rules(shipped("rules"))


def _label(name: str, labels: Mapping[str, list[Mapping[str, Any]]]) -> tuple[str, Mapping[str, Any]]:
    for kind, known in labels.items():
        for label in known:
            if fnmatchcase(name, label["capture"]):  # the first that fits
                return kind, label
    return "benign", {}


def page(found: list[Row]) -> str:
    """The whole page."""
    captures = {row.capture for row in found}
    parts = [_HEAD.format(total=len(captures))]
    for kind, title in (("attacks", "Labelled attacks"), ("lab", "A real core"), ("loud", "Loud for a reason")):
        shown = [_line(row) for row in found if row.kind == kind and (kind != "loud" or _is_loud(row))]
        parts.append(
            f"## {title}\n\n| capture | holds | rules that fired | missed, or why |\n|---|---|---|---|\n"
            + "\n".join(shown)
        )
    benign = [row for row in found if row.kind == "benign" or (row.kind == "loud" and not _is_loud(row))]
    quiet = sum(not row.false for row in benign)
    parts.append(f"## Benign\n\n{quiet} of {len(benign)} analyses raise nothing high or critical." + "".join(
        f"\n- `{_short(row.capture)}`: {', '.join(sorted(row.false))}" for row in benign if row.false
    ))  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _line(row: Row) -> str:
    wanted = row.expected | set(row.label.get("fires", ()))
    order = sorted(row.fired, key=lambda slug: (slug not in wanted, -row.fired[slug].rank, slug))
    shown = ", ".join(f"**{slug}**" if slug in wanted else slug for slug in order)
    why = (
        ", ".join(f"**{slug} is missing**" for slug in sorted(row.lacking))
        or row.label.get("missed")
        or row.label.get("why", "")
    )
    plan = " (with its plan)" if row.planned else ""
    return f"| `{_short(row.capture)}`{plan} | {row.label.get('label', '')} | {shown} | {why} |"


def _is_loud(row: Row) -> bool:
    return any(level in LOUD for level in row.fired.values())


def _short(name: str) -> str:
    return name.removeprefix("public/")


def main() -> int:
    """Write the page; 1 where something is missing or false."""
    folder = os.environ.get("SENTINEL_CAPTURES")
    if not folder:
        sys.stderr.write("SENTINEL_CAPTURES does not name the folder of captures\n")
        return 2
    found = list(rows(Path(folder)))
    PAGE.write_text(page(found), encoding="utf-8")
    wrong = [row for row in found if row.lacking or row.false]
    for row in wrong:
        sys.stderr.write(f"{row.capture}: missing {sorted(row.lacking)}, false {sorted(row.false)}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
