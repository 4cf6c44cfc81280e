"""What the worker says of itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sentinel.config import Config
from sentinel.model.event import Value
from sentinel.worker import _interrupted

SINCE = time.time_ns() - 5 * 10**9


def _config(tmp_path: Path, *interfaces: str) -> Config:
    return Config(data=tmp_path, rules=tmp_path, interfaces=interfaces)


def test_a_worker_that_fell_while_it_watched_leaves_a_gap_that_is_told(tmp_path: Path) -> None:
    said: dict[str, Value] = {"time": SINCE, "watching": True, "stopped": False}
    (event,) = _interrupted(_config(tmp_path, "mirror0"), said)
    assert (event.kind, event.time) == ("monitor.watching_interrupted", SINCE)
    assert event.fields["observer.ingress.interface.name"] == "mirror0"
    assert 5 * 10**9 <= int(str(event.fields["event.duration"])) < 3600 * 10**9
    assert _interrupted(_config(tmp_path, "mirror0"), said)[0].id == event.id  # told again, it is the same


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"time": SINCE, "watching": True, "stopped": True},
        {"time": SINCE, "watching": False, "stopped": False},
    ],
)
def test_a_worker_that_stopped_leaves_none(tmp_path: Path, said: dict[str, Value]) -> None:
    assert _interrupted(_config(tmp_path, "mirror0"), said) == []


def test_captures_are_read_on(tmp_path: Path) -> None:
    assert _interrupted(_config(tmp_path), {"time": SINCE, "watching": True, "stopped": False}) == []
