from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.access import tap
from sentinel.access.tap import Taps
from sentinel.evidence.ring import Cut, Packet, Ring
from sentinel.model.enforcement import Flow
from sentinel.model.event import PlainEvent, Value
from sentinel.store.backends.sqlite import SqliteStore
from tests.deciding import NOW, SECOND

UE, PLC = "10.45.1.11", "10.11.6.50"
FLOW = Flow(PLC, 502, "tcp")
UPDATED = {"source.ip": UE, "source.port": 5000, "destination.ip": PLC, "destination.port": 502}


def _answers(tmp_path: Path, kind: str, flow: Flow | None = FLOW, **fields: Value) -> int:
    store = SqliteStore(tmp_path / "events.db")
    named = {name.replace("__", "."): value for name, value in fields.items()}
    store.add(
        [PlainEvent(kind, NOW + SECOND, f"{NOW + SECOND:016x}-1", "x", 0, {"event.action": kind, **named})], [], []
    )
    found = Taps(store, Ring()).answers(UE, flow, NOW, NOW + 5 * SECOND)
    store.close()
    return len(found)


def test_an_answer_of_the_resource_is_one(tmp_path: Path) -> None:
    answer: dict[str, Value] = {
        "source__ip": PLC,
        "source__port": 502,
        "destination__ip": UE,
        "destination__port": 5000,
    }
    assert _answers(tmp_path, "modbus.response", **answer) == 1


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("modbus.write", {}), ("flow.started", {}), ("flow.ended", {"destination.packets": 0, "event.duration": 0}),
     ("flow.ended", {"destination.packets": 5, "event.duration": 3 * SECOND}), ("access.decision", {})],
)  # fmt: skip
def test_an_attempt_and_what_was_before_are_none(tmp_path: Path, kind: str, fields: dict[str, Value]) -> None:
    named = {name.replace(".", "__"): value for name, value in {**UPDATED, **fields}.items()}
    assert _answers(tmp_path, kind, **named) == 0


def test_a_flow_that_began_after_the_cut_and_was_answered_is_one(tmp_path: Path) -> None:
    named = {name.replace(".", "__"): value for name, value in UPDATED.items()}
    assert _answers(tmp_path, "flow.ended", destination__packets=2, event__duration=0, **named) == 1


def test_another_resource_is_none_unless_all_is_cut(tmp_path: Path) -> None:
    other: dict[str, Value] = {
        "source__ip": "10.11.6.80",
        "source__port": 80,
        "destination__ip": UE,
        "destination__port": 5,
    }
    assert _answers(tmp_path, "http.response", **other) == 0
    (tmp_path / "events.db").unlink()
    assert _answers(tmp_path, "http.response", None, **other) == 1


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
