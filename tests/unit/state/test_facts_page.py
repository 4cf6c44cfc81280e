"""docs/facts.md: the list of facts is what the code has. Delete the page's list and run this to have it written anew."""

from __future__ import annotations

import re
from pathlib import Path

from sentinel.state import FACTS, IDENTITY, PLUGINS

PAGE = Path(__file__).parents[3] / "docs" / "facts.md"
LIST, PLANNED = "## Facts\n", "## Planned\n"


def listed() -> str:
    rows = [f"| `{name}` | {spec.type}{'[]' if spec.many else ''} | {spec.en} | {spec.zh} | all |" for name, spec in IDENTITY.items()]  # fmt: skip
    for plugin in PLUGINS:
        kinds = ", ".join(plugin.kinds) if plugin.kinds else "derived"
        rows += [
            f"| `{name}` | {spec.type}{'[]' if spec.many else ''} | {spec.en} | {spec.zh} | {kinds} |"
            for name, spec in plugin.fields.items()
        ]
    made = [f"- `{kind}`: {(plugin.__doc__ or '').splitlines()[0]}" for plugin in PLUGINS for kind in plugin.derives]
    head = "| field | type | says | 含义 | on |\n|---|---|---|---|---|\n"
    return head + "\n".join(sorted(rows)) + "\n\nEvents that State makes:\n\n" + "\n".join(sorted(made)) + "\n"


def test_the_page_lists_the_facts_that_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(LIST)
    written, _, planned = rest.partition(PLANNED)
    if not written.strip():
        PAGE.write_text(f"{before}{LIST}\n{listed()}\n{PLANNED}{planned}", encoding="utf-8")
        return
    assert written.strip() == listed().strip()


def test_what_is_planned_is_not_there_yet() -> None:
    planned = PAGE.read_text(encoding="utf-8").partition(PLANNED)[2]
    rows = re.findall(r"^\| (.+?) \|", planned, re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`([a-z0-9_.]+)`", row)}
    made = {kind for plugin in PLUGINS for kind in plugin.derives}
    assert names & (set(FACTS) | made) == set()
