"""Decisions as entries of the audit log: what was decided upon, whole, so that entry and policy give the same answer again.

An entry has the request as canonical JSON with a pseudonym where the SUPI stood, and the digest of the policy. Whoever may
know whom the pseudonym stands for can decide it anew, years later, as long as that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from sentinel.errors import AccessError
from sentinel.model.access import Decision, Request, Resource, Subject
from sentinel.model.audit import Act, Action, Detail, Nameless, Outcome

_SUPI = "supi:"
Named = Callable[[str], str]
"""The pseudonym of a SUPI."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Where decisions go on record: `record` returns when no kill loses them, and raises `AuditError` where they are not kept."""

    record: Callable[..., None]
    named: Named


def act(decision_id: str, point: str, request: Request, decision: Decision, named: Named) -> Act:
    """The act of deciding, for the audit log; what was denied was refused."""
    details: dict[str, Detail] = {
        "reason": decision.reason.value, "rules": ", ".join(decision.rules), "policy": decision.digest,
        "version": decision.version, "entry": entry(request, named),
    }  # fmt: skip
    outcome = Outcome.DONE if decision.allowed else Outcome.REFUSED
    return Act(Action.ACCESS_DECIDED, point, decision_id, outcome, details)


def entry(request: Request, named: Named) -> Nameless:
    """A request as it is written."""
    subject, resource = request.subject, request.resource
    supi = named(subject.supi) if subject.supi else ""
    keys = [f"{_SUPI}{supi}" if key.startswith(_SUPI) else key for key in subject.keys]
    whole = {
        "subject": {"supi": supi, "keys": keys, "known": subject.known},
        "resource": {"kind": resource.kind, "name": resource.name, "address": resource.address, "port": resource.port,
                     "protocol": resource.protocol, "number": str(resource.number), "known": resource.known},
        "site": request.site, "action": request.action, "context": dict(request.context),
    }  # fmt: skip
    return Nameless(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode())


def request_of(written: str, originals: Mapping[str, str]) -> Request:
    """The request of an entry, with SUPIs for the pseudonyms that are known; raises `AccessError`."""
    try:
        whole = orjson.loads(written.encode())
        supi = whole["subject"]["supi"]
        known = originals.get(supi, supi)
        keys = tuple(f"{_SUPI}{known}" if key == f"{_SUPI}{supi}" else key for key in whole["subject"]["keys"])
        resource = Resource(**{**whole["resource"], "number": int(whole["resource"]["number"])})
        subject = Subject(known, keys, whole["subject"]["known"])
        return Request(subject, whole["site"], resource, whole["action"], whole["context"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise AccessError(f"an entry is not of its form: {error}") from error
