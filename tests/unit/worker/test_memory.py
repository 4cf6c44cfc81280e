"""What the worker remembers: after a restart, or a kill, it goes on as though there had been none."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from collectors.sources import capture_file
from collectors.sources.capture_file import CaptureFile
from collectors.sources.frames import Frames
from sentinel import drill
from sentinel.config import shipped
from sentinel.model.alert import Alert
from sentinel.model.event import Event, Frame, Value
from sentinel.pipeline import Pipeline, load_rules
from sentinel.site import SitePlan, load_site
from sentinel.state.history import History
from sentinel.worker import memory
from sentinel.worker.memory import Memory

TRACE = "tests/traces/plant/plant-day.pcap"
DEMO = load_site(shipped("deploy/examples") / "site-demo" / "site.yaml")
RULES = load_rules(shipped("rules"))
SITE = SitePlan.model_validate(
    {"site": "another", "gnbs": [{"id": 9, "n2": ["10.0.0.9"]}],
     "network_functions": [{"type": "smf", "name": "smf9", "n4": ["10.0.0.8"]}]}
)  # fmt: skip  # none of those in the capture: all of it alerts


class Kept:
    """A sink that keeps what it was given by its id."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Value]] = {}
        self.alerts: dict[str, Alert] = {}
        self.batches = 0

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], _proofs: Sequence[Event]) -> None:
        self.events |= {event.id: dict(event.fields) for event in events}
        self.alerts |= {alert.id: alert for alert in alerts}
        self.batches += 1


def run(folder: Path, sink: Kept, *, batches: int = 1 << 30, keep_at: int | None = None, plan: int = 0) -> None:
    """The worker's loop: so many batches, a snapshot after `keep_at` of them, and then a kill."""
    history = History(folder / "identity.db")
    pipeline = Pipeline(SITE, RULES, sink, history)
    kept = Memory(folder / "state", pipeline, history)
    kept.recall(plan)
    with CaptureFile(TRACE) as source:
        for number, given in enumerate(source.batches()):
            if number >= batches:
                return
            batch = kept.fresh(source, given)
            pipeline.process(batch)
            kept.took(source, batch)
            kept.tick()
            if number == keep_at:
                kept.keep()
    kept.keep()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_file, "BATCH", 16)


@pytest.mark.parametrize(("kept", "killed"), [(0, 1), (3, 4), (3, 9), (7, 8)])
def test_a_kill_in_the_middle_changes_nothing(tmp_path: Path, kept: int, killed: int) -> None:
    straight, broken = Kept(), Kept()
    run(tmp_path / "straight", straight)
    assert straight.batches > 10
    run(tmp_path / "broken", broken, batches=killed, keep_at=kept)
    run(tmp_path / "broken", broken)
    assert broken.events == straight.events
    assert broken.alerts == straight.alerts
    assert straight.alerts


@pytest.mark.parametrize("killed", [2, 5, 9])
def test_a_kill_changes_nothing_while_a_child_writes(
    tmp_path: Path, killed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight, broken = Kept(), Kept()
    run(tmp_path / "straight", straight)
    monkeypatch.setattr(memory, "BRIEF", -1.0)
    monkeypatch.setattr(memory, "EVERY", 0.0)
    monkeypatch.setattr(memory, "SHARE", 1e9)
    run(tmp_path / "broken", broken, batches=killed)
    run(tmp_path / "broken", broken)
    assert broken.events == straight.events
    assert broken.alerts == straight.alerts


@pytest.mark.parametrize("brief", [-1.0, 60.0])  # a child writes it, and we do
def test_a_snapshot_waits_until_what_is_in_it_is_stored(
    tmp_path: Path, brief: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "BRIEF", brief)
    monkeypatch.setattr(memory, "EVERY", 0.0)
    asked = list[bool]()
    history, path = History(tmp_path / "identity.db"), tmp_path / "state"
    kept = Memory(path, Pipeline(SITE, RULES, Kept(), history), history, settle=lambda: asked.append(path.exists()))
    kept.tick()
    assert asked == [False]
    kept.keep()
    assert len(asked) == 2
    history.close()


def test_what_was_taken_in_whole_is_not_taken_in_again_unless_the_rules_change(tmp_path: Path) -> None:
    first, again, changed = Kept(), Kept(), Kept()
    run(tmp_path, first)
    run(tmp_path, again)
    assert again.events == {}
    run(tmp_path, changed, plan=1)
    assert changed.events == first.events


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: data[:200] + b"x" + data[201:]])
def test_a_damaged_snapshot_is_said_and_learning_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object
) -> None:
    first, again = Kept(), Kept()
    run(tmp_path, first)
    path = tmp_path / "state"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with caplog.at_level(logging.WARNING):
        run(tmp_path, again)
    assert "damaged; learning begins anew" in caplog.text
    assert again.events == first.events


def test_another_file_of_the_same_name_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = Kept(), Kept()
    run(tmp_path, first)
    monkeypatch.setattr("sentinel.sources._file", lambda _: (1, 2, 3))
    run(tmp_path, again)
    assert set(again.events) >= set(first.events)


def test_a_worker_that_is_killed_goes_on_behind_what_it_took_in(tmp_path: Path) -> None:
    program = (
        "import logging, sys, threading; from pathlib import Path\n"
        "from sentinel.worker import work; from sentinel.config import Config, shipped\n"
        "logging.basicConfig(level=logging.INFO, stream=sys.stdout)\n"
        "work.work(Config(Path(sys.argv[1]), shipped('rules'), None, (sys.argv[2],)), threading.Event())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), TRACE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        for _ in range(1200):
            if (tmp_path / "state.snapshot").exists():
                break
            time.sleep(0.05)
        first.kill()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout is not None
        said = [second.stdout.readline() for _ in range(2)]
        second.kill()
    assert "going on from what was known" in said[0]
    assert "were taken in before; going on behind them" in said[1]


@pytest.mark.parametrize("away", [30, 1000])
def test_what_a_live_source_showed_while_nobody_watched_is_not_missing(tmp_path: Path, away: int) -> None:
    """A snapshot, a gap, and polls go on as if nothing had been: only that they end is told, thrice their period after."""
    unaware, aware = (lost(tmp_path / str(live), away * 10**9, live=live) for live in (False, True))
    assert aware == [pytest.approx(3, abs=0.5)]
    assert unaware != aware


def lost(folder: Path, away: int, *, live: bool) -> list[float]:
    """Seconds of silence that are told of a poller, where nobody watches from its twentieth second on."""
    frames = list(drill.scenes()["ot-poll-loss"].frames(0))
    middle = frames[0].time + 28 * 10**9
    before = [frame for frame in frames if frame.time < middle]
    after = [Frame(each.time + away, each.link_type, each.data) for each in frames if each.time >= middle]
    sink = Kept()
    for part in (before, after):
        live_on(folder, sink, part, live=live)
    told = sorted(sink.events.items())
    return [float(str(each["ot.poll.silent_for"])) for _, each in told if each["event.action"] == "ot.poll_lost"]


def live_on(folder: Path, sink: Kept, frames: Sequence[Frame], *, live: bool) -> None:
    """A worker that recalls, watches these frames, and keeps."""
    history = History(folder / "identity.db")
    pipeline = Pipeline(DEMO, RULES, sink, history)
    kept = Memory(folder / "state", pipeline, history)
    kept.recall()
    with Frames("demo", ([frame] for frame in frames), live=live) as source:
        for batch in source.batches():
            kept.resume(source, batch)
            pipeline.process(batch)
    kept.keep()
    history.close()
