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

from sentinel.access.authoring.recurring import Recurring
from sentinel.access.engine.pdp import Pdp
from sentinel.access.information.pip import Asked, Pip
from sentinel.model.access import VERBS, Decision
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
    get = document.get
    action = _action(get("event.action"), get("ot.direction"), get("ot.operation"))
    if not action:
        return None
    supi, address, port = get("fiveg.supi"), get("destination.ip"), get("destination.port")
    at = moment(str(get("@timestamp", "")))
    if not (isinstance(supi, str) and isinstance(address, str) and isinstance(port, int) and at):
        return None
    resource = pip.catalogue.at(address, port, str(get("network.transport", "")))
    return Asked(resource, action, at, supi, str(get("source.ip", "")))


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
    for document in documents:
        asked = asked_of(document, then)
        if asked is not None:
            outcome, decision = recurring.of(asked, lambda one: decided(one, then, draft, live))
            yield Seen(str(document.get("event.id", "")), outcome, asked, decision)


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
    found: dict[str, Tally] = {}
    for seen in accesses:
        tally = found.setdefault(seen.asked.supi, Tally(seen.asked.supi))
        tally.counts[seen.outcome] += 1
        if seen.outcome is not Outcome.PERMITTED:
            tally.lost.setdefault(f"{seen.asked.resource} {seen.asked.action}", seen)
    return sorted(
        found.values(), key=lambda one: (-one.counts[Outcome.REJECTED], -one.counts[Outcome.ESCAPED], one.supi)
    )
