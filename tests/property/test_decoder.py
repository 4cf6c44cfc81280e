"""Any octets give Events or malformed Events, never an exception; decoding in pieces equals decoding whole."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectors._decode import CaptureReader, Decoder, Event
from sentinel.model.fields import CATALOGUE, FieldType
from tests import packets as p

PDUS = Path(__file__).parents[2] / "collectors" / "decoder" / "tests" / "crash_pdus.txt"
CRASHES = [
    (protocol, bytes.fromhex(octets))
    for protocol, _, _, octets in (line.split() for line in PDUS.read_text().splitlines() if not line.startswith("#"))
]
LINKS = st.sampled_from((0, 1, 12, 101, 108, 113, 228, 229, 276, 9999))
WHOLE = (
    p.n2(p.data(1, p.NG_SETUP_REQUEST), p.data(2, p.REGISTRATION_REQUEST, flags=2)),
    p.n4(),
    p.up(p.ipv4(6, p.UE, p.SERVER, p.tcp(40_000, 80, 2))),
    p.up(p.ipv4(17, p.UE, p.UPF, p.udp(2152, 2152, p.gtpu(1, b"")))),
    p.ipv4(17, p.GNB, p.UPF, bytes(48), ident=7, fragment=0x2000),
    p.up(p.ipv4(17, p.UE, p.SERVER, p.udp(40_000, 53, bytes.fromhex("000101000001000000000000016101620000010001")))),
    p.up(p.ipv4(6, p.UE, p.SERVER, p.tcp(40_001, 502, 0x18, bytes.fromhex("000100000006010300000005")))),
    *(p.n2(p.data(1, pdu)) for protocol, pdu in CRASHES if protocol == "ngap"),
    *(p.n4(pdu) for protocol, pdu in CRASHES if protocol == "pfcp"),
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
    assert counters["events"] == len(events)
    assert {kind: counters[kind] for kind in counters if kind in {event.kind for event in events}} == Counter(
        event.kind for event in events
    )


def _fits(kind: FieldType, value: object) -> bool:
    """Whether a store can keep the value as the type that the catalogue promises."""
    match kind:
        case FieldType.LONG:
            return type(value) is int and -(2**63) <= value < 2**63
        case FieldType.BOOLEAN:
            return type(value) is bool
        case FieldType.IP:
            return isinstance(value, str) and ip_address(value) is not None
        case _:
            return isinstance(value, str)


@given(frames)
def test_every_value_is_what_the_catalogue_says(frames: list[tuple[int, int, bytes]]) -> None:
    decoder = Decoder("any")
    for event in decoder.decode(frames) + decoder.finish():
        for name, value in event.fields.items():
            spec = CATALOGUE[name]
            assert spec.many or not isinstance(value, tuple), name
            for one in value if isinstance(value, tuple) else (value,):
                assert _fits(spec.type, one), (name, one)


PDU = st.binary(max_size=200) | st.sampled_from([pdu for _, pdu in CRASHES])


@pytest.mark.parametrize("protocol", ["ngap", "pfcp", "gtpu"])
@given(PDU)
def test_no_pdu_goes_without_an_event(protocol: str, pdu: bytes) -> None:
    carried = {
        "ngap": p.n2(p.data(1, pdu)),
        "pfcp": p.n4(pdu),
        "gtpu": p.ipv4(17, p.GNB, p.UPF, p.udp(2152, 2152, pdu)),
    }
    assume(protocol != "gtpu" or pdu[1:2] != b"\xff")  # what a user sends is told by flow
    events = Decoder("any").decode([(p.START, p.RAW, carried[protocol])])
    assert events[0].kind.startswith(f"{protocol}.")


def _said(events: Sequence[Event]) -> list[tuple[str, dict[str, object]]]:
    return [(event.kind, dict(event.fields)) for event in events]


def _pieces(payload: bytes, cuts: list[int], unit: int) -> Iterator[tuple[int, bytes]]:
    """Where each piece begins, and its octets."""
    edges = sorted({0, *(cut * unit for cut in cuts if 0 < cut * unit < len(payload)), len(payload)})
    return ((start, payload[start:end]) for start, end in pairwise(edges))


CUTS = st.lists(st.integers(1, 30), max_size=4)


@given(
    st.sampled_from([pdu for protocol, pdu in CRASHES if protocol == "pfcp"]) | st.binary(min_size=1), CUTS, st.data()
)
def test_a_datagram_says_in_fragments_what_it_says_whole(pdu: bytes, cuts: list[int], data: st.DataObject) -> None:
    datagram = p.udp(8805, 8805, pdu)
    whole = Decoder("any").decode([(p.START, p.RAW, p.ipv4(17, p.SMF, p.UPF, datagram))])
    fragments = [
        p.ipv4(17, p.SMF, p.UPF, part, ident=5, fragment=(at + len(part) < len(datagram)) << 13 | at // 8)
        for at, part in _pieces(datagram, cuts, 8)
    ]
    frames = [(p.START, p.RAW, fragment) for fragment in data.draw(st.permutations(fragments))]
    assert _said(Decoder("any").decode(frames)) == _said(whole)


@given(
    st.sampled_from([pdu for protocol, pdu in CRASHES if protocol == "ngap"]) | st.binary(min_size=1), CUTS, st.data()
)
def test_a_message_says_in_chunks_what_it_says_whole(pdu: bytes, cuts: list[int], data: st.DataObject) -> None:
    whole = Decoder("any").decode([(p.START, p.RAW, p.n2(p.data(7, pdu)))])
    chunks = [
        p.n2(p.data(7 + number, part, flags=(at == 0) << 1 | (at + len(part) == len(pdu))))
        for number, (at, part) in enumerate(_pieces(pdu, cuts, 3))
    ]
    frames = [(p.START, p.RAW, chunk) for chunk in data.draw(st.permutations(chunks))]
    assert _said(Decoder("any").decode(frames)) == _said(whole)


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


@given(st.lists(packets(), max_size=10))
def test_a_capture_gives_what_its_frames_give(packets: list[bytes]) -> None:
    with tempfile.NamedTemporaryFile() as capture:
        Path(capture.name).write_bytes(p.pcap(packets))
        reader, events = CaptureReader(capture.name, "any"), []
        while (batch := reader.read(3)) is not None:
            events += batch
    decoder = Decoder("any")
    frames = [(p.START + number * 1_000_000, p.RAW, packet) for number, packet in enumerate(packets)]
    expected = decoder.decode(frames) + decoder.finish()
    assert [(event.id, event.packet, dict(event.fields)) for event in events] == [
        (event.id, event.packet, dict(event.fields)) for event in expected
    ]
    assert reader.counters() == decoder.counters()


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
