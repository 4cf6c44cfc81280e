"""Conversations: sequence numbers that fit, on both paths."""

from __future__ import annotations

from scapy.layers.inet import TCP, UDP
from scapy.layers.l2 import Ether

from sentinel.drill.ground import Ground
from sentinel.drill.talk import Tcp, Udp, Wired
from sentinel.drill.timeline import Play


def _frames(ground: Ground, actor: Play[None]) -> list[Ether]:
    ground.timeline.add(actor)
    return [Ether(frame.data) for frame in ground.timeline.run()]


def test_sequence_numbers_fit_octets_and_flags() -> None:
    """Each end acknowledges what the other has sent; a long answer comes in segments."""
    ground = Ground(0, "test")
    flow = Tcp(Wired(ground, "10.11.5.1", "10.11.5.2"), 80)

    def act() -> Play[None]:
        yield from flow.connect()
        yield from flow.play((b"abc", b"x" * 3000), (b"", b"told"), (b"said", b""))
        yield from flow.close()

    frames = [frame[TCP] for frame in _frames(ground, act())]
    expected: dict[int, int] = {}
    for segment in frames:
        if segment.sport in expected:
            assert segment.seq == expected[segment.sport]
        if segment.flags.A:
            assert segment.ack == expected[segment.dport]
        size = len(segment.payload) + bool(segment.flags.S) + bool(segment.flags.F)
        expected[segment.sport] = segment.seq + size
    sizes = [len(segment.payload) for segment in frames if len(segment.payload)]
    assert sizes == [3, 1360, 1360, 280, 4, 4]


def test_a_reset_ends_it() -> None:
    """RST, ACK."""
    ground = Ground(0, "test")
    flow = Tcp(Wired(ground, "10.11.5.1", "10.11.5.2"), 80)
    assert [str(frame[TCP].flags) for frame in _frames(ground, flow.reset())] == ["RA"]


def test_datagrams_go_both_ways() -> None:
    """What is empty is not sent."""
    ground = Ground(0, "test")
    flow = Udp(Wired(ground, "10.11.5.1", "10.11.5.2"), 2222, 2222)
    frames = _frames(ground, flow.play((b"a", b"b"), (b"c", b""), (b"", b"d")))
    assert [(frame["IP"].src[-1], bytes(frame[UDP].payload)[:1]) for frame in frames] == [
        ("1", b"a"), ("2", b"b"), ("1", b"c"), ("2", b"d"),
    ]  # fmt: skip
