"""Frames as a capture file: pcap with nanoseconds where one link type is enough, pcapng where not.

draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.model.event import Frame

_MAGIC_NANOSECONDS = 0xA1B23C4D
_SNAPLEN = 262_144
_LATEST_PCAP_TIME = 2**32 * 1_000_000_000
_NANOSECONDS_OPTION = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)  # if_tsresol = 10^-9, then opt_endofopt
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_PACKET_HEAD = struct.Struct("<IIIII")


@dataclass(frozen=True, slots=True)
class Record:
    """A frame as it lies in a capture: it had `length` octets on the wire; `comment` is for people."""

    frame: Frame
    length: int
    comment: str = ""


def capture(frames: Sequence[Frame]) -> tuple[bytes, str]:
    """The capture file of `frames` and the suffix of its name: `pcap` or `pcapng`."""
    plain = len({frame.link_type for frame in frames}) <= 1 and all(0 <= f.time < _LATEST_PCAP_TIME for f in frames)
    return (_pcap(frames), "pcap") if plain else (_pcapng(frames), "pcapng")


def _pcap(frames: Sequence[Frame]) -> bytes:
    link_type = frames[0].link_type if frames else 1
    parts = [struct.pack("<IHHiIII", _MAGIC_NANOSECONDS, 2, 4, 0, 0, _SNAPLEN, link_type)]
    for frame in frames:
        seconds, nanos = divmod(frame.time, 1_000_000_000)
        parts.append(struct.pack("<IIII", seconds, nanos, len(frame.data), len(frame.data)) + frame.data)
    return b"".join(parts)


def _pcapng(frames: Sequence[Frame]) -> bytes:
    return pcapng([Record(frame, len(frame.data)) for frame in frames])


def pcapng(packets: Sequence[Record]) -> bytes:
    """Records as pcapng, little-endian, with nanoseconds."""
    links = sorted({record.frame.link_type for record in packets})
    parts = [_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    parts += [_block(_INTERFACE, struct.pack("<HHI", link, 0, _SNAPLEN) + _NANOSECONDS_OPTION) for link in links]
    for record in packets:
        frame, comment = record.frame, record.comment.encode()
        time = frame.time & 0xFFFF_FFFF_FFFF_FFFF
        head = _PACKET_HEAD.pack(
            links.index(frame.link_type), time >> 32, time & 0xFFFF_FFFF, len(frame.data), record.length
        )
        option = struct.pack("<HH", 1, len(comment)) + _padded(comment) + bytes(4) if comment else b""
        parts.append(_block(_PACKET, head + _padded(frame.data) + option))
    return b"".join(parts)


def records(octets: bytes) -> list[Record]:
    """The records of a file that `pcapng` made, as far as it is one."""
    found: list[Record] = []
    links: list[int] = []
    at = 0
    while at + 12 <= len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        if length < 12 or at + length > len(octets):
            break
        body = octets[at + 8 : at + length - 4]
        if kind == _INTERFACE and len(body) >= 2:
            links.append(int.from_bytes(body[:2], "little"))
        elif kind == _PACKET and len(body) >= _PACKET_HEAD.size:
            interface, high, low, captured, original = _PACKET_HEAD.unpack_from(body)
            link = links[interface] if interface < len(links) else -1
            data = body[_PACKET_HEAD.size : _PACKET_HEAD.size + captured]
            comment = _comment(body[_PACKET_HEAD.size + captured + -captured % 4 :])
            found.append(Record(Frame(high << 32 | low, link, data), original, comment))
        at += length
    return found


def _comment(options: bytes) -> str:
    """The comment, where it is the first option."""
    if len(options) < 4:
        return ""
    code, length = struct.unpack_from("<HH", options)
    return options[4 : 4 + length].decode(errors="replace") if code == 1 else ""


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)
