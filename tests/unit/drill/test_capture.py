"""Capture files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.drill.capture import write_capture
from sentinel.errors import SentinelError
from sentinel.model.event import Frame


def test_a_capture_keeps_nanoseconds(tmp_path: Path) -> None:
    """Header and record as libpcap's format says."""
    path = tmp_path / "one.pcap"
    assert write_capture([Frame(1_000_000_002, 1, b"abc")], path) == 1
    header = "4d3cb2a10200040000000000000000000000040001000000"
    assert path.read_bytes().hex() == header + "01000000020000000300000003000000616263"


def test_link_types_do_not_mix(tmp_path: Path) -> None:
    """A second link type is refused."""
    with pytest.raises(SentinelError, match="one link type, `1`; got `113`"):
        write_capture([Frame(0, 1, b""), Frame(1, 113, b"")], tmp_path / "two.pcap")
