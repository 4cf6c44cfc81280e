"""Batches: they come back as they were, fit into a request, and what is none is refused with its reason."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from collectors.sources.capture_file import CaptureFile
from sentinel.errors import IngestError
from sentinel.model.event import Event, Frame, PlainEvent
from sentinel.shipping import wire

TRACES = sorted(Path("tests/traces").rglob("*.pcap*"))
NOW = 2_000_000_000_000_000_000


def recorded(path: Path) -> list[Event]:
    return [event for batch in CaptureFile(str(path)).batches() for event in batch]


def shown(event: Event) -> tuple[object, ...]:
    return (event.kind, event.time, event.id, event.packet, dict(event.fields), list(event.frames))


@pytest.mark.parametrize("trace", TRACES, ids=lambda path: path.stem)
def test_every_trace_arrives_as_it_was_sent(trace: Path) -> None:
    events = recorded(trace)
    arrived: list[Event] = []
    for batch, number in wire.encode(events):
        assert wire.check(batch, NOW) == number
        arrived += wire.decode(batch, "tap1")
    assert list(map(shown, arrived)) == list(map(shown, events))
    assert {event.source for event in arrived} == {f"tap1:{trace}"}


def event(number: int, octets: int = 60, frames: int = 1) -> PlainEvent:
    chance = random.Random(number)
    carried = tuple(Frame(number, 1, chance.randbytes(octets)) for _ in range(frames))
    fields = {"event.action": "nas.registration_request", "source.ip": "10.0.0.1"}
    return PlainEvent(
        "nas.registration_request", number, f"{number:016x}-{number:016x}", "eth1", number, fields, carried
    )


def test_batches_fit_into_a_request() -> None:
    events = [event(number, 9000, 3) for number in range(200)]
    batches = wire.encode(events)
    assert len(batches) > 5
    assert all(len(batch) <= wire.LARGEST for batch, _ in batches)
    arrived = [each for batch, _ in batches for each in wire.decode(batch, "t")]
    assert list(map(shown, arrived)) == list(map(shown, events))


def test_an_event_that_no_request_could_hold_goes_without_its_frames() -> None:
    [(batch, number)] = wire.encode([event(1, 100_000, 30)])
    assert number == wire.check(batch, NOW) == 1
    assert wire.decode(batch, "t")[0].frames == ()


def test_frames_of_many_events_stand_once() -> None:
    one = event(1)
    [(batch, _)] = wire.encode([one, one, one])
    assert len(orjson.loads(zlib.decompress(batch, 31))["frames"]) == 1


def test_an_event_of_more_frames_than_an_event_may_have_goes_with_the_first_ones() -> None:
    [(batch, _)] = wire.encode([event(1, 10, 1500)])
    assert wire.check(batch, NOW) == 1
    assert wire.decode(batch, "t")[0].frames == event(1, 10, 1500).frames[:1024]


@pytest.mark.parametrize("kind", ["monitor.packets_dropped", "monitor.spool_full", "monitor.interface_lost"])
def test_a_collector_says_how_it_watches(kind: str) -> None:
    [(batch, _)] = wire.encode([PlainEvent(kind, 1, f"{1:016x}-{1:016x}", "eth1", 0, {"fiveg.monitor.count": 1})])
    assert wire.check(batch, NOW) == 1


def changed(change: Callable[[Any], object]) -> bytes:
    [(batch, _)] = wire.encode([event(1)])
    document = orjson.loads(zlib.decompress(batch, 31))
    change(document)
    return packed(orjson.dumps(document))


def packed(plain: bytes) -> bytes:
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(plain) + squeeze.flush()


def put(index: int, value: object) -> Callable[[Any], object]:
    return lambda document: document["events"][0].__setitem__(index, value)


def field(name: str, value: object) -> Callable[[Any], object]:
    return lambda document: document["events"][0][5].__setitem__(name, value)


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        (b"no gzip", "this is no gzip"),
        (packed(b"{")[:-4], "cut short"),
        (packed(b"{}") + b"more", "or more"),
        (packed(b"{"), "JSON in gzip"),
        (packed(b"[]"), "format 1"),
        (packed(bytes(wire.LARGEST_PLAIN + 1)), f"at most {wire.LARGEST_PLAIN}"),
        (changed(lambda d: d.update(format=2)), "format 1"),
        (changed(lambda d: d.update(more=1)), "nothing else"),
        (changed(lambda d: d["frames"].append([0, 1, "?"])), "frame 1 is not"),
        (changed(lambda d: d["frames"].append([True, 1, ""])), "frame 1 is not"),
        (changed(put(0, "Malformed")), "event 0: `Malformed` is no kind"),
        (changed(put(1, NOW + 2 * wire._DAY)), "event 0: the time"),
        (changed(put(1, -1)), "event 0: the time"),
        (changed(put(2, "0000000000000002-0000000000000001")), "is not an id of its time"),
        (changed(put(3, "")), "its source"),
        (changed(put(6, [1])), "names a frame that is not in the batch"),
        (changed(put(6, [0, 0])), "at most 1024 frames, each once"),
        (changed(lambda d: d.update(events=d["events"] * 4097)), "at most 4096 events"),
        (changed(put(0, "monitor.collector_silent")), "event 0: `monitor.collector_silent` is for the service to say"),
        (changed(put(0, "monitor.made_up")), "is for the service to say"),
        (changed(put(0, "gnb.silent")), "`gnb.silent` is for the service to say"),
        (changed(field("observer.name", "tap2")), "there is no field `observer.name`"),
        (changed(field("fiveg.pdu_session.id", [1] * 65_537)), "more than 65536 values"),
        (changed(put(5, [])), "it is not kind, time"),
        (changed(field("fiveg.made_up", 1)), "there is no field `fiveg.made_up`"),
        (changed(field("event.action", "nas.other")), "there is no field `event.action`"),
        (changed(field("fiveg.gnb.registered", True)), "there is no field"),  # the worker's own fact
        (changed(field("source.port", "80")), "`source.port` is not of its type, long"),
        (changed(field("source.port", True)), "`source.port` is not of its type, long"),
        (changed(field("source.ip", "example.org")), "`source.ip` is not of its type, ip"),
        (changed(field("source.ip", ["10.0.0.1"])), "`source.ip` is not of its type, ip"),
        (changed(field("fiveg.pdu_session.id", [1, "2"])), "is not of its type, long"),
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused_with_its_reason(batch: bytes, says: str) -> None:
    with pytest.raises(IngestError) as refused:
        wire.check(batch, NOW, {"gnb.silent"})
    assert says in str(refused.value)


def test_a_bomb_is_not_unpacked() -> None:
    """A gigabyte of zeros in a mebibyte: no more of it is made than a batch may have."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(64)) + squeeze.flush()
    assert len(bomb) < 100_000
    with pytest.raises(IngestError, match="at most"):
        wire.check(bomb, NOW)
