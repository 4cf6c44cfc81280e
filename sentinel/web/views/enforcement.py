"""Enforcement: what waits for two persons, what points were told and what came of it, locks, and break-glass."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.access.administration import orders
from sentinel.access.administration.orders import Phase
from sentinel.access.deciding import glass
from sentinel.access.deciding.locks import Lock, Subject
from sentinel.enforcement.registry import Kind
from sentinel.errors import AccessError, AuthorizationError, ConflictError, SentinelError
from sentinel.model.enforcement import State
from sentinel.operations.doors import Deciding, status_of
from sentinel.web.console import Console
from sentinel.web.gate import Approver, PolicyKeeper, Reader, Shown
from sentinel.web.mistakes import explain
from sentinel.web.terminals import named, row_of
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/enforcement")
HOURS = (1, 4, 8, 24, 72, 168, 720)
MINUTES = (15, 30, 60, 120, 240, 480)
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order, with whom it concerns."""

    id: str
    verb: str
    supi: str
    group: str
    what: str
    why: str
    phase: str
    held: str
    created: int
    until: int
    ttl: int
    points: Sequence[str]
    outcomes: Mapping[str, str]
    approvals: Sequence[str]
    mine: bool
    concerned: Sequence[str]
    groups: Mapping[str, int]
    sessions: int
    grants: int
    resources: Sequence[str]
    critical: int
    detail: str
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class PointRow:
    """An enforcement point that is registered; times in nanoseconds, 0 and empty where there is nothing yet."""

    name: str
    kind: str
    address: str
    heard: int
    waiting: int
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class LockRow:
    """A lock; `shown` is what it is about, as the store names it."""

    id: str
    subject: str
    shown: str
    owner: str
    reason: str
    created: int
    expires: int
    stands: bool
    lifter: str


@dataclass(frozen=True, slots=True)
class GlassRow:
    """A break-glass."""

    id: str
    state: str
    subject: str
    resource: str
    action: str
    suspends: Sequence[str]
    reason: str
    opener: str
    seconds: int
    created: int
    expires: int
    approvals: Sequence[str]
    review: str
    reviewer: str
    mine: bool
    approved: bool


@dataclass(frozen=True, slots=True)
class EnforcementPage:
    """The page; `wish` is what was written in a form that was refused."""

    points: Sequence[PointRow]
    held: Sequence[OrderRow]
    orders: Sequence[OrderRow]
    locks: Sequence[LockRow]
    glasses: Sequence[GlassRow]
    denies: Sequence[str]
    terminals: Sequence[tuple[str, str]]
    groups: Sequence[str]
    resources: Sequence[str]
    slices: Sequence[str]
    hours: Sequence[int]
    minutes: Sequence[int]
    wish: Mapping[str, str]
    notice: str
    error: str


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader, notice: str = "") -> Response:
    """Everything outside the policy, and what enforcement points were told."""
    return _page(request, shown, visitor, {}, notice=notice)


@router.get("/banner")
def banner(request: Request, shown: Shown, visitor: Reader) -> Response:
    """What every page shows at its top while a break-glass is open, or something waits for two persons."""
    return shown.respond(request, visitor, "_banner.html", shown.pressing())


def _page(
    request: Request, shown: Console, visitor: Visitor, wish: Mapping[str, str], *, notice: str = "",
    trouble: SentinelError | None = None,
) -> Response:  # fmt: skip
    deciding, now = shown.deciding, time.time_ns()
    site = deciding.decider.pip.site
    every = [_order(shown, visitor, each) for each in deciding.administrator.ordering.orders.everyone()[:_SHOWN]]
    denies = [rule.id for rule in deciding.decider.pdp.snapshot.policy.rules if rule.effect == "deny"]
    page = EnforcementPage(
        _points(deciding, now),
        [each for each in every if each.phase == Phase.HELD], [each for each in every if each.phase != Phase.HELD],
        [_lock(shown, each, now) for each in deciding.known.locks.everyone()],
        [_glass(shown, visitor, each, now) for each in deciding.known.glasses.everyone()],
        [*denies, *(each.id for each in deciding.known.locks.standing(now))],
        [(named(shown, row.supi), row.group) for row in site.terminals], sorted({row.group for row in site.terminals if row.group}),
        [str(each) for each in deciding.decider.pip.catalogue.all], [str(each) for each in site.slices], HOURS, MINUTES, wish,
        notice, explain(str(trouble), visitor.translate) if trouble else "",
    )  # fmt: skip
    return shown.respond(request, visitor, "enforcement.html", page, status_of(trouble) if trouble else 200)


def _points(deciding: Deciding, now: int) -> list[PointRow]:
    """Gateways follow one feed, so what waits for one waits for all; who asks is told nothing."""
    standing, heard = deciding.administrator.ordering.dispatch.standing(), deciding.feed.heard()
    rows = []
    for each in deciding.registered():
        at = standing.get(each.kind if each.kind is Kind.NFTABLES else each.name)
        last = at.last if at else None
        asked = now - int(heard[each.name] * 1e9) if each.name in heard else 0
        spoke = max(asked, last.at if last and not each.kind.asks and last.state is State.ACKED else 0)
        rows.append(PointRow(
            each.name, each.kind.value, each.address, spoke, at.waiting if at else 0, last.state.value if last else "",
            last.detail if last else "",
        ))  # fmt: skip
    return rows


def _order(shown: Console, visitor: Visitor, order: orders.Order) -> OrderRow:
    groups = {row.supi: row.group for row in shown.deciding.decider.pip.site.terminals}
    blast = shown.deciding.administrator.ordering.blast(order) if order.phase is Phase.HELD else order.blast
    binding, flow = order.command.binding, order.command.flow
    return OrderRow(
        order.id, order.command.verb.value, named(shown, binding.supi), groups.get(binding.supi, ""),
        str(flow) if flow else binding.address or order.session, order.why, order.phase.value, order.held, order.created,
        order.until, order.command.ttl, order.points, {each.point: each.state.value for each in order.outcomes},
        order.approvals, visitor.name in (*order.approvals, order.by), [named(shown, each) for each in blast.terminals],
        dict(blast.groups), blast.sessions, blast.grants, blast.resources, blast.critical, order.detail, order.evidence,
    )  # fmt: skip


def _lock(shown: Console, lock: Lock, now: int) -> LockRow:
    about = {Subject.SUPI: "fiveg.supi", Subject.IMEI: "fiveg.pei"}.get(lock.subject, "")
    value = shown.hide(about, lock.value) if about else lock.value
    return LockRow(
        lock.id,
        lock.subject.value,
        value,
        lock.owner,
        lock.reason,
        lock.created,
        lock.expires,
        lock.stands(now),
        lock.lifter,
    )


def _glass(shown: Console, visitor: Visitor, each: glass.Glass, now: int) -> GlassRow:
    kind, _, value = each.subject.partition(":")
    return GlassRow(
        each.id, each.state(now).value, f"supi:{named(shown, value)}" if kind == "supi" else each.subject, each.resource,
        each.action, each.suspends, each.reason, each.opener, each.seconds, each.created, each.expires, each.approvals,
        each.review, each.reviewer, each.opener == visitor.name, visitor.name in each.approvals,
    )  # fmt: skip


def _done(
    request: Request, shown: Console, visitor: Visitor, notice: str, act: Callable[[Deciding], object], **wish: str
) -> Response:
    """Do it, and come back; or say why not, with what was written."""
    try:
        act(shown.deciding)
    except (AccessError, AuthorizationError, ConflictError) as error:
        return _page(request, shown, visitor, wish, trouble=error)
    shown.deciding.refresh()
    return RedirectResponse(f"/enforcement?notice={notice}", 303)


_Text = Annotated[str, Form(max_length=1000)]
_Name = Annotated[str, Form(max_length=128)]
_Number = Annotated[int, Form(ge=1, le=1000)]


@router.post("/locks")
def lock(
    request: Request, shown: Shown, visitor: Approver, subject: _Name = "", value: _Name = "", reason: _Text = "",
    hours: _Number = 8,
) -> Response:  # fmt: skip
    """Lock a terminal, device, certificate, slice or the site."""

    def act(deciding: Deciding) -> object:
        if subject not in set(Subject):
            raise AccessError("choose what is locked")
        about = Subject(subject)
        row = row_of(shown, value) if about is Subject.SUPI else None
        meant = row.supi if row else deciding.decider.pip.site.site if about is Subject.SITE else value.strip()
        return deciding.known.locks.set(about, meant, by=visitor.name, reason=reason, seconds=hours * 3600)

    return _done(request, shown, visitor, "locked", act, subject=subject, value=value, reason=reason)


@router.post("/locks/{number}/lift")
def lift(number: str, request: Request, shown: Shown, visitor: PolicyKeeper, reason: _Text = "") -> Response:
    """Take a lock away before it ends."""

    def act(deciding: Deciding) -> object:
        return deciding.known.locks.lift(number, by=visitor.name, reason=reason)

    return _done(request, shown, visitor, "lifted", act)


@router.post("/glasses")
def propose(
    request: Request, shown: Shown, visitor: Approver, who: _Name = "", resource: _Name = "", action: _Name = "",
    suspends: Annotated[tuple[str, ...], Form()] = (), reason: _Text = "", minutes: _Number = 60,
) -> Response:  # fmt: skip
    """Ask to break the glass."""

    def act(deciding: Deciding) -> object:
        row = row_of(shown, who) if who else None
        subject = f"supi:{row.supi}" if row else who if ":" in who or who == "any" else f"grp:{who}"
        return deciding.known.glasses.propose(
            subject,
            resource.strip(),
            action.strip(),
            suspends=suspends,
            by=visitor.name,
            reason=reason,
            seconds=minutes * 60,
        )

    return _done(request, shown, visitor, "proposed", act, who=who, resource=resource, action=action, why=reason)


@router.post("/glasses/{number}/{step}")
def break_glass(
    number: str, step: str, request: Request, shown: Shown, visitor: Approver, said: _Text = ""
) -> Response:
    """Approve a break-glass, close it, or say what it was used for."""

    def act(deciding: Deciding) -> object:
        glasses = deciding.known.glasses
        if step == "approve":
            return glasses.approve(number, by=visitor.name)
        if step == "close":
            return glasses.close(number, by=visitor.name)
        return glasses.review(number, by=visitor.name, said=said)

    return _done(request, shown, visitor, "glass", act)


@router.post("/orders/{number}/{step}")
def order(
    number: str, step: str, request: Request, shown: Shown, visitor: Approver, said: _Text = "", minutes: _Number = 60
) -> Response:
    """Let an order go ahead that waits, refuse it, or take one back that points hold."""

    def act(deciding: Deciding) -> object:
        ordering = deciding.administrator.ordering
        if step == "approve":
            return ordering.approve(number, by=visitor.name, seconds=minutes * 60)
        if step == "refuse":
            return ordering.refuse(number, by=visitor.name, reason=said)
        return ordering.undo(number, by=visitor.name, reason=said)

    return _done(request, shown, visitor, "order", act)
