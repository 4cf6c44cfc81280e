"""Events for State, written as short as they can be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from sentinel.model.event import Event, PlainEvent, Value
from sentinel.site import SitePlan
from sentinel.state import State

Make = Callable[..., PlainEvent]
SECOND = 10**9


@pytest.fixture
def make() -> Make:
    """`make("ngap.x", at=3, source__ip="…")`: an event, by default a second after the last one."""
    numbers = count(1)

    def event(kind: str, at: float | None = None, **fields: Value) -> PlainEvent:
        number = next(numbers)
        time = int((number if at is None else at) * SECOND)
        flat = {name.replace("__", "."): value for name, value in fields.items()}
        return PlainEvent(kind, time, f"{time:016x}-{number:016x}", "test", number, {"event.action": kind, **flat})

    return event


@pytest.fixture
def site() -> SitePlan:
    """A small plant."""
    return SitePlan.model_validate(
        {
            "site": "plant",
            "plmns": ["99970"],
            "network_functions": [
                {"type": "amf", "name": "amf1", "n2": ["10.11.2.10"]},
                {"type": "smf", "name": "smf1", "n4": ["10.11.4.30"]},
                {"type": "upf", "name": "upf1", "n3": ["10.11.3.20"], "n4": ["10.11.4.20"]},
            ],
            "gnbs": [{"id": 1, "name": "gnb1", "n2": ["10.11.2.101", "10.11.2.111"], "n3": ["10.11.3.101"]}],
            "ue_pools": ["10.45.0.0/16"],
            "core_networks": ["10.11.0.0/16"],
        }
    )


def facts(state: State, *events: Event) -> list[dict[str, Value]]:
    """What State adds to each event."""
    added = []
    for event in events:
        before, after = dict(event.fields), dict(state.observe(event).fields)
        added.append({name: value for name, value in after.items() if name not in before})
    return added
