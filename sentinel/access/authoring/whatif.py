"""What a draft would have decided of traffic that was seen, with the facts and the trust of then.

permitted  the draft allows it
rejected   the draft denies it, and the policy in force does not: who needs it would lose it
escaped    both deny it, and it was seen all the same: nothing enforces, or something leaks

Traffic is the flows that began and the industrial requests of terminals that are known. Facts are those of the history of
identities; how stale they would have been then is not known any more, and is taken as not at all.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sentinel.access.authoring.recurring import MOST, Recurring
from sentinel.access.engine.pdp import Pdp
from sentinel.access.information.pip import Asked, Pip
from sentinel.model.access import VERBS, Decision, Resource
from sentinel.model.document import moment
from sentinel.model.event import Value
from sentinel.store.base import Document

FLOW = "flow.started"
PROTOCOLS = {"s7comm": "s7", "s7comm_plus": "s7", "profinet_dcp": "profinet"}
VERB = {"command": "control", "diagnose": "diag"}


class Outcome(StrEnum):
    """What would have become of traffic."""

    PERMITTED = "permitted"
    REJECTED = "rejected"
    ESCAPED = "escaped"


@dataclass(slots=True)
class Tally:
    """What would have become of one terminal's traffic, and the first of each thing that the draft denies it."""

    supi: str
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    lost: dict[str, Seen] = field(default_factory=dict)  # by resource and action


class Seen(NamedTuple):
    """One access that was seen: its event, the outcome, the request, and what the draft decides."""

    event: str
    outcome: Outcome
    asked: Asked
    decision: Decision


def asked_of(document: Document, pip: Pip) -> Asked | None:
    """The request that an event amounts to; none where it is no access of a known terminal."""
    at = moment(str(document.get("@timestamp", "")))
    return _asked(tuple(map(document.get, _READ)), at, pip) if at else None


_READ = (
    "event.action", "ot.direction", "ot.operation", "fiveg.supi", "destination.ip", "destination.port",
    "network.transport", "source.ip",
)  # fmt: skip


def _asked(read: tuple[Value | None, ...], at: int, pip: Pip) -> Asked | None:
    """The request that these fields amount to at a moment."""
    kind, direction, operation, supi, address, port, transport, source = read
    action = _action(kind, direction, operation)
    if not (action and isinstance(supi, str) and isinstance(address, str) and isinstance(port, int)):
        return None
    resource = pip.catalogue.at(address, port, str(transport or ""))
    return Asked(resource, action, at, supi, str(source or ""))


@functools.lru_cache(1024)
def _action(kind: Value | None, direction: Value | None, operation: Value | None) -> str:
    """What an event does, in the words of policies; empty where they have none for it."""
    if kind == FLOW:
        return "connect"
    if direction != "request":
        return ""
    protocol, verb = str(kind).partition(".")[0], str(operation)
    action = f"{PROTOCOLS.get(protocol, protocol)}:{VERB.get(verb, verb)}"
    return action if action in VERBS else ""


def replay(documents: Iterable[Document], pip: Pip, draft: Pdp, live: Pdp) -> Iterator[Seen]:
    """Each access in the documents, decided again with the facts of then; those that are alike are decided once."""
    then, timelines = pip.hindsight()
    recurring = Recurring(then, timelines, draft.snapshot.policy, live.snapshot.policy)
    for document, asked in _accesses(documents, then):
        outcome, decision = recurring.of(asked, lambda one: decided(one, then, draft, live))
        yield Seen(str(document.get("event.id", "")), outcome, asked, decision)


def _accesses(documents: Iterable[Document], pip: Pip) -> Iterator[tuple[Document, Asked]]:
    """The documents that are accesses, with the request of each: that of the same fields once, and then at its moment."""
    known: dict[tuple[Value | None, ...], Asked | None] = {}
    for document in documents:
        read, at = tuple(map(document.get, _READ)), moment(str(document.get("@timestamp", "")))
        try:
            like = known[read]
        except KeyError:
            if len(known) >= MOST:
                known.clear()
            like = known[read] = _asked(read, at, pip)
        if like is not None and at:
            yield document, Asked(like.resource, like.action, at, like.supi, like.address)


def decided(asked: Asked, pip: Pip, draft: Pdp, live: Pdp) -> tuple[Outcome, Decision]:
    """What would have become of an access, and what the draft decides."""
    request = pip.request(asked, draft.snapshot.policy.groups)[0]  # once: it asks the history
    decision = draft.decide(request)
    if decision.allowed:
        return Outcome.PERMITTED, decision
    known = request.subject.known  # whom no register has, no policy lets in
    before = live.decide(pip.regrouped(request, live.snapshot.policy.groups)) if known else decision
    return Outcome.REJECTED if before.allowed else Outcome.ESCAPED, decision


def tallies(accesses: Iterable[Seen]) -> list[Tally]:
    """The same by terminal, those first that would lose most."""
    found, permitted = dict[str, Tally](), Outcome.PERMITTED
    for seen in accesses:
        asked = seen.asked
        tally = found.get(asked.supi)
        if tally is None:
            tally = found[asked.supi] = Tally(asked.supi)
        tally.counts[seen.outcome] += 1
        if seen.outcome is not permitted:
            tally.lost.setdefault(_name(asked.resource, asked.action), seen)
    return sorted(
        found.values(), key=lambda one: (-one.counts[Outcome.REJECTED], -one.counts[Outcome.ESCAPED], one.supi)
    )


@functools.lru_cache(65536)
def _name(resource: Resource, action: str) -> str:
    return f"{resource} {action}"
