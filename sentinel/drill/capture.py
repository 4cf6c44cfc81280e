"""Capture files with nanoseconds, as libpcap writes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from struct import pack

from sentinel.errors import SentinelError
from sentinel.model.event import Frame

_MAGIC_NANOSECONDS = 0xA1B23C4D
_SNAP_LENGTH = 262144
_SECOND = 1_000_000_000


def write_capture(frames: Iterable[Frame], path: Path) -> int:
    """Writes `frames` to `path`, little-endian, and returns how many; they all have one link type."""
    written, link_type = 0, None
    with path.open("wb") as file:
        for frame in frames:
            if link_type is None:
                file.write(pack("<IHHiIII", _MAGIC_NANOSECONDS, 2, 4, 0, 0, _SNAP_LENGTH, frame.link_type))
                link_type = frame.link_type
            if frame.link_type != link_type:
                raise SentinelError(f"a capture has one link type, `{link_type}`; got `{frame.link_type}`")
            seconds, rest = divmod(frame.time, _SECOND)
            file.write(pack("<IIII", seconds, rest, len(frame.data), len(frame.data)) + frame.data)
            written += 1
    return written
