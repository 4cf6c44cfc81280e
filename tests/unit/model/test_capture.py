"""Capture files: pcap for one link type, pcapng for several, nanoseconds in both."""

import struct

from sentinel.model.capture import capture
from sentinel.model.event import Frame

TIME = 1_790_000_000_123_456_789


def test_one_link_type_gives_a_pcap_with_nanoseconds() -> None:
    """Header and record, octet by octet."""
    octets, suffix = capture([Frame(TIME, 113, b"abc")])
    assert suffix == "pcap"
    assert struct.unpack("<IHHiIII", octets[:24]) == (0xA1B23C4D, 2, 4, 0, 0, 262_144, 113)
    assert struct.unpack("<IIII", octets[24:40]) == (1_790_000_000, 123_456_789, 3, 3)
    assert octets[40:] == b"abc"


def test_several_link_types_give_a_pcapng() -> None:
    """Each block says its length twice, and packets name their interface."""
    octets, suffix = capture([Frame(TIME, 1, b"ether"), Frame(TIME + 1, 113, b"cooked")])
    assert suffix == "pcapng"
    kinds, interfaces = [], []
    while octets:
        kind, length = struct.unpack("<II", octets[:8])
        block, octets = octets[:length], octets[length:]
        assert struct.unpack("<I", block[-4:])[0] == length
        assert length % 4 == 0
        kinds.append(kind)
        if kind == 6:
            interface, high, low, captured, whole = struct.unpack("<IIIII", block[8:28])
            interfaces.append((interface, (high << 32 | low) - TIME, block[28 : 28 + captured], whole))
    assert kinds == [0x0A0D0D0A, 1, 1, 6, 6]
    assert interfaces == [(0, 0, b"ether", 5), (1, 1, b"cooked", 6)]


def test_a_time_beyond_pcap_gives_a_pcapng_and_nothing_an_empty_pcap() -> None:
    """A capture may claim any time."""
    assert capture([Frame(2**63, 1, b"x")])[1] == "pcapng"
    assert capture([Frame(-1, 1, b"x")])[1] == "pcapng"
    assert capture([]) == (struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1), "pcap")
