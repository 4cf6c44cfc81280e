"""What the worker says of itself, as of now. Silence is said, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.model.event import Value
from sentinel.operations.health import Health, Watch


@dataclass(frozen=True, slots=True)
class WorkerView:
    """The worker's figures.

    `troubled` are the collectors that are not well; `evicted` counts the entries that full state tables had to forget;
    `counters` are of what was decoded, `evidence` of the packets that were kept.
    """

    state: Watch
    troubled: tuple[str, ...]
    store_trouble: str
    reported: int
    packets: int
    decoded: int
    malformed: int
    dropped: int
    evicted: int
    events: int
    events_per_second: float
    identity_resolved: float | None
    site: str
    learning: bool
    rules: int
    evidence_trouble: str
    counters: Mapping[str, int]
    evidence: Mapping[str, int]
    more: Mapping[str, Value]


def worker_view(said: Mapping[str, Value], health: Health, site: str, rules: int) -> WorkerView:
    """The figures as it said them; `site` is what the console was told, `rules` how many it knows."""
    other = {name: value for name, value in said.items() if name not in _KNOWN}
    counters = {name: value for name, value in other.items() if "." in name and isinstance(value, int)}
    share = said.get("identity_resolved")

    def count(name: str) -> int:
        return int(_number(said, name))

    return WorkerView(
        state=health.state,
        troubled=health.troubled,
        store_trouble=health.store,
        reported=count("time"),
        packets=count("packets"),
        decoded=count("decoded"),
        malformed=count("malformed"),
        dropped=count("dropped"),
        evicted=count("evicted"),
        events=count("events"),
        events_per_second=float(_number(said, "events_per_second")),
        identity_resolved=float(share) if isinstance(share, int | float) else None,
        site=str(said.get("site") or site),
        learning=bool(said.get("learning")),
        rules=rules,
        evidence_trouble=str(said.get("evidence_trouble", "")),
        counters={name: count for name, count in counters.items() if not name.startswith(_EVIDENCE)},
        evidence={name: count for name, count in counters.items() if name.startswith(_EVIDENCE)},
        more={name: value for name, value in other.items() if "." not in name and value != ""},
    )


_EVIDENCE = "evidence."
_KNOWN = frozenset(
    {
        "time",
        "since",
        "packets",
        "decoded",
        "malformed",
        "dropped",
        "evicted",
        "watching",
        "live",
        "stopped",
        "events",
        "events_per_second",
        "identity_resolved",
        "site",
        "learning",
        "rules",
        "evidence_trouble",
        "store_trouble",
    }
)


def _number(said: Mapping[str, Value], name: str) -> int | float:
    value = said.get(name)
    return value if isinstance(value, int | float) else 0
