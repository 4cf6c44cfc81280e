"""Frames as a capture file: pcap with nanoseconds where one link type is enough, pcapng where not.

draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sentinel.model.event import Frame

_MAGIC_NANOSECONDS = 0xA1B23C4D
_SNAPLEN = 262_144
_LATEST_PCAP_TIME = 2**32 * 1_000_000_000
_NANOSECONDS_OPTION = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)  # if_tsresol = 10^-9, then opt_endofopt


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
    links = sorted({frame.link_type for frame in frames})
    parts = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    parts += [_block(1, struct.pack("<HHI", link, 0, _SNAPLEN) + _NANOSECONDS_OPTION) for link in links]
    for frame in frames:
        time = frame.time & 0xFFFF_FFFF_FFFF_FFFF
        head = struct.pack(
            "<IIIII", links.index(frame.link_type), time >> 32, time & 0xFFFF_FFFF, len(frame.data), len(frame.data)
        )
        parts.append(_block(6, head + frame.data + bytes(-len(frame.data) % 4)))
    return b"".join(parts)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)
