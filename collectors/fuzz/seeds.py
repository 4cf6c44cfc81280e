"""Seeds for the fuzz targets, out of captures: `python collectors/fuzz/seeds.py CORPUS`.

Takes the captures of `tests/traces`, those below the folder that `SENTINEL_CAPTURES` names, and the PDUs that made cores
fall (`collectors/decoder/tests/crash_pdus.txt`), and writes inputs as the targets read them, each named by its digest, to
one folder a target below CORPUS. Nothing of it is committed.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PDUS = ROOT / "collectors/decoder/tests/crash_pdus.txt"
TABLES = ROOT / "collectors/decoder/src/app.rs"
LONGEST = 4096  # octets of an input: libFuzzer's usual limit
MOST_FRAMES = 400  # of a capture
MOST_FLOWS = 40  # of a capture, for the application protocols
LINKS = {1: 0, 101: 1, 113: 2, 276: 3, 0: 4, 12: 5, 228: 6}  # as `frames` in src/lib.rs numbers them
UDP, SCTP, TCP = 17, 132, 6


class Frame(NamedTuple):
    """A captured frame."""

    link: int
    octets: bytes


class Segment(NamedTuple):
    """What a transport carries."""

    protocol: int
    source: tuple[bytes, int]
    destination: tuple[bytes, int]
    transport: bytes  # header and all
    payload: bytes


class Corpus:
    """Folders of seeds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, target: str, octets: bytes) -> None:
        """Keep a seed."""
        path = self.folder / target / sha256(octets[:LONGEST]).hexdigest()[:16]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets[:LONGEST])


def frames(capture: bytes) -> Iterator[Frame]:
    """The frames of a pcap or pcapng, plain or in gzip; what is damaged ends it."""
    if capture[:2] == b"\x1f\x8b":
        capture = gzip.decompress(capture)
    walk = _pcapng if capture[:4] == b"\x0a\x0d\x0d\x0a" else _pcap
    try:
        yield from walk(capture)
    except (struct.error, IndexError):
        return


def _pcap(capture: bytes) -> Iterator[Frame]:
    order = "<" if capture[:1] in b"\xd4\x4d" else ">"
    (link,) = struct.unpack_from(f"{order}I", capture, 20)
    at = 24
    while at + 16 <= len(capture):
        (length,) = struct.unpack_from(f"{order}I", capture, at + 8)
        yield Frame(link & 0xFFFF, capture[at + 16 : at + 16 + length])
        at += 16 + length


def _pcapng(capture: bytes) -> Iterator[Frame]:
    order, links, at = "<", list[int](), 0
    while at + 12 <= len(capture):
        if capture[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order, links = "<" if capture[at + 8 : at + 9] == b"\x4d" else ">", []
        kind, length = struct.unpack_from(f"{order}II", capture, at)
        if kind == 1:
            links.append(*struct.unpack_from(f"{order}H", capture, at + 8))
        elif kind == 6:
            interface, _, _, octets = struct.unpack_from(f"{order}IIII", capture, at + 8)
            yield Frame(links[interface], capture[at + 28 : at + 28 + octets])
        at += max(length, 12)


def ip_packet(frame: Frame) -> bytes:
    """What a frame carries, if it is IP."""
    starts = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
    if frame.link not in starts:
        return frame.octets if frame.link in {12, 101, 228, 229} else b""
    kind, at = starts[frame.link]
    ethertype = frame.octets[kind : kind + 2]
    while ethertype in {b"\x81\x00", b"\x88\xa8"}:
        ethertype, at = frame.octets[at + 2 : at + 4], at + 4
    return frame.octets[at:] if ethertype in {b"\x08\x00", b"\x86\xdd"} else b""


def segment(packet: bytes) -> Segment | None:
    """The transport of an IP packet without fragments and extension headers."""
    if packet[:1] and packet[0] >> 4 == 4 and len(packet) >= 20:
        header, protocol = (packet[0] & 15) * 4, packet[9]
        ends, body = (packet[12:16], packet[16:20]), packet[header : int.from_bytes(packet[2:4]) or None]
        if int.from_bytes(packet[6:8]) & 0x3FFF:
            return None
    elif packet[:1] and packet[0] >> 4 == 6 and len(packet) >= 40:
        protocol, ends, body = packet[6], (packet[8:24], packet[24:40]), packet[40:]
    else:
        return None
    starts = {UDP: 8, SCTP: 12, TCP: (body[12] >> 4) * 4 if len(body) > 12 else 20}
    if protocol not in starts or len(body) < starts[protocol]:
        return None
    source, destination = struct.unpack_from(">HH", body)
    return Segment(protocol, (ends[0], source), (ends[1], destination), body, body[starts[protocol] :])


def data_chunks(chunks: bytes) -> Iterator[tuple[int, bytes]]:
    """Payload protocol identifier and payload of the DATA chunks of an SCTP packet."""
    while len(chunks) >= 4:
        length = max(int.from_bytes(chunks[2:4]), 4)
        if chunks[0] == 0 and length > 16:
            yield int.from_bytes(chunks[12:16]), chunks[16:length]
        chunks = chunks[(length + 3) // 4 * 4 :]


def nas_pdus(pdu: bytes) -> Iterator[bytes]:
    """What may be a NAS message: from each discriminator in an NGAP PDU that follows a length of what is left or less."""
    for found in re.finditer(rb"[\x7e\x2e]", pdu):
        at = found.start()
        if at and 3 <= pdu[at - 1] <= len(pdu) - at:
            yield pdu[at : at + pdu[at - 1]]


def of_segment(corpus: Corpus, found: Segment, known: Protocols) -> None:
    """Seeds out of what a packet carries; a user's packet is looked into."""
    ports = {found.source[1], found.destination[1]}
    if found.protocol == SCTP:
        corpus.add("ip", b"\x02\x01\x02\x01" + found.transport)
        corpus.add("sctp", found.transport)
        for ppid, payload in data_chunks(found.payload):
            corpus.add("sctp", b"\x02\x10\x05\x03\xff\xff\xff\xfe" + payload)
            if ppid == 60:
                of_ngap(corpus, payload)
    elif found.protocol == UDP and 8805 in ports:
        corpus.add("ip", b"\x01\x02\x00" + found.transport)
        corpus.add("pfcp", found.payload)
    elif found.protocol == UDP and ports & {2152, 2123, 3386}:
        corpus.add("ip", b"\x01\x03\x02" + found.transport)
        corpus.add("gtpu", b"\x00" + found.payload)
    elif found.protocol == UDP and found.payload:
        for which in known.of(ports, found.payload):
            corpus.add("app", bytes((which, 3, 0)) + _sized(found.payload))


def of_ngap(corpus: Corpus, pdu: bytes) -> None:
    """Seeds out of an NGAP PDU, and of the NAS in it."""
    corpus.add("ngap", pdu)
    for nas in nas_pdus(pdu):
        corpus.add("nas", nas)


def _sized(octets: bytes) -> bytes:
    return len(octets).to_bytes(2) + octets


def inner(found: Segment) -> Segment | None:
    """The user's packet in a G-PDU."""
    start = found.payload.find(b"\x45", 8, 32)
    return segment(found.payload[start:]) if start > 0 else None


def flows(segments: list[Segment]) -> list[tuple[set[int], bytes]]:
    """The talks of TCP flows with their ports: turns with side and length, as the targets `app` and `stream` read them."""
    talks = dict[frozenset[tuple[bytes, int]], list[Segment]]()
    for one in segments:
        if one.protocol == TCP and one.payload:
            talks.setdefault(frozenset((one.source, one.destination)), []).append(one)
    made = []
    for ends, talk in list(talks.items())[:MOST_FLOWS]:
        # The lower port is a server's, nearly always.
        turns = [bytes([one.source[1] < one.destination[1]]) + _sized(one.payload) for one in talk]
        made.append(({port for _, port in ends}, b"".join(turns)))
    return made


def of_capture(corpus: Corpus, capture: bytes, known: Protocols) -> None:
    """All seeds of one capture."""
    corpus.add("capture", capture)
    corpus.add("capture", gzip.compress(capture[: 4 * LONGEST], mtime=0))
    read = [frame for _, frame in zip(range(MOST_FRAMES), frames(capture), strict=False)]
    for group in (read[at : at + 6] for at in range(0, len(read), 6)):
        heads = [(bytes((LINKS.get(frame.link, 7), 20, 0)), frame.octets[: LONGEST // 6 - 5]) for frame in group]
        corpus.add("frame", b"".join(head + _sized(octets) for head, octets in heads))
    outer = [found for frame in read if (found := segment(ip_packet(frame)))]
    tunnelled = [found for one in outer if 2152 in {one.source[1], one.destination[1]} and (found := inner(one))]
    for found in outer + tunnelled:
        of_segment(corpus, found, known)
    for ports, talk in flows(outer + tunnelled):
        for which in known.of(ports, talk):
            corpus.add("app", bytes((which, 3)) + talk)
            corpus.add("stream", bytes((which, 0xE9)) + talk)
    for frame in read:
        if frame.link == 1 and not ip_packet(frame):
            for which in known.of({int.from_bytes(frame.octets[12:14])}, frame.octets):
                corpus.add("app", bytes((which, 0)) + frame.octets[14:])


class Protocols:
    """The application protocols that the decoder's two tables list, by their usual ports and EtherTypes."""

    def __init__(self) -> None:
        tables = re.findall(r"pub static \w+: &\[&\w+\] =\s*&\[(.*?)\];", TABLES.read_text(), re.DOTALL)
        self.numbers = [_numbers(*name) for table in tables for name in re.findall(r"&(\w+)::(\w+)", table)]

    def of(self, numbers: set[int], octets: bytes) -> list[int]:
        """Those that have one of the numbers; else any one, always the same for the same octets."""
        found = [which for which, known in enumerate(self.numbers) if known & numbers]
        return found or [sha256(octets).digest()[0] % len(self.numbers)] if self.numbers else []


def _numbers(module: str, name: str) -> set[int]:
    source = (TABLES.parent / "app" / f"{module}.rs").read_text()
    _, _, about = source.partition(f"pub static {name}:")
    listed = re.search(r"(?:ports|ethertypes): &\[(.*?)\]", about)
    return {int(number, 0) for number in re.findall(r"0x\w+|\d+", listed[1])} if listed else set()


def main(folder: str) -> None:
    """Fill the folder."""
    corpus, known = Corpus(Path(folder)), Protocols()
    places = [ROOT / "tests/traces", *map(Path, filter(None, [os.environ.get("SENTINEL_CAPTURES")]))]
    captures = [path for place in places for path in sorted(place.rglob("*.pcap*"))]
    for path in captures:
        of_capture(corpus, path.read_bytes(), known)
    for line in PDUS.read_text().splitlines():
        if not line.startswith("#"):
            protocol, _, _, octets = line.split()
            pdu = bytes.fromhex(octets)
            of_ngap(corpus, pdu) if protocol == "ngap" else corpus.add(protocol, pdu)
    counts = {path.name: len(list(path.iterdir())) for path in sorted(corpus.folder.iterdir())}
    print(f"seeds of {len(captures)} captures: {counts}")  # noqa: T201  # a script


if __name__ == "__main__":
    main(sys.argv[1])
