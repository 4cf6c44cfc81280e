"""Who an alert is about, and which terminals it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.model.alert import Alert
from sentinel.model.event import Fields, Value
from sentinel.web.labels import IDENTITIES, OF_TERMINALS, TERMINAL

SHOWN_TERMINALS = 10


@dataclass(frozen=True, slots=True)
class Who:
    """The subject, and how its identity was learnt.

    `terminal` says that the subject is a terminal; of a peer, a cell or a node the terminals it touched stand apart, in
    `terminals`, of which there are `total`.
    """

    terminal: bool
    subject: Fields
    learnt: str
    terminals: tuple[str, ...] = ()
    total: int = 0


def who(alert: Alert, proofs: Sequence[Fields]) -> Who:
    """The subject of an alert with this evidence."""
    entity = {name: value for name, value in alert.entity if value != ""}
    sources = ({**alert.fields, **entity}, *proofs)
    learnt = str(_first(sources, "fiveg.identity_source") or "")
    if not alert.entity or TERMINAL & entity.keys():
        return Who(terminal=True, subject=_known(sources, tuple(IDENTITIES)), learnt=learnt)
    terminals = _texts(alert.fields.get("related.user") or _first(sources, "fiveg.supi"))
    places = tuple(name for name in IDENTITIES if name not in OF_TERMINALS | entity.keys())
    return Who(
        terminal=False,
        subject={**entity, **_known(sources, places)},
        learnt=learnt if terminals else "",
        terminals=terminals[:SHOWN_TERMINALS],
        total=len(terminals),
    )


def _known(sources: Sequence[Fields], names: Sequence[str]) -> Fields:
    """What the alert, or else the first event that has it, says of these fields, in their order."""
    found = {name: _distinct(_first(sources, name)) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _first(sources: Sequence[Fields], name: str) -> Value | None:
    return next((fields[name] for fields in sources if name in fields), None)


def _distinct(value: Value | None) -> Value | None:
    return tuple(dict.fromkeys(item for item in value if item != "")) if isinstance(value, tuple) else value


def _texts(value: Value | None) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(dict.fromkeys(str(one) for one in values if one not in {None, ""}))
