"""What a service asks of a collector's ring, and what answers it: a bounded capture. Each end holds the other to it.

A question is an id, subjects (`sentinel.evidence.subjects`) and spans of time. The answer is a file that `pcapng` makes, of
packets of those spans, that fits into one request.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.errors import EvidenceError, IngestError
from sentinel.evidence.manifest import file_of
from sentinel.evidence.ring import Packet, Ring
from sentinel.evidence.subjects import MOST
from sentinel.model.capture import Record, pcapng, records

LARGEST = 1_000_000  # octets of an answer: the service takes a mebibyte
MOST_PACKETS = 2000
MOST_SPANS = 64
_OCTETS = 512 << 10  # of packets, without what a file adds
_LONGEST = 86_400 * 1_000_000_000  # nanoseconds of a span
_LONGEST_SUBJECT = 256
_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Packets about any of the subjects, from each span's begin up to before its end."""

    id: str
    subjects: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def document(self) -> dict[str, object]:
        """As a collector is asked."""
        return {"id": self.id, "subjects": list(self.subjects), "spans": [list(span) for span in self.spans]}


def is_id(text: object) -> bool:
    """Whether it may be the id of a question; it names a file."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def read(document: object) -> Wanted:
    """A question as it was asked; raises `EvidenceError`. One about everything is none."""
    match document:
        case {"id": str(name), "subjects": [_, *_] as subjects, "spans": [_, *_] as spans}:
            pass
        case _:
            raise EvidenceError("a question is an id, subjects and spans")
    if not is_id(name) or len(subjects) > MOST or len(spans) > MOST_SPANS:
        raise EvidenceError("the question has an id that is none, or asks for too much")
    if not all(isinstance(one, str) and 0 < len(one) <= _LONGEST_SUBJECT for one in subjects):
        raise EvidenceError("the question has a subject that is none")
    return Wanted(name, tuple(subjects), tuple(_span(one) for one in spans))


def _span(value: object) -> tuple[int, int]:
    match value:
        case [int(since), int(until)] if 0 <= since < until < 2**63 and until - since <= _LONGEST:
            return since, until
    raise EvidenceError("the question has a span that is none")


def answer(ring: Ring, wanted: Wanted) -> tuple[bytes, int, bool]:
    """The capture that answers, how many packets it has, and whether there were more; raises `EvidenceError`."""
    packets: list[Packet] = []
    left, more = _OCTETS, False
    for since, until in wanted.spans:
        found = ring.cut(wanted.subjects, since, until, MOST_PACKETS - len(packets), left)
        packets += found.packets
        left -= sum(len(packet.data) for packet in found.packets)
        more |= found.more
    while len(octets := file_of(packets)) > LARGEST:  # what events told can be longer than the packets
        packets, more = packets[: len(packets) // 2], True
    return octets, len(packets), more


def check(octets: bytes, wanted: Wanted) -> list[Record]:
    """The packets of an answer; raises `IngestError` where it is not what was asked for."""
    found = records(octets)
    if len(octets) > LARGEST or not _is_ours(octets, found):
        raise IngestError("this is no capture as a collector makes one")
    for record in found:
        if not any(since <= record.frame.time < until for since, until in wanted.spans):
            raise IngestError("a packet is of another time than was asked for")
    return found


def _is_ours(octets: bytes, found: Sequence[Record]) -> bool:
    """Whether it is octet by octet what we would write: nothing else is hidden in it."""
    if not all(len(record.frame.data) <= record.length and record.frame.link_type >= 0 for record in found):
        return False
    try:
        return pcapng(found) == octets
    except (struct.error, ValueError):
        return False
