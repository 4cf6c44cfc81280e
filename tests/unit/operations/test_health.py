"""Health: one word, and who is not well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pytest

from sentinel.model.event import Value
from sentinel.operations.fleet import Standing
from sentinel.operations.health import SILENT_AFTER, STARTING_FOR, Health, Watch, health

NOW = 1_790_000_000_000_000_000


@dataclass
class Stands:
    name: str
    troubled: bool


@pytest.mark.parametrize(
    ("said", "troubled", "state"),
    [
        ({}, True, Watch.NEVER),
        ({"time": NOW - SILENT_AFTER - 1}, True, Watch.SILENT),
        ({"time": "soon"}, False, Watch.SILENT),
        ({"time": NOW, "watching": True, "stopped": True}, True, Watch.STARTING),
        ({"time": NOW, "watching": False, "since": NOW - STARTING_FOR + 1}, True, Watch.STARTING),
        ({"time": NOW, "watching": False, "since": NOW - STARTING_FOR}, True, Watch.IDLE),
        ({"time": NOW, "watching": False, "learning": True}, True, Watch.IDLE),
        ({"time": NOW, "watching": True, "learning": True}, True, Watch.DEGRADED),
        ({"time": NOW, "watching": True, "learning": True}, False, Watch.LEARNING),
        ({"time": NOW}, False, Watch.WATCHING),
    ],
)
def test_the_worst_holds(said: Mapping[str, Value], troubled: bool, state: Watch) -> None:
    standings = [cast("Standing", Stands("tap1", troubled)), cast("Standing", Stands("tap2", troubled=False))]
    assert health(said, standings, NOW) == Health(state, ("tap1",) if troubled else ())
