"""Frames made by somebody else give the events that the same packets in a capture give."""

from __future__ import annotations

from pathlib import Path

from collectors.sources.capture_file import CaptureFile
from collectors.sources.frames import Frames
from sentinel.model.event import Frame
from tests import packets as p

PACKETS = [p.n2(p.data(1, p.NG_SETUP_REQUEST)), p.n4(), p.up(p.ipv4(17, p.UE, p.SERVER, p.udp(4000, 53, b"?")))]


def test_frames_and_a_capture_of_them_agree(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(p.pcap(PACKETS))
    frames = [Frame(p.START + number * 1_000_000, p.RAW, packet) for number, packet in enumerate(PACKETS)]
    source = Frames("drill", [frames[:1], [], frames[1:]])
    made = [event for batch in source.batches() for event in batch]
    read = [event for batch in CaptureFile(str(path)).batches() for event in batch]
    assert [(event.id, event.kind, event.packet, dict(event.fields)) for event in made] == [
        (event.id, event.kind, event.packet, dict(event.fields)) for event in read
    ]
    assert {event.source for event in made} == {"drill"}
    assert source.counters()["packets"] == source.packets == 3


def test_an_empty_group_is_an_empty_batch() -> None:
    assert [list(batch) for batch in Frames("drill", [[]]).batches()] == [[], []]
