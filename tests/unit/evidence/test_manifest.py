"""A file of packets proves itself by its manifest."""

from __future__ import annotations

import stat
from pathlib import Path

import orjson
import pytest

from sentinel.errors import EvidenceError
from sentinel.evidence.manifest import Verified, beside, file_of, verify, written
from sentinel.evidence.ring import Cut, Packet
from tests.packets import RAW, n4

PACKETS = [Packet(1_790_000_000_000_000_000 + number, RAW, len(n4()), n4(), "n4", number) for number in range(3)]


def _written(path: Path) -> Path:
    written(path, Cut(PACKETS), {"about": ["seid:0x1"]})
    return path


def test_a_manifest_lists_packets_digests_and_the_decode(tmp_path: Path) -> None:
    """In order; for the owner's eyes only."""
    path = _written(tmp_path / "a.pcapng")
    said = orjson.loads(beside(path).read_bytes())
    assert (said["file"], said["sources"], said["complete"]) == ("a.pcapng", ["n4"], True)
    assert [packet["source_number"] for packet in said["packets"]] == [0, 1, 2]
    assert [event["event.action"] for event in said["events"]] == ["pfcp.heartbeat_request"] * 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, beside(path))} == {0o600}
    assert verify(path) == Verified(3, 0)


def test_what_could_not_be_opened_is_in_the_manifest(tmp_path: Path) -> None:
    """Who verifies it later is told; what is no number is no manifest."""
    path = tmp_path / "a.pcapng"
    written(path, Cut(PACKETS, more=True, unopened=frozenset({"n4/0000000000.sealed:0"})), {})
    assert verify(path) == Verified(3, 1)
    beside(path).write_bytes(beside(path).read_bytes().replace(b'"unopened": 1', b'"unopened": "none"'))
    with pytest.raises(EvidenceError, match="expected a number"):
        verify(path)


def test_the_same_packets_give_the_same_file() -> None:
    """So that a digest can be compared later."""
    assert file_of(PACKETS) == file_of(list(PACKETS))


def test_every_flipped_octet_is_found(tmp_path: Path) -> None:
    """Of the file, wherever it is."""
    path = _written(tmp_path / "a.pcapng")
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(EvidenceError):
            verify(path)
    path.write_bytes(whole)
    assert verify(path) == Verified(3, 0)


def test_the_packet_that_was_changed_is_named(tmp_path: Path) -> None:
    """By its number."""
    path = _written(tmp_path / "a.pcapng")
    octets = bytearray(path.read_bytes())
    octets[octets.rindex(n4()) + 30] ^= 1
    path.write_bytes(octets)
    with pytest.raises(EvidenceError, match=r"packet 3 of .* is not what was cut out: its sha256 differs"):
        verify(path)


def test_what_is_no_manifest_is_refused(tmp_path: Path) -> None:
    """Missing, broken, of another form, or of another file."""
    path = _written(tmp_path / "a.pcapng")
    for text, reason in (
        (b"{", "is no manifest"),
        (b"[]", "is no manifest"),
        (b'{"form": "sentinel-evidence-1"}', "lists another"),
    ):
        beside(path).write_bytes(text)
        with pytest.raises(EvidenceError, match=reason):
            verify(path)
    beside(path).unlink()
    with pytest.raises(EvidenceError, match="cannot be read"):
        verify(path)
