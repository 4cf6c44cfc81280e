"""What pages say of a terminal: its row in the register, and what it held when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentinel.model.event import Value
from sentinel.site import Terminal
from sentinel.state.history import Held
from sentinel.web.console import Console

_SHOWN = ("fiveg.dnn", "fiveg.pdu_session.id", "fiveg.gnb.name", "fiveg.gnb.id", "fiveg.tac", "fiveg.nci",
          "fiveg.gtpu.teid", "fiveg.pfcp.seid.cp", "fiveg.pfcp.seid.up")  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Something that a terminal held; `until` is 0 while it lasts."""

    kind: str
    key: str
    since: int
    until: int
    slice: str
    pei: str
    facts: Mapping[str, str]


def held_rows(shown: Console, supi: str, since: int, until: int) -> Sequence[HeldRow]:
    """What it held in a span, the latest first."""
    return [_row(shown, held) for held in shown.deciding.decider.pip.held(supi, since, until)]


def _row(shown: Console, held: Held) -> HeldRow:
    facts = held.facts
    pei = str(facts.get("fiveg.pei", ""))
    return HeldRow(
        held.kind, held.key, held.since, held.until or 0, _slice(facts), shown.hide("fiveg.pei", pei) if pei else "",
        {name: _text(facts[name]) for name in _SHOWN if name in facts},
    )  # fmt: skip


def _slice(facts: Mapping[str, Value]) -> str:
    sst, sd = (_text(facts.get(f"fiveg.snssai.{name}", "")) for name in ("sst", "sd"))
    return f"{sst}-{sd}" if sd else sst


def _text(value: Value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def row_of(shown: Console, name: str) -> Terminal | None:
    """The terminal of the register that the store names so."""
    supi = shown.store.originals([name]).get(name, name) if shown.sealed else name
    return next((row for row in shown.deciding.decider.pip.site.terminals if row.supi == supi), None)


def named(shown: Console, supi: str) -> str:
    """A terminal as the store names it."""
    return shown.hide("fiveg.supi", supi) if supi else ""
