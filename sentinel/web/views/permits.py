"""Permits: asked for by one person, approved by another, over by themselves, revoked at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.access.deciding.permits import Permit, State
from sentinel.errors import AccessError, AuthorizationError, ConflictError, SentinelError
from sentinel.operations.doors import status_of
from sentinel.web.console import Console
from sentinel.web.gate import Approver, Reader, Shown, Triager
from sentinel.web.mistakes import explain
from sentinel.web.terminals import named, row_of
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/permits")
_HOURS = (1, 2, 4, 8, 24, 72, 168)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for; `begins` is a local time, empty for now."""

    writer: str = ""
    target: str = ""
    begins: str = ""
    hours: int = 4
    reason: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A permit, where it is in its life, and whether the visitor asked for it."""

    permit: Permit
    writer: str
    terminal: bool
    state: str
    mine: bool


@dataclass(frozen=True, slots=True)
class PermitsPage:
    """All permits; those of the site plan stand beside, and end where the plan says."""

    rows: Sequence[Row]
    waiting: int
    standing: int
    terminals: Sequence[tuple[str, str]]
    groups: Sequence[str]
    targets: Sequence[tuple[str, str]]
    hours: Sequence[int]
    planned: Sequence[Planned]
    wish: Wish
    notice: str
    error: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A permit of the site plan."""

    writer: str
    target: str
    protocol: str
    hours: str
    until: str


def wish(
    writer: Annotated[str, Form(max_length=64)] = "", target: Annotated[str, Form(max_length=128)] = "",
    begins: Annotated[str, Form(max_length=32)] = "", hours: Annotated[int, Form(ge=1, le=168)] = 4,
    reason: Annotated[str, Form(max_length=1000)] = "", ticket: Annotated[str, Form(max_length=64)] = "",
) -> Wish:  # fmt: skip
    """The wish of a form."""
    return Wish(writer.strip(), target.strip(), begins.strip(), hours, reason, ticket)


Wished = Annotated[Wish, Depends(wish)]


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader, notice: str = "") -> Response:
    """All permits, the newest first."""
    return _page(request, shown, visitor, Wish(), notice=notice)


def _page(
    request: Request, shown: Console, visitor: Visitor, wish: Wish, *, notice: str = "", trouble: SentinelError | None = None
) -> Response:  # fmt: skip
    site = shown.deciding.decider.pip.site
    now = time.time()
    supis = {row.supi for row in site.terminals}
    rows = [
        Row(
            each,
            _named(shown, each.writer, supis),
            each.writer in supis,
            each.state(now).value,
            each.asked_by == visitor.name,
        )
        for each in shown.deciding.permits.all()
    ]
    planned = [Planned(_named(shown, each.writer, supis), each.target, each.protocol, each.hours, each.until)
               for each in site.permits]  # fmt: skip
    targets = sorted({(asset.role, "") for asset in site.assets if asset.role}) + [
        (each.address, each.role) for each in site.assets
    ]
    page = PermitsPage(
        rows, sum(row.state == State.ASKED for row in rows), sum(row.state == State.STANDING for row in rows),
        [(named(shown, row.supi), row.group) for row in site.terminals], sorted({row.group for row in site.terminals if row.group}),
        targets, _HOURS, planned, wish, notice, explain(str(trouble), visitor.translate) if trouble else "",
    )  # fmt: skip
    return shown.respond(request, visitor, "permits.html", page, status_of(trouble) if trouble else 200)


def _named(shown: Console, writer: str, supis: set[str]) -> str:
    return named(shown, writer) if writer in supis else writer


@router.post("")
def ask(request: Request, shown: Shown, visitor: Triager, wish: Wished) -> Response:
    """Ask for one."""
    try:
        begins = _moment(shown, wish.begins)
        writer, target = _writer(shown, wish.writer), _target(shown, wish.target)
        shown.deciding.permits.ask(
            writer, target, begins, begins + wish.hours * 3600, by=visitor.name, reason=wish.reason, ticket=wish.ticket
        )
    except AccessError as error:
        return _page(request, shown, visitor, wish, trouble=error)
    return RedirectResponse("/permits?notice=asked", 303)


def _moment(shown: Console, text: str) -> float:
    """Seconds since the epoch of a local time; now for an empty text."""
    if not text:
        return time.time()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=shown.zone).timestamp()
    except (ValueError, OverflowError) as error:
        raise AccessError("a permit begins at a time such as 2026-12-31T08:00") from error


def _writer(shown: Console, text: str) -> str:
    """The SUPI or group that is meant; raises `AccessError`."""
    row = row_of(shown, text) if text else None
    if row is not None:
        return row.supi
    if text and any(each.group == text for each in shown.deciding.decider.pip.site.terminals):
        return text
    raise AccessError("a permit is for a terminal or a group of the register")


def _target(shown: Console, text: str) -> str:
    if text and any(text in (each.address, each.role) for each in shown.deciding.decider.pip.site.assets):
        return text
    raise AccessError("a permit is for an asset of the register")


@router.post("/{number}/approve")
def approve(number: int, request: Request, shown: Shown, visitor: Approver) -> Response:
    """Approve what somebody else asked for."""
    return _change(request, shown, visitor, number, "approved")


@router.post("/{number}/end")
def end(number: int, request: Request, shown: Shown, visitor: Approver) -> Response:
    """Refuse or revoke one."""
    return _change(request, shown, visitor, number, "ended")


def _change(request: Request, shown: Console, visitor: Visitor, number: int, notice: str) -> Response:
    permits = shown.deciding.permits
    try:
        (permits.approve if notice == "approved" else permits.end)(number, by=visitor.name)
    except (AccessError, AuthorizationError, ConflictError) as error:
        return _page(request, shown, visitor, Wish(), trouble=error)
    permits.refresh()
    return RedirectResponse(f"/permits?notice={notice}", 303)
