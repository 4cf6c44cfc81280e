"""Packets and captures for the tests of the collectors, packed by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import ip_address

START = 1_790_000_000_000_000_000
RAW = 101  # LINKTYPE_RAW
GNB, AMF, SMF, UPF, UE, SERVER = "10.11.2.101", "10.11.2.10", "10.11.4.30", "10.11.3.20", "10.45.0.2", "10.11.6.80"

NG_SETUP_REQUEST = bytes.fromhex(
    "00150041000004001b00090099f9075000000001005240170a00554552414e53494d2d676e622d3939392d37302d310066000d00000000010099"
    "f907000000080015400140"
)
REGISTRATION_REQUEST = bytes.fromhex(
    "000f40480000050055000200010026001a197e004179000d0199f9070000000000000000422e04f0f0f0f0007900135099f907000000010099f907"
    "000001eeab60e7005a4001180070400100"
)
HEARTBEAT_REQUEST = bytes.fromhex("2001000c0000010000600004eeab5fc3")


def ipv4(protocol: int, source: str, destination: str, payload: bytes, *, ident: int = 0, fragment: int = 0) -> bytes:
    """An IPv4 packet; `fragment` is the word of flags and offset."""
    ends = ip_address(source).packed + ip_address(destination).packed
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0) + ends + payload


def udp(source: int, destination: int, payload: bytes) -> bytes:
    """A UDP datagram."""
    return struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload


def tcp(source: int, destination: int, flags: int, payload: bytes = b"") -> bytes:
    """A TCP segment: a SYN, or what comes right behind it."""
    sequence = 0 if flags & 2 else 1
    return struct.pack(">HHIIBBHHH", source, destination, sequence, 1, 0x50, flags, 64_000, 0, 0) + payload


def chunk(kind: int, body: bytes, flags: int = 0) -> bytes:
    """An SCTP chunk with its padding."""
    return struct.pack(">BBH", kind, flags, 4 + len(body)) + body + bytes(-len(body) % 4)


def data(tsn: int, payload: bytes, *, ppid: int = 60, flags: int = 3, stream: int = 0) -> bytes:
    """A DATA chunk."""
    return chunk(0, struct.pack(">IHHI", tsn, stream, 0, ppid) + payload, flags)


def sctp(*chunks: bytes, source: int = 40_000, destination: int = 38_412, vtag: int = 9) -> bytes:
    """An SCTP packet."""
    return struct.pack(">HHII", source, destination, vtag, 0) + b"".join(chunks)


def with_crc32c(packet: bytes) -> bytes:
    """An SCTP packet with its checksum."""
    crc = 0xFFFFFFFF
    for octet in packet[:8] + bytes(4) + packet[12:]:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return packet[:8] + struct.pack("<I", crc ^ 0xFFFFFFFF) + packet[12:]


def n2(*chunks: bytes) -> bytes:
    """From the gNB to the AMF."""
    return ipv4(132, GNB, AMF, sctp(*chunks))


def n4(payload: bytes = HEARTBEAT_REQUEST) -> bytes:
    """From the SMF to the UPF."""
    return ipv4(17, SMF, UPF, udp(8805, 8805, payload))


def gtpu(teid: int, payload: bytes, *, kind: int = 255, up: bool = True, qfi: int = 9) -> bytes:
    """A GTP-U message with a PDU Session Container."""
    container = bytes((0, 0, 0, 0x85, 1, 0x10 if up else 0, qfi, 0))
    return struct.pack(">BBHI", 0x34, kind, 8 + len(payload), teid) + container + payload


def up(inner: bytes, teid: int = 1) -> bytes:
    """A user's packet on its way from the gNB to the UPF."""
    return ipv4(17, GNB, UPF, udp(2152, 2152, gtpu(teid, inner)))


def down(inner: bytes, teid: int = 2) -> bytes:
    """A user's packet on its way from the UPF to the gNB."""
    return ipv4(17, UPF, GNB, udp(2152, 2152, gtpu(teid, inner, up=False)))


def pcap(packets: Sequence[bytes], *, order: str = "<", nano: bool = False, link: int = RAW) -> bytes:
    """A pcap, a packet a millisecond."""
    magic, scale = (0xA1B23C4D, 1) if nano else (0xA1B2C3D4, 1000)
    whole = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262_144, link)
    for number, packet in enumerate(packets):
        seconds, rest = divmod(START + number * 1_000_000, 1_000_000_000)
        whole += struct.pack(f"{order}IIII", seconds, rest // scale, len(packet), len(packet)) + packet
    return whole


def pcapng(packets: Sequence[bytes], *, order: str = "<", link: int = RAW) -> bytes:
    """A pcapng with a clock of microseconds, a packet a millisecond."""

    def block(kind: int, body: bytes) -> bytes:
        length = 12 + len(body)
        return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)

    whole = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    whole += block(1, struct.pack(f"{order}HHI", link, 0, 0))
    for number, packet in enumerate(packets):
        high, low = divmod((START + number * 1_000_000) // 1000, 1 << 32)
        head = struct.pack(f"{order}IIIII", 0, high, low, len(packet), len(packet))
        whole += block(6, head + packet + bytes(-len(packet) % 4))
    return whole
