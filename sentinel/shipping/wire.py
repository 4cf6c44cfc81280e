"""A batch of events as octets: a JSON document in gzip. What a collector makes, a service checks, a worker reads.

{"format": 1, "frames": [[time, link type, base64], …], "events": [[kind, time, id, source, packet, {field: value}, [frame
number, …]], …]}. Frames stand once, however many events they carried. A batch fits into one request (a mebibyte).
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import ipaddress
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import orjson

from sentinel.errors import IngestError
from sentinel.model.event import Event, Frame, PlainEvent, Value
from sentinel.model.fields import CATALOGUE, FieldType

FORMAT = 1
LARGEST = 1_000_000  # octets of a batch, compressed: the service takes a mebibyte
LARGEST_PLAIN = 16 << 20  # and as JSON
_MOST_EVENTS = 4096  # of a batch
_MOST_FRAMES = 512 << 10  # octets of frames of a batch
_MOST_CARRIED = 1024  # frames of an event
_MOST_VALUES = 65_536  # of a field: no message is longer
_LONGEST_TEXT = 65_536
_DAY = 86_400 * 1_000_000_000
_KIND = re.compile(r"[a-z0-9_]{1,40}\.[a-z0-9_]{1,80}")
_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8,32}")
_GZIP = 31  # window bits
# What a collector may say of watching; the rest is what the service says, also of other collectors.
_OF_ITSELF = frozenset({
    "monitor.decoder_panic", "monitor.interface_lost", "monitor.interface_returned", "monitor.packet_overfull",
    "monitor.packets_dropped", "monitor.spool_full", "monitor.table_full",
})  # fmt: skip
_NOT_SENT = frozenset({"event.action", "observer.name"})  # said by its kind; about another collector

# Making one


def encode(events: Sequence[Event]) -> list[tuple[bytes, int]]:
    """Batches that hold `events`, in order, each with how many it holds."""
    return [octets for part in _parts(events) for octets in _fitting(part)]


def _parts(events: Sequence[Event]) -> Iterator[list[Event]]:
    part: list[Event] = []
    weight = 0
    for event in events:
        heavy = sum(len(frame.data) for frame in event.frames)
        if part and (len(part) >= _MOST_EVENTS or weight + heavy > _MOST_FRAMES):
            yield part
            part, weight = [], 0
        part.append(event)
        weight += heavy
    if part:
        yield part


def _fitting(events: Sequence[Event]) -> list[tuple[bytes, int]]:
    """One batch, or halves where it is too large.

    An event that alone is too large goes without its frames, and one that still is without its fields.
    """
    plain = _plain(events)
    octets = _compressed(plain)
    if len(octets) <= LARGEST and len(plain) <= LARGEST_PLAIN:
        return [(octets, len(events))]
    if len(events) > 1:
        half = len(events) // 2
        return _fitting(events[:half]) + _fitting(events[half:])
    only = events[0]
    fields = only.fields if only.frames else {}
    return _fitting([PlainEvent(only.kind, only.time, only.id, only.source, only.packet, fields)])


def _compressed(plain: bytes) -> bytes:
    squeeze = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return squeeze.compress(plain) + squeeze.flush()


def _plain(events: Sequence[Event]) -> bytes:
    numbers: dict[Frame, int] = {}
    rows = [
        [
            event.kind, event.time, event.id, event.source, event.packet,
            {name: value for name, value in event.fields.items() if name != "event.action"},
            [numbers.setdefault(frame, len(numbers)) for frame in dict.fromkeys(event.frames[:_MOST_CARRIED])],
        ]
        for event in events
    ]  # fmt: skip
    frames = [[frame.time, frame.link_type, base64.b64encode(frame.data).decode()] for frame in numbers]
    return orjson.dumps({"format": FORMAT, "frames": frames, "events": rows})


# Reading one


def decode(octets: bytes, origin: str) -> list[PlainEvent]:
    """The events of a batch that was checked when it came; `origin` is put before the name of their source."""
    document = orjson.loads(_expanded(octets))
    frames = [Frame(time, link, base64.b64decode(data)) for time, link, data in document["frames"]]
    return [
        PlainEvent(
            kind, time, event_id, f"{origin}:{source}", packet,
            {"event.action": kind, **{name: _thawed(value) for name, value in fields.items()}},
            tuple(frames[number] for number in numbers),
        )
        for kind, time, event_id, source, packet, fields, numbers in document["events"]
    ]  # fmt: skip


def _thawed(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value


# Checking one


def check(octets: bytes, now: int, ours: Collection[str] = ()) -> int:
    """How many events a batch holds; raises `IngestError` that says what is wrong with which.

    Events of the kinds in `ours` are made by the service alone.
    """
    try:
        document = orjson.loads(_expanded(octets))
    except orjson.JSONDecodeError as error:
        raise IngestError(f"a batch is JSON in gzip: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise IngestError(f"a batch has the format {FORMAT}; service and collector should be of one version")
    frames, events = document.get("frames"), document.get("events")
    if (
        document.keys() != {"format", "frames", "events"}
        or not isinstance(frames, list)
        or not isinstance(events, list)
    ):
        raise IngestError("a batch has `format`, `frames` and `events`, and nothing else")
    if len(events) > _MOST_EVENTS:
        raise IngestError(f"a batch has at most {_MOST_EVENTS} events")
    for number, frame in enumerate(frames):
        _check_frame(number, frame)
    for number, event in enumerate(events):
        try:
            _check_event(event, len(frames), now, ours)
        except IngestError as error:
            raise IngestError(f"event {number}: {error}") from error
    return len(events)


def _expanded(octets: bytes) -> bytes:
    """What is in the gzip, up to `LARGEST_PLAIN`: a few octets can stand for very many."""
    expand = zlib.decompressobj(_GZIP)
    try:
        plain = expand.decompress(octets, LARGEST_PLAIN + 1)
    except zlib.error as error:
        raise IngestError("a batch is JSON in gzip; this is no gzip") from error
    if len(plain) > LARGEST_PLAIN:
        raise IngestError(f"a batch is JSON of at most {LARGEST_PLAIN} octets")
    if not expand.eof or expand.unused_data:
        raise IngestError("a batch is one gzip member; this is cut short, or more")
    return plain


def _check_frame(number: int, frame: object) -> None:
    match frame:
        case [int(time), int(link), str(data)] if _moment(time) and 0 <= link < 65_536 and _base64(data):
            return
        case _:
            raise IngestError(f"frame {number} is not a time, a link type and base64")


def _base64(data: str) -> bool:
    try:
        binascii.a2b_base64(data, strict_mode=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _moment(time: int) -> bool:
    return not isinstance(time, bool) and 0 <= time < 2**63


def _check_event(event: object, frames: int, now: int, ours: Collection[str]) -> None:
    match event:
        case [str(kind), int(time), str(event_id), str(source), int(packet), dict(fields), list(numbers)]:
            pass
        case _:
            raise IngestError("it is not kind, time, id, source, packet, fields and frames")
    _check_kind(kind, ours)
    if not _moment(time) or time > now + _DAY:
        raise IngestError(f"the time {time} is not between 1970 and tomorrow")
    if not _ID.fullmatch(event_id) or int(event_id[:16], 16) != time:
        raise IngestError(f"`{event_id[:64]}` is not an id of its time")
    if not 0 < len(source) <= 256 or not 0 <= packet < 2**63:
        raise IngestError("its source or its packet is none")
    _check_numbers(numbers, frames)
    for name, value in fields.items():
        _check_field(name, value)


def _check_kind(kind: str, ours: Collection[str]) -> None:
    if not _KIND.fullmatch(kind):
        raise IngestError(f"`{kind[:100]}` is no kind of event")
    if kind in ours or (kind.startswith("monitor.") and kind not in _OF_ITSELF):
        raise IngestError(f"`{kind}` is for the service to say, not for a collector")


def _check_numbers(numbers: list[object], frames: int) -> None:
    if not all(type(number) is int and 0 <= number < frames for number in numbers):
        raise IngestError("it names a frame that is not in the batch")
    if len(numbers) > _MOST_CARRIED or len(set(numbers)) < len(numbers):
        raise IngestError(f"an event has at most {_MOST_CARRIED} frames, each once")


def _check_field(name: str, value: object) -> None:
    """An element of many that is absent is an empty text."""
    spec = CATALOGUE.get(name)
    if spec is None or name in _NOT_SENT:
        raise IngestError(f"there is no field `{name[:100]}` that a collector may send")
    if isinstance(value, list) and len(value) > _MOST_VALUES:
        raise IngestError(f"`{name}` has more than {_MOST_VALUES} values")
    values = value if spec.many and isinstance(value, list) else [value]  # one of many may stand alone
    if not all(_OF_TYPE[spec.type](each) or (spec.many and each == "") for each in values):
        raise IngestError(f"`{name}` is not of its type, {spec.type}{'[]' if spec.many else ''}")


@functools.lru_cache(maxsize=65_536)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_OF_TYPE: dict[FieldType, Callable[[object], bool]] = {
    FieldType.KEYWORD: lambda value: isinstance(value, str) and len(value) <= _LONGEST_TEXT,
    FieldType.LONG: lambda value: type(value) is int and -(2**63) <= value < 2**64,
    FieldType.DOUBLE: lambda value: type(value) in {int, float},
    FieldType.BOOLEAN: lambda value: isinstance(value, bool),
    FieldType.IP: lambda value: isinstance(value, str) and _is_address(value),
}


def digest(*parts: str) -> str:
    """The second half of the id of an event that no packet carried."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()
