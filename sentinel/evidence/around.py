"""The packets of an alert: those that its events were read from, and what the ring has around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sentinel.errors import EvidenceError
from sentinel.evidence.ring import Cut, Packet, Ring
from sentinel.evidence.subjects import MOST, subjects
from sentinel.model.alert import Alert, Evidence
from sentinel.model.event import Frame
from sentinel.model.personal import mentioned
from sentinel.store.base import Document, Store
from sentinel.store.sealing import restored

AROUND = 5_000_000_000  # nanoseconds before and after a message
MOST_AROUND = 2000  # packets of an alert
_OCTETS = 32 << 20
_NOTHING = Cut()


def packets_of(
    store: Store, ring: Ring, alert: Alert, around: int = AROUND, most: int = MOST_AROUND, fetched: Cut = _NOTHING
) -> Cut:
    """The proofs of the alert, and up to `most` packets about the same tunnels, sessions, UEs or flows near them.

    `fetched` are those that came from elsewhere.
    """
    proofs = store.frames([evidence.event_id for evidence in alert.evidence])
    known = about(store, alert.evidence)
    found: list[Packet] = list(fetched.packets)
    more, unopened = fetched.more, fetched.unopened
    most += len(found)
    for since, until in spans([evidence.time for evidence in alert.evidence], around) if known else ():
        cut = _cut(ring, known, since, until, most - len(found))
        found += cut.packets
        more, unopened = more | cut.more, unopened | cut.unopened
    return Cut(_together(proofs, found, {evidence.time for evidence in alert.evidence}), more, unopened)


def about(store: Store, evidence: Iterable[Evidence]) -> list[str]:
    """What these events are about, by what the store has of them."""
    known = [_document(store, one.event_id) for one in evidence]
    return list(dict.fromkeys(one for document in known for one in subjects(document)))[:MOST]


def _document(store: Store, event_id: str) -> Document:
    """The event with its terminal as packets name it: this asks the ring, and is shown to nobody."""
    found = store.event(event_id) or {}
    return restored(found, store.originals(mentioned(str(found.get("fiveg.supi", "")))))


def _cut(ring: Ring, about: Sequence[str], since: int, until: int, most: int) -> Cut:
    try:
        return ring.cut(about, since, until, most, _OCTETS)
    except EvidenceError:
        return Cut(more=True)  # the frames that the store has are shown all the same


def spans(times: Iterable[int], around: int = AROUND) -> list[tuple[int, int]]:
    """From before each time to after it; those that overlap are one."""
    found: list[tuple[int, int]] = []
    for time in sorted(times):
        if found and time - around <= found[-1][1]:
            found[-1] = (found[-1][0], time + around + 1)
        else:
            found.append((time - around, time + around + 1))
    return found


def _together(proofs: Sequence[Frame], found: Sequence[Packet], times: set[int]) -> list[Packet]:
    """Each packet once: as a proof it is whole, as the ring has it, it is numbered."""
    ringed: dict[tuple[int, int], list[Packet]] = {}
    for packet in found:
        ringed.setdefault((packet.time, packet.link_type), []).append(packet)
    for frame in proofs:
        same = ringed.setdefault((frame.time, frame.link_type), [])
        at = next((n for n, packet in enumerate(same) if frame.data.startswith(packet.data)), None)
        if at is None:
            same.append(Packet(frame.time, frame.link_type, len(frame.data), frame.data, proof=True))
        else:
            same[at] = replace(same[at], data=frame.data, length=max(same[at].length, len(frame.data)), proof=True)
    together = [
        replace(p, proof=p.proof or bool(p.kinds and p.time in times)) for same in ringed.values() for p in same
    ]
    return sorted(together, key=lambda packet: packet.time)
