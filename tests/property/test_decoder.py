"""Any octets give Events or malformed Events, never an exception; decoding in pieces equals decoding whole."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collectors._decode import CaptureReader, Decoder
from tests import packets as p

LINKS = st.sampled_from((0, 1, 12, 101, 108, 113, 228, 229, 276, 9999))
WHOLE = (
    p.n2(p.data(1, p.NG_SETUP_REQUEST), p.data(2, p.REGISTRATION_REQUEST, flags=2)),
    p.n4(),
    p.up(p.ipv4(6, p.UE, p.SERVER, p.tcp(40_000, 80, 2))),
    p.up(p.ipv4(17, p.UE, p.UPF, p.udp(2152, 2152, p.gtpu(1, b"")))),
    p.ipv4(17, p.GNB, p.UPF, bytes(48), ident=7, fragment=0x2000),
)


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """A packet of ours with a few octets changed, or any octets."""
    packet = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        packet[draw(st.integers(0, len(packet) - 1))] = draw(st.integers(0, 255))
    return draw(st.one_of(st.just(bytes(packet[: draw(st.integers(1, len(packet)))])), st.binary(max_size=200)))


frames = st.lists(st.tuples(st.integers(0, 2**64 - 1), LINKS | st.just(p.RAW), packets()), max_size=20)


@given(frames)
def test_any_octets_give_events_and_the_counts_add_up(frames: list[tuple[int, int, bytes]]) -> None:
    decoder = Decoder("any")
    events = decoder.decode(frames) + decoder.finish()
    for event in events:
        assert event.fields["event.action"] == event.kind
        assert event.id.startswith(f"{event.time:016x}-")
        assert event.time < 2**63
        assert dict(event.fields) == event.fields
        assert list(event.frames) or event.kind in {"flow.ended", "monitor.table_full"}
    counters = decoder.counters()
    assert counters["packets"] == len(frames)
    assert sum(counters[fate] for fate in ("decoded", "malformed", "unknown", "dropped")) == len(frames)
    assert counters["panics"] == 0


@given(frames, st.lists(st.integers(0, 20), max_size=4))
def test_in_pieces_is_as_whole(frames: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
    whole, pieces = Decoder("any"), Decoder("any")
    edges = [0, *sorted(cuts), len(frames)]
    parts = [event for start, end in pairwise(edges) for event in pieces.decode(frames[start:end])]
    expected = whole.decode(frames) + whole.finish()
    assert [(event.id, event.packet, dict(event.fields), tuple(event.frames)) for event in parts + pieces.finish()] == [
        (event.id, event.packet, dict(event.fields), tuple(event.frames)) for event in expected
    ]
    assert whole.counters() == pieces.counters()


FILES = st.sampled_from((p.pcap(WHOLE), p.pcapng(WHOLE)))
CHANGES = st.lists(st.tuples(st.integers(4, 800), st.binary(max_size=4)))


@given(FILES, CHANGES)
def test_any_file_is_read_to_its_end_or_refused(file: bytes, changes: list[tuple[int, bytes]]) -> None:
    for at, octets in changes:
        file = file[:at] + octets + file[at + len(octets) :]
    with tempfile.NamedTemporaryFile() as capture:
        Path(capture.name).write_bytes(file)
        try:
            reader = CaptureReader(capture.name, "any")
        except ValueError:
            return
        while reader.read(3) is not None:
            pass
    assert reader.read(3) is None
    counters = reader.counters()
    assert counters["packets"] == sum(counters[fate] for fate in ("decoded", "malformed", "unknown", "dropped"))
