"""Versions of the policy: written by one person, approved by others, published, repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from sentinel.access.authoring.pap import Version
from sentinel.access.authoring.shadowing import report
from sentinel.api.parts import Approver, PolicyKeeper, Reader, Using
from sentinel.errors import AccessError

router = APIRouter(prefix="/policies", tags=["access"])
_Reason = Annotated[str, Field(min_length=1, max_length=400)]
_Ticket = Annotated[str, Field(max_length=64)]


class VersionView(BaseModel):
    """A version. Times are seconds since the epoch, 0 where it did not happen; `copy_of` is what a rollback repeats."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    digest: str
    author: str
    reason: str
    ticket: str
    copy_of: int
    created: float
    approvals: list[str]
    published: float
    publisher: str


class Draft(BaseModel):
    """Policy files by their paths, and why they are as they are."""

    files: dict[Annotated[str, Field(max_length=256)], str]
    reason: _Reason
    ticket: _Ticket = ""


class Again(BaseModel):
    """Why an earlier version is wanted again."""

    reason: _Reason
    ticket: _Ticket = ""


class ShadowView(BaseModel):
    """A version in shadow: by whom, and since when, in seconds since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    since: float
    by: str


class DifferenceView(BaseModel):
    """What the version in shadow answers otherwise: it allows what was denied (`gained`), or the reverse."""

    model_config = ConfigDict(from_attributes=True)

    gained: bool
    resource: str
    action: str
    rules: list[str]
    reason: str
    count: int
    terminals: int


class ReportView(BaseModel):
    """What came of a shadow so far, the most frequent differences first."""

    model_config = ConfigDict(from_attributes=True)

    shadowed: ShadowView
    judged: int
    gained: int
    lost: int
    differences: list[DifferenceView]


def _view(version: Version) -> VersionView:
    return VersionView.model_validate(version)


@router.get("")
def list_versions(caller: Reader, using: Using) -> list[VersionView]:
    """All versions, the newest first."""
    return [_view(version) for version in using.deciding.pap.versions()]


@router.get("/shadow")
def shadow(caller: Reader, using: Using) -> ReportView:
    """What the version in shadow would have decided otherwise, of the decisions that were kept since."""
    current = using.deciding.shadows.current()
    if current is None:
        raise HTTPException(404, "no version is in shadow")
    return ReportView.model_validate(report(using.store, current))


@router.delete("/shadow")
def end_shadow(caller: PolicyKeeper, using: Using) -> ShadowView:
    """End the shadow."""
    ended = using.deciding.shadows.stop(by=caller.account.name)
    using.deciding.refresh()
    return ShadowView.model_validate(ended)


@router.put("/{number}/shadow")
def start_shadow(number: int, caller: PolicyKeeper, using: Using) -> ShadowView:
    """Have a version judge live requests in shadow, in place of one that does; no answer changes."""
    begun = using.deciding.shadows.start(number, by=caller.account.name)
    using.deciding.refresh()
    return ShadowView.model_validate(begun)


@router.get("/{number}/files")
def files(number: int, caller: Reader, using: Using) -> Mapping[str, str]:
    """The files of a version, by their paths."""
    pap = using.deciding.pap
    try:
        return pap.files(number)
    except AccessError as error:
        raise HTTPException(404, str(error)) from error


@router.post("", status_code=201)
def draft(body: Draft, caller: PolicyKeeper, using: Using) -> VersionView:
    """Keep a new version; files with a mistake are refused, with file and line."""
    deciding = using.deciding
    made = deciding.pap.draft(
        body.files, deciding.decider.pip.zone, by=caller.account.name, reason=body.reason, ticket=body.ticket
    )
    return _view(made)


@router.post("/{number}/approvals")
def approve(number: int, caller: Approver, using: Using) -> VersionView:
    """Approve a version of somebody else's."""
    return _view(using.deciding.pap.approve(number, by=caller.account.name))


@router.post("/{number}/publication")
def publish(number: int, caller: PolicyKeeper, using: Using) -> VersionView:
    """Put a version that is approved into force, here at once."""
    made = using.deciding.pap.publish(number, by=caller.account.name)
    using.deciding.refresh()
    return _view(made)


@router.post("/{number}/rollback", status_code=201)
def rollback(number: int, body: Again, caller: PolicyKeeper, using: Using) -> VersionView:
    """Keep a new version with the content of one that was in force; it is approved and published like any other."""
    made = using.deciding.pap.rollback(number, by=caller.account.name, reason=body.reason, ticket=body.ticket)
    return _view(made)
