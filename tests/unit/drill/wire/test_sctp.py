"""An association: tags, TSNs and SACKs as RFC 9260 wants them."""

from __future__ import annotations

from random import Random

from scapy.layers.l2 import Ether
from scapy.layers.sctp import SCTP, SCTPChunkData, SCTPChunkInit, SCTPChunkSACK
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
