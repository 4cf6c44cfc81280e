"""Decisions as entries of the audit log: what was decided upon, whole, so that entry and policy give the same answer again.

An entry has the request as canonical JSON with a pseudonym where the SUPI stood, what stood outside the policy (locks and
break-glasses that were about it), and the digest of the policy. Whoever may know whom the pseudonym stands for can decide
it anew, years later, as long as that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sentinel.access.deciding.exceptions import NOTHING, Outside, beyond
from sentinel.access.engine.pdp import Pdp
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


def act(
    decision_id: str, point: str, request: Request, decision: Decision, named: Named, outside: Outside = NOTHING
) -> Act:  # fmt: skip
    """The act of deciding, for the audit log; what was denied was refused."""
    details: dict[str, Detail] = {
        "reason": Nameless(decision.reason), "rules": ", ".join(decision.rules), "policy": Nameless(decision.digest),
        "version": decision.version, "entry": entry(request, named, outside),
    }  # fmt: skip
    outcome = Outcome.DONE if decision.allowed else Outcome.REFUSED
    return Act(Action.ACCESS_DECIDED, point, decision_id, outcome, details)


def entry(request: Request, named: Named, outside: Outside = NOTHING) -> Nameless:
    """A request as it is written, with what stood outside the policy."""
    subject, resource = request.subject, request.resource
    supi = named(subject.supi) if subject.supi else ""
    keys = [f"{_SUPI}{supi}" if key.startswith(_SUPI) else key for key in subject.keys]
    whole = {
        "subject": {"supi": supi, "keys": keys, "known": subject.known},
        "resource": {"kind": resource.kind, "name": resource.name, "address": resource.address, "port": resource.port,
                     "protocol": resource.protocol, "number": str(resource.number), "known": resource.known},
        "site": request.site, "action": request.action, "context": dict(request.context),
    }  # fmt: skip
    if outside is not NOTHING:
        whole["outside"] = outside.texts
    return Nameless(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode())


def replayed(written: str, originals: Mapping[str, str], pdp: Pdp) -> Decision:
    """What an entry says is decided upon again, by the policy that was in force; raises `AccessError`."""
    try:
        outside = Outside.read(_read(written).get("outside", ()))
    except (TypeError, ValueError, AttributeError) as error:
        raise AccessError(f"an entry is not of its form: {error}") from error
    return beyond(pdp.decide(request_of(written, originals)), pdp.snapshot.policy, outside)


def request_of(written: str, originals: Mapping[str, str]) -> Request:
    """The request of an entry, with SUPIs for the pseudonyms that are known; raises `AccessError`."""
    whole = _read(written)
    try:
        supi = whole["subject"]["supi"]
        known = originals.get(supi, supi)
        keys = tuple(f"{_SUPI}{known}" if key == f"{_SUPI}{supi}" else key for key in whole["subject"]["keys"])
        resource = Resource(**{**whole["resource"], "number": int(whole["resource"]["number"])})
        subject = Subject(known, keys, whole["subject"]["known"])
        return Request(subject, whole["site"], resource, whole["action"], whole["context"])
    except (KeyError, TypeError, ValueError) as error:
        raise AccessError(f"an entry is not of its form: {error}") from error


def _read(written: str) -> dict[str, Any]:
    try:
        whole: object = orjson.loads(written.encode())
    except orjson.JSONDecodeError as error:
        raise AccessError(f"an entry is not of its form: {error}") from error
    if not isinstance(whole, dict):
        raise AccessError("an entry is not of its form: expected an object")
    return whole
