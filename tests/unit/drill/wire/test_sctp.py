"""An association: tags, TSNs and SACKs as RFC 9260 wants them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scapy.layers.l2 import Ether
from scapy.layers.sctp import SCTP, SCTPChunkAddressConf, SCTPChunkData, SCTPChunkInit, SCTPChunkSACK
from scapy.packet import Packet

from sentinel.drill.timeline import Play, Timeline
from sentinel.drill.wire.ip import Wire
from sentinel.drill.wire.sctp import Association


def _packets() -> list[Packet]:
    timeline = Timeline(0)
    link = Association(timeline, Wire(), Random(1), ("10.0.0.1", "10.0.0.2"), "10.0.0.9")

    def talk() -> Play[None]:
        yield from link.open()
        link.up(b"one")
        yield 0.001
        link.down(b"two", stream=1)
        yield 1.0
        link.up(b"three", source="10.0.0.2")
        link.up(b"four")
        yield 1.0
        yield from link.shutdown()

    timeline.add(talk())
    return [Ether(frame.data) for frame in timeline.run()]


def test_the_association_is_one_conversation() -> None:
    """The receiver's tag is in every packet but INIT; TSNs count from those of INIT; addresses are announced."""
    packets = _packets()
    opening = packets[0][SCTPChunkInit]
    assert packets[0][SCTP].tag == 0
    assert {packet[SCTP].tag for packet in packets if packet[SCTP].dport != 38412} == {opening.init_tag}
    assert len({packet[SCTP].tag for packet in packets[1:] if packet[SCTP].dport == 38412}) == 1
    assert [p.addr for p in opening.params if p.type == 5] == ["10.0.0.1", "10.0.0.2"]
    data = [packet[SCTPChunkData] for packet in packets if SCTPChunkData in packet and packet[SCTP].dport == 38412]
    assert [(chunk.tsn - opening.init_tsn, chunk.stream_seq) for chunk in data] == [(0, 0), (1, 1), (2, 2)]


def test_data_is_acknowledged_with_data_or_in_time() -> None:
    """Bundled, after two packets, or after 200 ms."""
    packets = _packets()
    assert [SCTPChunkSACK in packet for packet in packets[4:-3]] == [False, True, True, False, False, True]
    assert packets[6].sprintf("%IP.src%") == "10.0.0.1"


def _played(act: Callable[[Association], Play[None]], *, interleaved: bool = False) -> list[Packet]:
    timeline = Timeline(0)
    link = Association(timeline, Wire(), Random(1), ("10.0.0.1",), "10.0.0.9", interleaved=interleaved)
    timeline.add(act(link))
    return [Ether(frame.data) for frame in timeline.run()]


def test_messages_interleave_in_pieces() -> None:
    """RFC 8260, 2.1: both pieces have the message's number, the first the PPID, the second its place."""

    def talk(link: Association) -> Play[None]:
        yield from link.open()
        link.up(b"abcde", stream=1)
        yield 1.0

    packets = _played(talk, interleaved=True)
    assert bytes.fromhex("8008000640c2") in bytes(packets[0][SCTP])
    first, second = (bytes(packet[SCTP].payload) for packet in packets[4:6])
    assert first[:4].hex() == "40020017"
    assert first[8:].hex() == "0001" + "0000" + "00000000" + "0000003c" + "616263" + "00"
    assert second[:4].hex() == "40010016"
    assert second[8:].hex() == "0001" + "0000" + "00000000" + "00000001" + "6465" + "0000"
    assert int.from_bytes(second[4:8], "big") - int.from_bytes(first[4:8], "big") == 1


def test_an_association_moves() -> None:
    """RFC 5061, 4.2: an address is added from the old one, which goes from the new one; then that one speaks."""

    def talk(link: Association) -> Play[None]:
        yield from link.open()
        yield from link.move("10.0.0.7")
        link.up(b"here")
        yield 1.0

    packets = _played(talk)[4:]
    changes = [packet for packet in packets if SCTPChunkAddressConf in packet]
    assert [packet["IP"].src for packet in changes] == ["10.0.0.1", "10.0.0.7"]
    steps = [packet[SCTPChunkAddressConf].params[1] for packet in changes]
    assert [(step.type, step.addr) for step in steps] == [(0xC001, "10.0.0.7"), (0xC002, "10.0.0.1")]
    assert [packet["IP"].src for packet in packets if SCTPChunkData in packet] == ["10.0.0.7"]
    numbers = [packet[SCTPChunkAddressConf].seq for packet in changes]
    assert numbers[1] == numbers[0] + 1
