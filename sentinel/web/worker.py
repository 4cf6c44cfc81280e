"""What the worker says of itself, as of now. Silence is said, too."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.model.event import Value
from sentinel.store.base import Store

SILENT_AFTER = 10_000_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class WorkerView:
    """The worker's figures. `state` is never (it has not reported), silent, learning or watching."""

    state: str
    reported: int
    packets: int
    decoded: int
    malformed: int
    dropped: int
    events: int
    events_per_second: float
    identity_resolved: float | None
    site: str
    learning: bool
    rules: int
    counters: Mapping[str, int]
    more: Mapping[str, Value]


def worker_view(store: Store, site: str, rules: int) -> WorkerView:
    """The figures as of now; `site` is what the console was told, `rules` how many it knows."""
    said = store.status("worker")
    reported = int(_number(said, "time"))
    learning = bool(said.get("learning"))
    state = "never" if not said else "learning" if learning else "watching"
    if said and time.time_ns() - reported > SILENT_AFTER:
        state = "silent"
    other = {name: value for name, value in said.items() if name not in _KNOWN}
    share = said.get("identity_resolved")
    return WorkerView(
        state,
        reported,
        int(_number(said, "packets")),
        int(_number(said, "decoded")),
        int(_number(said, "malformed")),
        int(_number(said, "dropped")),
        int(_number(said, "events")),
        float(_number(said, "events_per_second")),
        float(share) if isinstance(share, int | float) else None,
        str(said.get("site") or site),
        learning,
        rules,
        {name: value for name, value in other.items() if "." in name and isinstance(value, int)},
        {name: value for name, value in other.items() if "." not in name and value != ""},
    )


_KNOWN = frozenset(
    {
        "time",
        "packets",
        "decoded",
        "malformed",
        "dropped",
        "events",
        "events_per_second",
        "identity_resolved",
        "site",
        "learning",
        "rules",
    }
)


def _number(said: Mapping[str, Value], name: str) -> int | float:
    value = said.get(name)
    return value if isinstance(value, int | float) else 0
