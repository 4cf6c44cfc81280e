"""Packets as a file, and the manifest that proves it: digests of the whole and of each packet, and the decode."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import orjson

from collectors._decode import CaptureReader
from sentinel.crypto.digest import digest_sha256, digest_sm3
from sentinel.errors import EvidenceError
from sentinel.evidence.ring import Cut, Packet
from sentinel.model.capture import Record, pcapng, records
from sentinel.model.document import event_document, timestamp

FORM = "sentinel-evidence-1"
MOST_EVENTS = 10_000  # in a manifest
_BATCH = 8192

Document = Mapping[str, object]


def file_of(packets: Sequence[Packet]) -> bytes:
    """The packets as pcapng; the same packets give the same octets."""
    return pcapng([Record(packet.frame, packet.length, packet.comment) for packet in packets])


def manifest(cut: Cut, octets: bytes, about: Document) -> dict[str, object]:
    """What `octets`, the file of the cut, holds; `about` says what was asked for, of which site, and when."""
    packets = cut.packets
    events, more = decoded(octets)
    return {
        "form": FORM,
        **about,
        "sources": sorted({packet.source for packet in packets if packet.source}),
        "first": timestamp(packets[0].time) if packets else None,
        "last": timestamp(packets[-1].time) if packets else None,
        "complete": not cut.more,
        "unopened": len(cut.unopened),
        "bytes": len(octets),
        "sha256": digest_sha256(octets),
        "sm3": digest_sm3(octets),
        "packets": [packet_document(number, packet) for number, packet in enumerate(packets, 1)],
        "events": events,
        "events_complete": not more,
    }


def packet_document(number: int, packet: Packet) -> dict[str, object]:
    """One packet of a cut, the `number`-th."""
    return {
        "number": number,
        "time": timestamp(packet.time),
        "source": packet.source,
        "source_number": packet.number,
        "length": packet.length,
        "captured": len(packet.data),
        "proof": packet.proof,
        "summary": packet.summary,
        "kinds": packet.kinds,
        "sha256": digest_sha256(packet.data),
        "sm3": digest_sm3(packet.data),
    }


def decoded(octets: bytes) -> tuple[list[dict[str, object]], bool]:
    """The events that the decoder gives for a capture, as anybody can repeat; and whether there were too many."""
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(octets)
        file.flush()
        reader = CaptureReader(file.name, "evidence")
        found: list[dict[str, object]] = []
        while (events := reader.read(_BATCH)) is not None and len(found) <= MOST_EVENTS:
            found += [dict(event_document(event)) for event in events]
    return found[:MOST_EVENTS], len(found) > MOST_EVENTS


def written(path: Path, cut: Cut, about: Document) -> dict[str, object]:
    """Write the cut to `path` and its manifest beside it; neither is for others to read."""
    octets = file_of(cut.packets)
    made = manifest(cut, octets, {"file": path.name, **about})
    for where, what in ((path, octets), (beside(path), orjson.dumps(made, option=orjson.OPT_INDENT_2))):
        try:
            where.touch(0o600)
            where.write_bytes(what)
        except OSError as error:
            raise EvidenceError(f"`{where}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    return made


def beside(path: Path) -> Path:
    """Where the manifest of a file lies."""
    return path.with_name(path.name + ".json")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a file that is as its manifest says holds, and what could not be opened when it was cut out."""

    packets: int
    unopened: int


def verify(path: Path) -> Verified:
    """What a file holds that is as its manifest says; raises `EvidenceError` with the first difference."""
    try:
        octets, said = path.read_bytes(), orjson.loads(beside(path).read_bytes())
    except OSError as error:
        raise EvidenceError(f"`{error.filename}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    except orjson.JSONDecodeError as error:
        raise EvidenceError(f"`{beside(path)}` is no manifest: {error}") from error
    if not isinstance(said, dict) or said.get("form") != FORM:
        raise EvidenceError(f"`{beside(path)}` is no manifest; expected the form `{FORM}`")
    _packets(path, octets, said)
    for name, digest in (("sha256", digest_sha256), ("sm3", digest_sm3)):
        if said.get(name) != digest(octets):
            raise EvidenceError(f"`{path}` is not what was cut out: its {name} differs from the manifest's")
    unopened = said.get("unopened", 0)  # of before it was counted
    if not isinstance(unopened, int):
        raise EvidenceError(f"`{beside(path)}` is no manifest; expected a number as `unopened`")
    return Verified(len(cast("list[object]", said["packets"])), unopened)


def _packets(path: Path, octets: bytes, said: Mapping[str, object]) -> None:
    listed = said.get("packets")
    found = records(octets)
    if not isinstance(listed, list) or len(listed) != len(found):
        raise EvidenceError(f"`{path}` has {len(found)} packets; its manifest lists another number")
    for number, (record, entry) in enumerate(zip(found, listed, strict=True), 1):
        for name, digest in (("sha256", digest_sha256), ("sm3", digest_sm3)):
            if not isinstance(entry, dict) or entry.get(name) != digest(record.frame.data):
                raise EvidenceError(f"packet {number} of `{path}` is not what was cut out: its {name} differs")
