"""What the worker says of itself."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sentinel.config import Config
from sentinel.model.event import Value
from sentinel.worker import work
from sentinel.worker.work import Reporter, _interrupted

SINCE = time.time_ns() - 5 * 10**9


def _config(tmp_path: Path, *interfaces: str) -> Config:
    return Config(data=tmp_path, rules=tmp_path, interfaces=interfaces)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_worker_that_was_away_leaves_a_gap_that_is_told(tmp_path: Path, stopped: bool) -> None:
    said: dict[str, Value] = {"time": SINCE, "live": "mirror0", "stopped": stopped}
    (event,) = _interrupted(_config(tmp_path, "mirror0"), said)
    assert (event.kind, event.time) == ("monitor.watching_interrupted", SINCE)
    assert event.fields["observer.ingress.interface.name"] == "mirror0"
    assert 5 * 10**9 <= int(str(event.fields["event.duration"])) < 3600 * 10**9
    assert _interrupted(_config(tmp_path, "mirror0"), said)[0].id == event.id  # told again, it is the same


@pytest.mark.parametrize("said", [{}, {"time": SINCE, "live": "", "stopped": True}])
def test_a_worker_that_watched_nothing_live_leaves_none(tmp_path: Path, said: dict[str, Value]) -> None:
    assert _interrupted(_config(tmp_path, "mirror0"), said) == []


def test_captures_and_collectors_are_read_on_and_what_is_watched_no_more_has_no_gap(tmp_path: Path) -> None:
    file = tmp_path / "a.pcap"
    file.touch()
    said: dict[str, Value] = {"time": SINCE, "live": "demo", "stopped": False}
    assert _interrupted(Config(data=tmp_path, rules=tmp_path, captures=(str(file),)), said) == []
    for live in (
        Config(data=tmp_path, rules=tmp_path, demo=True),
        Config(data=tmp_path, rules=tmp_path, captures=("-",)),
    ):
        assert len(_interrupted(live, said)) == 1


class _Told:
    """A store that takes what the worker says of itself, and then ends it."""

    def __init__(self) -> None:
        self.ended, self.said = threading.Event(), list[object]()

    def put_status(self, _name: str, status: object) -> None:
        self.said.append(status)
        self.ended.set()


def test_a_figure_that_cannot_be_had_does_not_silence_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    store: Any = _Told()
    nobody: Any = None
    figures = iter((1, 0, 0))
    reporter = Reporter(store, nobody, nobody)
    monkeypatch.setattr(work, "REPORT_EVERY", 0.01)
    monkeypatch.setattr(reporter, "_status", lambda: {"rate": 1 / (1 - next(figures))})
    reporter.run(store.ended)
    assert [said["stopped"] for said in store.said] == [False, True]
