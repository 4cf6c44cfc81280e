from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.access.administration import tap
from sentinel.access.administration.tap import Taps
from sentinel.evidence.ring import Cut, Packet, Ring
from sentinel.model.enforcement import Flow
from sentinel.model.event import PlainEvent, Value
from sentinel.store.backends.sqlite import SqliteStore
from tests.deciding import NOW, SECOND

UE, PLC = "10.45.1.11", "10.11.6.50"
FLOW = Flow(PLC, 502, "tcp")
UPDATED: dict[str, Value] = {"source.ip": UE, "source.port": 5000, "destination.ip": PLC, "destination.port": 502}
ANSWER: dict[str, Value] = {"source.ip": PLC, "source.port": 502, "destination.ip": UE, "destination.port": 5000}


def _answers(tmp_path: Path, kind: str, fields: dict[str, Value], flow: Flow | None = FLOW) -> int:
    store = SqliteStore(tmp_path / "events.db")
    when = NOW + SECOND
    store.add([PlainEvent(kind, when, f"{when:016x}-1", "x", 0, {"event.action": kind, **fields})], [], [])
    found = Taps(store, Ring()).answers(UE, flow, NOW, NOW + 5 * SECOND)
    store.close()
    return len(found)


def test_an_answer_of_the_resource_is_one(tmp_path: Path) -> None:
    assert _answers(tmp_path, "modbus.response", ANSWER) == 1


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("modbus.write", {}), ("flow.started", {}), ("flow.ended", {"destination.packets": 0, "event.duration": 0}),
     ("flow.ended", {"destination.packets": 5, "event.duration": 3 * SECOND}), ("access.decision", {})],
)  # fmt: skip
def test_an_attempt_and_what_was_before_are_none(tmp_path: Path, kind: str, fields: dict[str, Value]) -> None:
    assert _answers(tmp_path, kind, {**UPDATED, **fields}) == 0


def test_a_flow_that_began_after_the_cut_and_was_answered_is_one(tmp_path: Path) -> None:
    assert _answers(tmp_path, "flow.ended", {**UPDATED, "destination.packets": 2, "event.duration": 0}) == 1


def test_another_resource_is_none_unless_all_is_cut(tmp_path: Path) -> None:
    other: dict[str, Value] = {**ANSWER, "source.ip": "10.11.6.80", "source.port": 80}
    assert _answers(tmp_path, "http.response", other) == 0
    assert _answers(tmp_path, "http.response", other, None) == 1


@pytest.mark.parametrize(
    ("summary", "count"),
    [(f"GTP-U 0x00000001: TCP {PLC}:502 → {UE}:5000", 1), (f"TCP {UE}:5000 → {PLC}:502", 0), ("not IP", 0),
     (f"tcp {PLC}:503 → {UE}:5000", 0), (f"tcp {PLC}:502 → 10.45.1.12:5000", 0)],
)  # fmt: skip
def test_a_packet_towards_the_terminal_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, summary: str, count: int
) -> None:
    store = SqliteStore(tmp_path / "events.db")
    monkeypatch.setattr(Ring, "cut", lambda *_: Cut([Packet(NOW, 1, 60, b"", "tap", 7)]))
    monkeypatch.setattr(Packet, "summary", property(lambda _: summary))
    assert len(Taps(store, Ring()).answers(UE, FLOW, NOW, NOW + SECOND)) == count
    store.close()


def test_addresses_of_either_version_are_read_off_a_line() -> None:
    assert [tap._host(each) for each in ("10.0.0.1:5", "[2001:db8::1]:5", "2001:db8::1", "10.0.0.1")] == [
        "10.0.0.1", "2001:db8::1", "2001:db8::1", "10.0.0.1",
    ]  # fmt: skip
