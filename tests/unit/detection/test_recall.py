"""An event survives a restart with what alerts say of it."""

from __future__ import annotations

import json

from sentinel.detection.recall import Proven, Recalled, dump_event, expanded, load_event
from sentinel.model.event import PlainEvent, Value


def test_round_trip_keeps_identity_only() -> None:
    fields: dict[str, Value] = {"event.action": "x.y", "fiveg.supi": "1", "fiveg.plmn": ("1", "2"), "tcp.flags": "S"}
    event = PlainEvent("x.y", 5, "id", "eth0", 7, fields)
    found = load_event(json.loads(json.dumps(dump_event(event))))
    assert found == Recalled("x.y", 5, "id", "eth0", 7, {"fiveg.supi": "1", "fiveg.plmn": ("1", "2")})


def test_what_an_event_stands_for_survives_too() -> None:
    one, two = (PlainEvent("x.y", time, f"id{time}", "eth0", 1, {}) for time in (1, 2))
    proven = Proven(two, (one, two))
    found = load_event(json.loads(json.dumps(dump_event(proven))))
    assert [event.id for event in expanded([found, two])] == ["id1", "id2"]
    assert (found.id, found.kind, found.time, found.source, found.packet) == ("id2", "x.y", 2, "eth0", 1)
    assert (found.fields, found.frames) == ({}, ())
