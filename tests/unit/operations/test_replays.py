"""What-ifs beside the pages: progress, terminals that lose, alerts that would not have been."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from sentinel.access.authoring.whatif import Outcome
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.model.event import PlainEvent, Value
from sentinel.operations.replays import Replay, Replays
from tests.deciding import AGV, NOW, POLICY, SECOND, Past, alert, deciding
from tests.policies import MODEL

STRICTER = Snapshot.of(
    replace(POLICY, rules=tuple(rule for rule in POLICY.rules if rule.id != "agv-writes-its-registers")), 2
)
IN_FORCE = Snapshot.of(POLICY, 1)


def _write(number: int) -> PlainEvent:
    fields: dict[str, Value] = {
        "event.action": "modbus.write", "fiveg.supi": AGV, "source.ip": "10.45.1.11", "destination.ip": "10.11.6.50",
        "destination.port": 502, "network.transport": "tcp", "ot.direction": "request", "ot.operation": "write",
    }  # fmt: skip
    return PlainEvent("modbus.write", NOW + number * SECOND, f"{NOW:016x}-{number:02}", "a", number, fields)


def _done(replay: Replay) -> Replay:
    for _ in range(500):
        if replay.done:
            return replay
        time.sleep(0.01)
    raise AssertionError("it did not end")


def test_stored_traffic_is_decided_again(tmp_path: Path) -> None:
    """Who would lose what, and which alerts would not have been; whoever comes back finds the same one."""
    made, store = deciding(tmp_path, Past())
    store.add([_write(number) for number in range(3)], [alert()], [])
    replays = Replays(store, made.decider.pip)
    found = _done(replays.ask(STRICTER, IN_FORCE, ""))
    assert (found.error, found.read, found.total, found.accesses) == ("", 3, 3, 3)
    assert found.count(Outcome.REJECTED) == 3
    assert [tally.supi for tally in found.losers] == [AGV]
    assert list(found.stopped) == ["a1"]
    assert replays.find(STRICTER, IN_FORCE, "") is found
    assert replays.ask(STRICTER, IN_FORCE, "") is found
    assert replays.ask(STRICTER, IN_FORCE, "", again=True) is not found
    made.decider.close()


def test_what_is_permitted_stops_nothing(tmp_path: Path) -> None:
    """Nobody loses, no alert is prevented; what fails is said, and the next one runs."""
    made, store = deciding(tmp_path, Past())
    store.add([_write(0)], [alert()], [])
    replays = Replays(store, made.decider.pip)
    assert "is not a time" in _done(replays.ask(IN_FORCE, STRICTER, "nonsense")).error
    found = _done(replays.ask(IN_FORCE, Snapshot.of(Policy((), MODEL)), "2020-01-01"))
    assert (found.count(Outcome.PERMITTED), found.losers, dict(found.stopped)) == (1, [], {})
    made.decider.close()
