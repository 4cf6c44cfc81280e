"""A decision again from its record: the request as it was recorded, under the version of the policy that it names."""

from __future__ import annotations

from collections.abc import Sequence

from sentinel.access.authoring.cases import resource
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.errors import AnalysisError
from sentinel.model.access import Decision, Fact, Request, Subject
from sentinel.store.base import Document

_NUMBERS = frozenset({"trust", "time", "session_age", "facts_age"})


def recorded(document: Document, supi: str, site: str) -> Request | None:
    """The request of a recorded decision; none where the record does not hold it whole."""
    try:
        asked = resource(str(document.get("access.resource", "")))
    except ValueError:
        return None
    keys = tuple(dict.fromkeys((*texts(document, "access.subject"), f"supi:{supi}")))
    known = len(keys) > 1
    return Request(Subject(supi, keys, known), site, asked, str(document.get("access.action", "")), facts(document))


def facts(document: Document) -> dict[str, Fact]:
    """The context of a recorded decision."""
    found: dict[str, Fact] = {}
    for pair in texts(document, "access.context"):
        name, _, value = pair.partition("=")
        found[name] = int(value) if name in _NUMBERS and value.isdigit() else value
    return found


def texts(document: Document, name: str) -> Sequence[str]:
    """The texts of a field that has several."""
    value = document.get(name, ())
    return tuple(map(str, value)) if isinstance(value, tuple | list) else (str(value),)


def again(request: Request, policy: Policy, version: int) -> Decision:
    """What the policy decides of it, by casbin."""
    return Pdp(Snapshot.of(policy, version), _refuse, every=0).decide(request)


def _refuse(message: str) -> None:
    raise AnalysisError(message)
