"""The compiled decoder, seen from Python: what packets become, and that its objects are what the contract says."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from collectors._decode import CaptureReader, Decoder, Event
from sentinel.model.event import Frame
from sentinel.model.fields import CATALOGUE, FieldType
from tests import packets as p

SECOND = 1_000_000_000


def decode(*packets: bytes | tuple[float, bytes], finish: bool = False) -> list[Event]:
    """Events of packets, each at its second or a millisecond after the one before."""
    decoder = Decoder("test")
    frames = []
    for number, packet in enumerate(packets):
        seconds, octets = packet if isinstance(packet, tuple) else (number / 1000, packet)
        frames.append((p.START + int(seconds * SECOND), p.RAW, octets))
    return decoder.decode(frames) + (decoder.finish() if finish else [])


def kinds(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events]


def user(flags: int, source: int = 40_000) -> bytes:
    return p.up(p.ipv4(6, p.UE, p.SERVER, p.tcp(source, 80, flags)))


def server(flags: int, destination: int = 40_000) -> bytes:
    return p.down(p.ipv4(6, p.SERVER, p.UE, p.tcp(80, destination, flags)))


# The objects


def test_fields_are_a_mapping_with_the_kind_in_it() -> None:
    event = decode(p.n4())[0]
    fields = event.fields
    assert isinstance(fields, Mapping)
    assert fields["event.action"] == event.kind == "pfcp.heartbeat_request"
    assert fields.get("source.ip") == p.SMF
    assert fields.get("absent") is None
    assert fields.get("absent", "default") == "default"
    assert "source.port" in fields
    assert "absent" not in fields
    assert 7 not in fields  # type: ignore[comparison-overlap]  # whoever asks
    assert fields.keys() >= {"event.action", "source.ip"}
    assert {**fields} == dict(fields.items()) == dict(zip(fields.keys(), fields.values(), strict=True)) == fields
    assert list(fields) == list(fields.keys())
    assert len(fields) == len(list(fields))
    with pytest.raises(KeyError, match="absent"):
        fields["absent"]
    with pytest.raises(AttributeError):
        event.kind = "other"  # type: ignore[misc]  # that is the point


def test_an_event_keeps_the_frames_that_carried_it() -> None:
    packet = p.n2(p.data(1, p.REGISTRATION_REQUEST))
    ngap, nas = decode(packet)
    assert tuple(ngap.frames) == tuple(nas.frames) == (Frame(p.START, p.RAW, packet),)
    assert (ngap.time, ngap.packet, ngap.source) == (p.START, 1, "test")
    assert ngap.id != nas.id
    assert ngap.id.startswith(f"{p.START:016x}-")


def test_every_field_is_in_the_catalogue_and_of_its_type() -> None:
    python = {FieldType.KEYWORD: str, FieldType.IP: str, FieldType.LONG: int, FieldType.BOOLEAN: bool}
    packets = (
        p.n2(p.chunk(1, struct.pack(">IIHHI", 5, 1, 1, 1, 1)), p.data(1, b"junk"), p.data(2, b"x", ppid=1)),
        p.n2(p.data(3, p.NG_SETUP_REQUEST), p.data(4, p.REGISTRATION_REQUEST)),
        p.n4(),
        user(2),
        p.up(p.ipv4(1, p.UE, p.SERVER, bytes((8, 0, 0, 0, 0, 1, 0, 1)))),
        p.up(b"\x45"),
        p.up(p.ipv4(17, p.UE, p.UPF, p.udp(2152, 2152, p.gtpu(1, b"")))),
        p.ipv4(
            17, p.GNB, p.UPF, p.udp(2152, 2152, p.gtpu(0, bytes((16, 0, 0, 0, 7, 133, 0, 4, 10, 0, 0, 1)), kind=26))
        ),
        p.ipv4(17, p.GNB, p.UPF, p.udp(2152, 2152, b"junk")),
    )
    for event in decode(*packets, finish=True):
        for name, value in event.fields.items():
            spec = CATALOGUE[name]
            for one in value if isinstance(value, tuple) else (value,):
                assert type(one) is python[spec.type], (event.kind, name, value)
            assert spec.many or not isinstance(value, tuple), (event.kind, name, value)


def test_the_stub_says_what_the_compiled_module_has() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "collectors._decode"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


# SCTP


def test_bundled_chunks_are_all_decoded() -> None:
    events = decode(p.n2(p.data(1, p.NG_SETUP_REQUEST), p.data(2, p.REGISTRATION_REQUEST)))
    assert kinds(events) == ["ngap.ng_setup_request", "ngap.initial_ue_message", "nas.registration_request"]


def test_a_message_in_pieces_is_joined_and_keeps_all_frames() -> None:
    first, second, third = p.NG_SETUP_REQUEST[:20], p.NG_SETUP_REQUEST[20:40], p.NG_SETUP_REQUEST[40:]
    packets = (p.n2(p.data(3, third, flags=1)), p.n2(p.data(1, first, flags=2)), p.n2(p.data(2, second, flags=0)))
    (event,) = decode(*packets)
    assert event.kind == "ngap.ng_setup_request"
    assert event.packet == 3
    assert {frame.data for frame in event.frames} == set(packets)


def test_a_retransmission_is_not_decoded_again() -> None:
    packet = p.n2(p.data(1, p.NG_SETUP_REQUEST))
    assert kinds(decode(packet, packet)) == ["ngap.ng_setup_request"]


def test_a_known_tsn_with_another_payload_is_told_and_does_not_hide_it() -> None:
    events = decode(p.n2(p.data(1, p.NG_SETUP_REQUEST)), p.n2(p.data(1, p.REGISTRATION_REQUEST)))
    assert "nas.registration_request" in kinds(events)
    (conflict,) = (event for event in events if event.kind == "sctp.tsn_conflict")
    assert conflict.fields["fiveg.sctp.tsn"] == 1
    assert conflict.fields["fiveg.payload.head"] == p.REGISTRATION_REQUEST[:64].hex()


def test_of_pieces_with_one_tsn_the_first_is_read() -> None:
    first, second = p.NG_SETUP_REQUEST[:20], p.NG_SETUP_REQUEST[20:]
    pieces = (p.data(1, first, flags=2), p.data(1, bytes(20), flags=2), p.data(2, second, flags=1))
    assert kinds(decode(*map(p.n2, pieces))) == ["sctp.tsn_conflict", "ngap.ng_setup_request"]


def test_a_wrong_sctp_checksum_is_refused_where_right_ones_were_seen() -> None:
    right = p.ipv4(132, p.GNB, p.AMF, p.with_crc32c(p.sctp(p.data(1, p.NG_SETUP_REQUEST))))
    wrong = p.n2(p.data(2, p.REGISTRATION_REQUEST))
    assert kinds(decode(wrong)) == ["ngap.initial_ue_message", "nas.registration_request"]
    assert kinds(decode(right, wrong, wrong)) == ["ngap.ng_setup_request", "sctp.wrong_checksum"]


def test_a_new_association_begins_anew() -> None:
    setup = p.n2(p.data(1, p.NG_SETUP_REQUEST))
    init_ack = p.ipv4(
        132, p.AMF, p.GNB, p.sctp(p.chunk(2, struct.pack(">IIHHI", 9, 1, 1, 1, 1)), source=38_412, destination=40_000)
    )
    assert kinds(decode(setup, init_ack, setup)) == ["ngap.ng_setup_request", "sctp.init_ack", "ngap.ng_setup_request"]


def test_the_life_of_an_association_is_told() -> None:
    body = struct.pack(">IIHHI", 0xABCDEF01, 1, 1, 1, 1)
    events = decode(p.n2(p.chunk(1, body)), p.n2(p.chunk(6, b"")), p.n2(p.chunk(7, bytes(4)), p.chunk(14, b"")))
    assert kinds(events) == ["sctp.init", "sctp.abort", "sctp.shutdown", "sctp.shutdown_complete"]
    assert events[0].fields["fiveg.sctp.vtag"] == "0xabcdef01"
    assert events[0].fields["destination.port"] == 38_412


def test_a_wrong_ppid_on_the_port_of_ngap_is_told() -> None:
    (event,) = decode(p.n2(p.data(1, b"hello", ppid=46)))
    assert event.kind == "sctp.unexpected_ppid"
    assert event.fields["fiveg.sctp.ppid"] == 46
    assert event.fields["fiveg.payload.head"] == b"hello".hex()


def test_ngap_is_known_by_its_ppid_on_any_port() -> None:
    packet = p.ipv4(132, p.GNB, p.AMF, p.sctp(p.data(1, p.NG_SETUP_REQUEST), destination=12_345))
    assert kinds(decode(packet)) == ["ngap.ng_setup_request"]


def test_dtls_over_n2_is_not_decoded() -> None:
    assert decode(p.n2(p.data(1, b"\x16\xfe\xfd", ppid=66))) == []


@pytest.mark.parametrize("chunks", [b"\x00\x03\xff\xff", b"\x01\x00\x00\x01", p.chunk(0, b"short")])
def test_broken_chunks_are_malformed(chunks: bytes) -> None:
    assert kinds(decode(p.n2(chunks))) == ["sctp.malformed"]


@pytest.mark.parametrize(
    "inner", [p.n2(p.data(1, b"x", ppid=1)), p.n4(), p.up(p.ipv4(17, p.UE, p.SERVER, p.udp(1, 2, b"x")))]
)
def test_what_comes_in_another_packet_is_decoded_as_if_it_came_alone(inner: bytes) -> None:
    alone = Counter(kinds(decode(inner)))
    for depth in (1, 2):
        wrapped = p.ipv4(4, "192.0.2.1", "192.0.2.2", inner)
        events = decode(wrapped if depth == 1 else p.ipv4(4, "192.0.2.3", "192.0.2.4", wrapped))
        assert Counter(kinds(events)) == alone + Counter({"flow.started": depth})
        assert len({event.id for event in events}) == len(events)


def test_messages_that_a_packet_has_too_many_of_are_counted_by_kind() -> None:
    begun = b"".join(p.chunk(1, bytes(16)) for _ in range(70))
    events = decode(p.n2(begun))
    kind = [event.fields["fiveg.monitor.kind"] for event in events if event.kind == "monitor.packet_overfull"]
    assert (kind, events[-1].fields["fiveg.monitor.count"]) == (["sctp.init"], 70 - 64)


def test_a_packet_of_many_messages_is_told_up_to_a_count() -> None:
    many = p.n2(*(p.data(tsn, b"x", ppid=1) for tsn in range(200)))
    events = decode(many, p.n2(p.data(199, b"x", ppid=1)))
    assert Counter(kinds(events)) == {"sctp.unexpected_ppid": 64 + 1, "monitor.packet_overfull": 1}
    assert events[64].fields["fiveg.monitor.count"] == 200 - 64
    assert events[64].fields["source.ip"] == p.GNB
    assert [frame.data for frame in events[64].frames] == [many]


def test_a_batch_ends_where_it_has_many_events(tmp_path: Path) -> None:
    path = tmp_path / "many.pcap"
    packets = [p.n2(*(p.data(at * 50 + one, b"x", ppid=1) for one in range(50))) for at in range(400)]
    path.write_bytes(p.pcap(packets))
    reader = CaptureReader(str(path), "many")
    batches = []
    while (batch := reader.read(8192)) is not None:
        batches.append(len(batch))
    assert sum(batches) == 20_000
    assert max(batches) < 512 + 32 * 65  # packets are taken together


def test_many_idle_flows_end_over_several_packets() -> None:
    flows = [(port // 1000, user(2, port)) for port in range(1, 3001)]
    events = decode(*flows, *((900 + at, p.n4()) for at in range(3)))
    ended = Counter((event.time - p.START) // SECOND for event in events if event.kind == "flow.ended")
    assert ended == {900: 1024, 901: 1024, 902: 3000 - 2048}


def test_a_request_is_of_the_port_that_it_is_sent_to() -> None:
    """A UPF answers whatever port it was asked from; that of GTP-U does not make it GTP-U."""
    asked = p.ipv4(17, p.SMF, p.UPF, p.udp(2152, 8805, p.HEARTBEAT_REQUEST))
    answered = p.ipv4(17, p.UPF, p.SMF, p.udp(8805, 40_000, bytes.fromhex("2002000c0000010000600004eeab5fc3")))
    assert kinds(decode(asked, answered)) == ["pfcp.heartbeat_request", "pfcp.heartbeat_response"]


def test_a_datagram_that_is_none_of_its_protocol_hides_no_other() -> None:
    query = bytes.fromhex("123401000001000000000000") + b"\x03plc\x00\x00\x01\x00\x01"
    packets = [p.up(p.ipv4(17, p.UE, p.SERVER, p.udp(40_000, 53, payload))) for payload in (b"X", query, b"Y", query)]
    told = Counter(kinds(decode(*packets)))
    assert (told["dns.malformed"], told["dns.query"]) == (1, 2)


def test_a_flow_that_changes_its_tunnel_all_the_time_is_a_flood() -> None:
    inner = p.ipv4(17, p.UE, p.SERVER, p.udp(40_000, 40_001, b"x"))
    decoder = Decoder("test")
    events = decoder.decode(
        [(p.START + at * 2 * SECOND // 20_000, p.RAW, p.up(inner, teid=at)) for at in range(20_000)]
    )
    events += decoder.decode([(p.START + 5 * SECOND, p.RAW, p.n4())])
    events += decoder.finish()
    told = Counter(kinds(events))
    assert told["flow.started"] < 10_000, told


def test_a_time_beyond_a_signed_integer_is_the_latest_one() -> None:
    (event,) = Decoder("test").decode([(2**64 - 1, p.RAW, p.n4())])
    assert event.time == event.frames[0].time == 2**63 - 1


# IP


def test_fragments_are_joined_before_gtpu() -> None:
    inner = p.ipv4(17, p.UE, p.SERVER, p.udp(4000, 5300, bytes(64)))
    datagram = p.udp(2152, 2152, p.gtpu(1, inner))
    head = p.ipv4(17, p.GNB, p.UPF, datagram[:48], ident=7, fragment=0x2000)
    tail = p.ipv4(17, p.GNB, p.UPF, datagram[48:], ident=7, fragment=6)
    for packets in ((head, tail), (tail, head)):
        events = decode(*packets)
        assert kinds(events) == ["gtpu.tunnel_started", "flow.started"]
        assert {frame.data for frame in events[0].frames} == {head, tail}


def test_overlapping_fragments_are_malformed() -> None:
    first = p.ipv4(17, p.GNB, p.UPF, bytes(48), ident=7, fragment=0x2000)
    second = p.ipv4(17, p.GNB, p.UPF, b"\xff" * 48, ident=7, fragment=0x2000 | 2)
    assert kinds(decode(first, second)) == ["ip.malformed"]


def test_a_broken_ip_header_is_malformed() -> None:
    (event,) = decode(p.n4()[:-3])
    assert event.kind == "ip.malformed"
    assert event.fields["fiveg.malformed.reason"] == "ipv4 total length exceeds the packet"


def test_what_the_snap_length_cut_off_is_nobodys_fault(tmp_path: Path) -> None:
    n2 = p.n2(p.data(1, p.NG_SETUP_REQUEST))
    for packet, left, fate in ((p.n4(), 40, "unknown"), (n2, 60, "unknown"), (user(2), 60, "decoded")):
        cut = packet[:left]
        path = tmp_path / "cut.pcap"
        path.write_bytes(p.pcap(())[:24] + struct.pack("<IIII", 1, 0, len(cut), len(packet)) + cut)
        reader = CaptureReader(str(path), "cut")
        events = reader.read(10) or []
        assert not [event.kind for event in events if event.kind.endswith("malformed")]
        counters = reader.counters()
        assert counters[fate] == 1
        assert counters.get("capture.cut", 0) == (fate == "unknown")


def test_other_traffic_belongs_to_flows_and_unknown_link_layers_are_counted() -> None:
    decoder = Decoder("test")
    others = [
        p.ipv4(6, p.UE, p.SERVER, p.tcp(1, 8805, 2)),
        p.ipv4(17, p.UE, p.SERVER, p.udp(4000, 4001, b"?")),
        p.ipv4(1, p.UE, p.SERVER, bytes(8)),
        p.ipv4(132, p.UE, p.SERVER, p.sctp(p.data(1, b"x", ppid=46), source=1, destination=2)),
        p.ipv4(6, p.UE, p.SERVER, bytes(24), ident=1, fragment=0x2000),
    ]
    events = decoder.decode([(p.START, p.RAW, packet) for packet in others])
    assert kinds(events) == ["flow.started"] * 4  # the rest of the last one never comes
    assert all("fiveg.gtpu.teid" not in event.fields for event in events)
    assert decoder.decode([(p.START, 147, b"user defined")]) == []
    assert decoder.counters()["unknown"] == 1


# Ids


def test_ids_are_unique_but_for_the_same_frame_at_the_same_time() -> None:
    packets = [user(flags, port) for port in range(40_000, 40_050) for flags in (2, 4, 2, 4)]
    packets += [p.n2(*(p.data(tsn + at, p.REGISTRATION_REQUEST) for at in range(3))) for tsn in range(1, 90, 3)]
    for step in (0.0, 1e-6):  # all at one time, and each at its own
        events = decode(*((number * step, packet) for number, packet in enumerate(packets)), finish=True)
        ids = Counter(event.id for event in events)
        doubled = {event.kind for event in events if ids[event.id] > 1}
        assert doubled == (set() if step else {"flow.started", "flow.ended"})
        assert [event.id for event in events] == [
            event.id
            for event in decode(*((number * step, packet) for number, packet in enumerate(packets)), finish=True)
        ]


# GTP-U and the flows inside


def test_a_flow_joins_both_directions_and_ends_when_tcp_does() -> None:
    events = decode(user(2), server(0x12), user(0x11), server(0x11), user(0x10))
    assert kinds(events) == ["gtpu.tunnel_started", "flow.started", "gtpu.tunnel_started", "flow.ended"]
    started, ended = events[1].fields, events[3].fields
    assert (started["source.ip"], started["source.port"]) == (p.UE, 40_000)
    assert (started["destination.ip"], started["destination.port"]) == (p.SERVER, 80)
    assert (started["tcp.flags"], started["fiveg.gtpu.qfi"], started["fiveg.gtpu.pdu_type"]) == ("S", 9, "ul")
    assert (started["fiveg.gtpu.outer.source.ip"], started["fiveg.gtpu.teid"]) == (p.GNB, "0x00000001")
    assert ended["fiveg.flow.end_reason"] == "closed"
    assert (ended["fiveg.gtpu.teid"], ended["fiveg.gtpu.reverse_teid"]) == ("0x00000001", "0x00000002")
    assert (ended["source.packets"], ended["destination.packets"], ended["network.bytes"]) == (3, 2, 200)
    assert ended["event.duration"] == 4_000_000
    assert len(events[1].frames) == 1
    assert len(events[3].frames) == 0


def test_a_reset_ends_a_flow_and_a_new_syn_begins_another() -> None:
    assert kinds(decode(user(2), server(0x14), user(0x10), user(2)))[1:] == [
        "flow.started",
        "gtpu.tunnel_started",
        "flow.ended",
        "flow.started",
    ]


def test_an_idle_flow_ends_when_that_is_seen_never_before_what_was_told() -> None:
    events = decode((0, user(2)), (100, user(0x10)), (200, p.n4()), (230, p.n4()), finish=True)
    assert kinds(events)[-3:] == ["pfcp.heartbeat_request", "flow.ended", "pfcp.heartbeat_request"]
    ended = events[-2]
    assert ended.fields["fiveg.flow.end_reason"] == "idle"
    assert ended.fields["event.duration"] == 100 * SECOND
    assert (ended.time - p.START) // SECOND == 230
    times = [event.time for event in events]
    assert times == sorted(times)


def test_the_end_of_input_ends_flows() -> None:
    event = decode(user(2), finish=True)[-1]
    assert (event.kind, event.fields["fiveg.flow.end_reason"]) == ("flow.ended", "end_of_input")


def test_one_address_behind_two_gnbs_is_two_flows() -> None:
    inner = p.ipv4(17, p.UE, p.SERVER, p.udp(4000, 5300, b"?"))
    other = p.ipv4(17, "10.11.3.102", p.UPF, p.udp(2152, 2152, p.gtpu(1, inner)))
    assert kinds(decode(p.up(inner), other)).count("flow.started") == 2


def test_echo_request_and_reply_are_one_flow() -> None:
    request = p.up(p.ipv4(1, p.UE, p.SERVER, bytes((8, 0, 0, 0, 0, 5, 0, 1))))
    reply = p.down(p.ipv4(1, p.SERVER, p.UE, bytes((0, 0, 0, 0, 0, 5, 0, 1))))
    events = decode(request, reply, finish=True)
    assert kinds(events).count("flow.started") == 1
    ended = events[-1].fields
    assert (ended["source.packets"], ended["destination.packets"]) == (1, 1)
    assert "source.port" not in ended


def test_the_pieces_of_a_users_datagram_count_in_its_flow() -> None:
    first = p.ipv4(17, p.UE, p.SERVER, p.udp(4000, 5300, bytes(40)), ident=3, fragment=0x2000)
    second = p.ipv4(17, p.UE, p.SERVER, bytes(30), ident=3, fragment=6)
    events = decode(p.up(first), p.up(second), finish=True)
    assert kinds(events) == ["gtpu.tunnel_started", "flow.started", "flow.ended"]
    assert (events[-1].fields["source.packets"], events[-1].fields["source.bytes"]) == (2, 68 + 50)


def test_gtp_inside_a_users_packet_is_told_once_a_flow() -> None:
    nested = p.up(p.ipv4(17, p.UE, p.UPF, p.udp(2152, 2152, p.gtpu(0x77, b""))))
    events = decode(nested, nested)
    assert kinds(events) == ["gtpu.tunnel_started", "flow.started", "gtpu.nested"]
    assert events[2].fields["fiveg.gtpu.inner_teid"] == "0x00000077"
    assert events[2].fields["source.ip"] == p.UE


def test_a_flow_that_a_terminal_begins_from_both_ends_is_told_from_both() -> None:
    forged = p.up(p.ipv4(17, p.SERVER, p.UE, p.udp(5300, 4000, b"?")))
    honest = p.up(p.ipv4(17, p.UE, p.SERVER, p.udp(4000, 5300, b"?")))
    events = decode(forged, honest, honest, finish=True)
    assert kinds(events) == ["gtpu.tunnel_started", "flow.started", "flow.started", "flow.ended", "flow.ended"]
    assert [event.fields["source.ip"] for event in events[1:3]] == [p.SERVER, p.UE]
    assert events[2].fields["destination.port"] == 5300
    reply = p.down(p.ipv4(17, p.SERVER, p.UE, p.udp(5300, 4000, b"!")))
    assert kinds(decode(honest, reply, honest, reply)).count("flow.started") == 1
    assert kinds(decode(reply, honest, reply, honest)).count("flow.started") == 1


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(p.udp(2152, 2152, p.gtpu(7, b"", kind=1) + b"\0"), id="an octet behind"),
        pytest.param(p.udp(2152, 2152, p.gtpu(7, p.ipv4(17, p.UE, p.AMF, b"12345678")) + b"\0" * 9), id="nine behind"),
    ],
)
def test_gtp_inside_a_users_packet_is_known_with_octets_behind_it(inner: bytes) -> None:
    events = decode(p.up(p.ipv4(17, p.UE, p.UPF, inner)))
    assert kinds(events) == ["gtpu.tunnel_started", "flow.started", "gtpu.nested"]


def test_gtp_inside_a_users_datagram_is_known_by_its_first_pieces() -> None:
    datagram = p.udp(2152, 2152, p.gtpu(7, p.ipv4(17, p.UE, p.AMF, bytes(64))))
    for end in (8, 16, 24, 32):
        first = p.ipv4(17, p.UE, p.UPF, datagram[:end], ident=3, fragment=0x2000)
        second = p.ipv4(17, p.UE, p.UPF, datagram[end:], ident=3, fragment=end // 8)
        assert kinds(decode(p.up(first), p.up(second)))[-1] == "gtpu.nested"


def test_other_octets_on_the_port_of_gtp_are_no_gtp() -> None:
    for octets in (b"3.141592653589793238462643383", b"@ any text " * 9, bytes(range(256)), b"\x30\xff\0\0" * 9):
        assert "gtpu.nested" not in kinds(decode(p.up(p.ipv4(17, p.UE, p.UPF, p.udp(2152, 2152, octets)))))


def test_a_packet_in_a_users_packet_has_its_own_flow() -> None:
    carried = p.ipv4(17, p.UE, p.UPF, p.udp(4000, 2152, p.gtpu(7, b"", kind=1)))
    events = decode(p.up(p.ipv4(4, p.UE, p.SERVER, carried)), finish=True)
    assert kinds(events) == [
        "gtpu.tunnel_started",
        "flow.started",
        "flow.started",
        "gtpu.nested",
        "flow.ended",
        "flow.ended",
    ]
    assert [event.fields["destination.ip"] for event in events[1:3]] == [p.SERVER, p.UPF]
    assert len({event.id for event in events}) == len(events)
    deep = carried
    for _ in range(8):
        deep = p.ipv4(4, p.UE, p.SERVER, deep)
    assert "gtpu.nested" in kinds(decode(p.up(deep)))
    assert kinds(decode(p.up(p.ipv4(4, p.UE, p.SERVER, deep))))[-1] == "gtpu.malformed_inner"
    junk = p.ipv4(4, p.UE, p.SERVER, b"junk")
    assert kinds(decode(p.up(junk))) == ["gtpu.tunnel_started", "flow.started"]


def test_a_first_piece_too_short_for_its_header_begins_a_flow() -> None:
    segment = p.tcp(4000, 80, 2)
    first = p.ipv4(6, p.UE, p.SERVER, segment[:8], ident=3, fragment=0x2000)
    second = p.ipv4(6, p.UE, p.SERVER, segment[8:], ident=3, fragment=1)
    events = decode(p.up(first), p.up(second), finish=True)
    assert kinds(events) == ["gtpu.tunnel_started", "flow.started", "gtpu.malformed_inner", "flow.ended"]
    started, ended = events[1].fields, events[3].fields
    assert (started["source.ip"], started["destination.ip"], started["destination.port"]) == (p.UE, p.SERVER, 80)
    assert "tcp.flags" not in started
    assert ended["source.packets"] == 2
    cut = decode(p.up(p.ipv4(17, p.UE, p.SERVER, b"\0")))[1]
    assert (cut.kind, cut.fields["network.transport"]) == ("flow.started", "udp")
    assert "destination.port" not in cut.fields


def test_broken_user_packets_are_told_once_a_tunnel() -> None:
    events = decode(p.up(b"\x45\x00"), p.up(b"\x45\x00"), p.up(b"\x45\x00", teid=5))
    assert kinds(events) == ["gtpu.tunnel_started", "gtpu.malformed_inner"] * 2


def test_path_messages_are_events_and_trailing_octets_do_no_harm() -> None:
    echo = bytes.fromhex("320100040000000000010000")
    events = decode(
        p.ipv4(17, p.GNB, p.UPF, p.udp(2152, 2152, echo + b"more")),
        p.ipv4(17, p.GNB, p.UPF, p.udp(2152, 2152, p.gtpu(7, b"", kind=254))),
        p.ipv4(17, p.GNB, p.UPF, p.udp(2152, 2152, p.gtpu(0, b"", kind=99))),
        p.ipv4(17, p.GNB, p.UPF, p.udp(2152, 2152, echo[:6])),
    )
    assert kinds(events) == ["gtpu.echo_request", "gtpu.end_marker", "gtpu.unknown_message", "gtpu.malformed"]


def test_the_counts_add_up() -> None:
    decoder = Decoder("test")
    packets = [user(2), p.n4(), b"", b"\x45", p.ipv4(6, p.UE, p.SERVER, p.tcp(1, 2, 2)), p.n2(b"\x00\x03\xff\xff")]
    decoder.decode([(p.START, p.RAW, packet) for packet in packets])
    counters = decoder.counters()
    assert counters["packets"] == len(packets)
    fates = ("decoded", "malformed", "unknown", "dropped")
    assert [counters[fate] for fate in fates] == [3, 3, 0, 0]
