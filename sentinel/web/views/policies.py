"""Versions of the policy: who wrote, approved and published each, and what can be done with it next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.access.authoring.pap import Version
from sentinel.access.authoring.shadowing import report
from sentinel.access.authoring.workings import Working
from sentinel.errors import AccessError, AuthorizationError, ConflictError, SentinelError
from sentinel.operations.doors import status_of
from sentinel.web.console import Console
from sentinel.web.gate import Approver, PolicyKeeper, Reader, Shown
from sentinel.web.mistakes import explain
from sentinel.web.texts import text_of
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/policies")


@dataclass(frozen=True, slots=True)
class Wish:
    """Why, for those who approve and for the record."""

    reason: str
    ticket: str


def wish(reason: Annotated[str, Form(max_length=1000)] = "", ticket: Annotated[str, Form(max_length=64)] = "") -> Wish:
    """The wish of a form."""
    return Wish(reason, ticket.strip())


Wishes = Annotated[Wish, Depends(wish)]


@dataclass(frozen=True, slots=True)
class Row:
    """A version, and where it is in its life: `draft`, `approved`, `in_force`, `earlier` or `passed_over`."""

    version: Version
    state: str


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    """All versions, the one that decides now, and what the visitor is writing."""

    rows: Sequence[Row]
    live: int
    digest: str
    rules: int
    compiled: bool
    unrecorded: str
    refused: str
    working: Working | None
    shadow: int  # the version in shadow, if there is one
    notice: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """One version. `objections` says of each approval why it does not count; `error` what was refused just now."""

    row: Row
    needed: int
    objections: Mapping[str, str]
    rules: int
    groups: int
    files: Sequence[str]
    mine: bool
    approved: bool
    live: int
    shadow: int  # the version in shadow, if there is one
    notice: str
    error: str


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader, notice: str = "") -> Response:
    """All versions, the newest first."""
    deciding, snapshot = shown.deciding, shown.deciding.decider.pdp.snapshot
    versions = deciding.pap.versions()
    rows = [Row(version, _state(shown, version, snapshot.version)) for version in versions]
    page = PoliciesPage(
        rows, snapshot.version, snapshot.digest, len(snapshot.policy.rules), deciding.decider.pdp.compiled,
        deciding.decider.unrecorded, explain(deciding.decider.withheld, visitor.translate), deciding.workings.of(visitor.name), _shadow(shown), notice,
    )  # fmt: skip
    return shown.respond(request, visitor, "policies.html", page)


def _shadow(shown: Console) -> int:
    current = shown.deciding.shadows.current()
    return current.version if current else 0


def _state(shown: Console, version: Version, live: int) -> str:
    if version.version == live:
        return "in_force"
    if version.published:
        return "earlier"
    if version.version < live:
        return "passed_over"
    return "approved" if len(version.approvals) >= shown.deciding.pap.needed else "draft"


@router.get("/shadow")
def shadow(request: Request, shown: Shown, visitor: Reader) -> Response:
    """What the version in shadow would have decided otherwise, of the live requests since it went there."""
    current = shown.deciding.shadows.current()
    if current is None:
        return RedirectResponse("/policies", 303)
    return shown.respond(request, visitor, "policy_shadow.html", report(shown.store, current))


@router.post("/shadow")
def shadowed(shown: Shown, visitor: PolicyKeeper, version: Annotated[int, Form()] = 0) -> Response:
    """Have a version judge in shadow, in place of one that does; without one, end the shadow."""
    shadows = shown.deciding.shadows
    if version:
        shadows.start(version, by=visitor.name)
    elif shadows.current() is not None:
        shadows.stop(by=visitor.name)
    shown.deciding.refresh()
    return RedirectResponse("/policies/shadow" if version else "/policies", 303)


@router.get("/{number}")
def version(number: int, request: Request, shown: Shown, visitor: Reader, notice: str = "") -> Response:
    """One version."""
    return _page(request, shown, visitor, number, notice=notice)


def _page(
    request: Request, shown: Console, visitor: Visitor, number: int, *, notice: str = "", trouble: SentinelError | None = None
) -> Response:  # fmt: skip
    text = text_of(shown, visitor, str(number))
    deciding = shown.deciding
    live = deciding.decider.pdp.snapshot.version
    policy = deciding.pap.policy(number)
    found = deciding.pap.version(number)
    page = PolicyPage(
        Row(found, _state(shown, found, live)), deciding.pap.needed, deciding.pap.objections(number), len(policy.rules),
        len(policy.groups.members), tuple(text.files), found.author == visitor.name, visitor.name in found.approvals, live,
        _shadow(shown), notice, str(trouble) if trouble else "",
    )  # fmt: skip
    return shown.respond(request, visitor, "policy.html", page, status_of(trouble) if trouble else 200)


@router.post("/{number}/approve")
def approve(number: int, request: Request, shown: Shown, visitor: Approver) -> Response:
    """Approve a version of somebody else's."""
    try:
        shown.deciding.pap.approve(number, by=visitor.name)
    except (AuthorizationError, ConflictError) as error:
        return _page(request, shown, visitor, number, trouble=error)
    return RedirectResponse(f"/policies/{number}?notice=approved", 303)


@router.post("/{number}/publish")
def publish(number: int, request: Request, shown: Shown, visitor: PolicyKeeper) -> Response:
    """Put a version that is approved into force, here at once."""
    try:
        shown.deciding.pap.publish(number, by=visitor.name)
    except (AuthorizationError, ConflictError) as error:
        return _page(request, shown, visitor, number, trouble=error)
    shown.deciding.refresh()
    return RedirectResponse(f"/policies/{number}?notice=published", 303)


@router.post("/{number}/rollback")
def rollback(number: int, request: Request, shown: Shown, visitor: PolicyKeeper, wish: Wishes) -> Response:
    """Keep the content of a version that was in force as a new one, to be approved like any other."""
    try:
        made = shown.deciding.pap.rollback(number, by=visitor.name, reason=wish.reason, ticket=wish.ticket)
    except AccessError as error:
        return _page(request, shown, visitor, number, trouble=error)
    return RedirectResponse(f"/policies/{made.version}?notice=proposed", 303)


@router.post("/{number}/draft")
def redraft(number: int, shown: Shown, visitor: PolicyKeeper) -> Response:
    """Begin to write, from the files of a version."""
    text = text_of(shown, visitor, str(number))
    shown.deciding.workings.begin(visitor.name, text.files, number)
    return RedirectResponse("/policies/draft", 303)
