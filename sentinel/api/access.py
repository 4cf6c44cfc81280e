"""Access that goes on: what is granted, what enforcement points were told, what waits for people, locks and break-glass.

Times are nanoseconds since the epoch, 0 where it did not happen.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from sentinel.access.administration.grants import LONGEST, Grant
from sentinel.access.administration.orders import Order, Phase
from sentinel.access.deciding.glass import Glass, State
from sentinel.access.deciding.locks import Lock, Subject
from sentinel.api.parts import Approver, PolicyKeeper, Reader, Using

router = APIRouter(prefix="/access", tags=["access"])
_Reason = Annotated[str, Field(min_length=1, max_length=400)]
_Seconds = Annotated[int, Field(gt=0)]
_Name = Annotated[str, Field(min_length=1, max_length=128)]
_Supi = Annotated[str, Query(pattern=r"^\d{0,15}$")]


class BindingView(BaseModel):
    """The session that something is bound to; what is not known is empty, or -1."""

    model_config = ConfigDict(from_attributes=True)

    supi: str
    session: int
    seid: str
    uplink: str
    downlink: str
    qfi: int
    address: str
    gnb: str
    dnn: str
    critical: bool


class GrantView(BaseModel):
    """What was allowed and holds still; `decision` is the one that it rests on now."""

    id: str
    decision: str
    point: str
    supi: str
    resource: str
    action: str
    binding: BindingView
    version: int
    since: int
    until: int


class GrantPage(BaseModel):
    """Some of all grants."""

    rows: list[GrantView]
    total: int


class BlastView(BaseModel):
    """Whom it concerns, of the sessions that live now."""

    model_config = ConfigDict(from_attributes=True)

    terminals: list[str]
    groups: list[tuple[str, int]]
    sessions: int
    grants: int
    resources: list[str]
    critical: int


class OutcomeView(BaseModel):
    """What a point said of it."""

    model_config = ConfigDict(from_attributes=True)

    point: str
    state: str
    at: int
    detail: str


class OrderView(BaseModel):
    """What enforcement points were told, or what waits (`held`: `safety` or `ot`) until two persons let it go ahead."""

    id: str
    phase: Phase
    verb: str
    why: str
    held: str
    decision: str
    flow: str
    ttl: int
    binding: BindingView
    points: list[str]
    created: int
    at: int
    until: int
    by: str
    approvals: list[str]
    outcomes: list[OutcomeView]
    blast: BlastView
    detail: str
    packets: list[str]


class LockView(BaseModel):
    """A lock."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    subject: Subject
    value: str
    owner: str
    reason: str
    created: int
    expires: int
    lifted: int
    lifter: str
    stands: bool = False


class GlassView(BaseModel):
    """A break-glass; one that is `closed` waits for a review."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    state: State
    subject: str
    resource: str
    action: str
    suspends: list[str]
    reason: str
    opener: str
    seconds: int
    created: int
    approvals: list[str]
    opened: int
    closed: int
    expires: int
    review: str
    reviewer: str


class NewLock(BaseModel):
    """What to lock, why, and for how long."""

    subject: Subject
    value: _Name
    reason: _Reason
    seconds: _Seconds


class NewGlass(BaseModel):
    """What to allow outside the policy: a rule's subject, resource and action, and the denies and locks to suspend."""

    subject: _Name
    resource: _Name
    action: _Name
    suspends: list[_Name] = []
    reason: _Reason
    seconds: _Seconds


class Why(BaseModel):
    """Why."""

    reason: _Reason


class Approval(BaseModel):
    """For how long the cut is to be; both persons say the same."""

    seconds: Annotated[int, Field(gt=0, le=LONGEST)]


@router.get("/grants")
def grants(
    caller: Reader, using: Using, supi: _Supi = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    start: Annotated[int, Query(ge=0)] = 0,
) -> GrantPage:  # fmt: skip
    """What is in force, of one terminal or of all."""
    held = using.deciding.administrator.grants
    rows = held.of(supi)[start : start + limit] if supi else held.page(limit, start)
    return GrantPage(rows=[_grant(each) for each in rows], total=len(held.of(supi)) if supi else len(held))


@router.get("/orders")
def orders(caller: Reader, using: Using, phase: Phase | None = None, supi: _Supi = "") -> list[OrderView]:
    """What points were told, or what waits, the newest first."""
    found = using.deciding.administrator.ordering.orders.everyone()
    return [
        _order(each)
        for each in found
        if (phase is None or each.phase is phase) and (not supi or each.command.binding.supi == supi)
    ]


@router.get("/orders/{order}")
def order(order: str, caller: Reader, using: Using) -> OrderView:
    """One; of one that waits, whom it would concern now."""
    ordering = using.deciding.administrator.ordering
    found = ordering.orders.get(order)
    if found is None:
        raise HTTPException(404, f"there is no order `{order}`")
    view = _order(found)
    if found.phase is Phase.HELD:
        view.blast = BlastView.model_validate(ordering.blast(found))
    return view


@router.post("/orders/{order}/approvals")
def approve(order: str, body: Approval, caller: Approver, using: Using) -> OrderView:
    """Let a cut that waits go ahead; with the second person it does."""
    ordering = using.deciding.administrator.ordering
    return _order(ordering.approve(order, by=caller.account.name, seconds=body.seconds))


@router.post("/orders/{order}/refusal")
def refuse(order: str, body: Why, caller: Approver, using: Using) -> OrderView:
    """Say that it is not to be cut."""
    return _order(using.deciding.administrator.ordering.refuse(order, by=caller.account.name, reason=body.reason))


@router.post("/orders/{order}/undo")
def undo(order: str, body: Why, caller: Approver, using: Using) -> OrderView:
    """Take back what points were told."""
    return _order(using.deciding.administrator.ordering.undo(order, by=caller.account.name, reason=body.reason))


@router.get("/blast")
def blast(caller: Reader, using: Using, subject: Subject, value: _Name) -> BlastView:
    """Whom a lock would concern, of the sessions that live now."""
    return BlastView.model_validate(using.deciding.administrator.concerned(subject, value))


@router.get("/locks")
def locks(caller: Reader, using: Using) -> list[LockView]:
    """Locks that stand, or did of late."""
    return [_lock(each) for each in using.deciding.known.locks.everyone()]


@router.post("/locks", status_code=201)
def lock(body: NewLock, caller: Approver, using: Using) -> LockView:
    """Lock a terminal, a device, a certificate, a slice or the site, at once."""
    made = using.deciding.known.locks.set(
        body.subject, body.value, by=caller.account.name, reason=body.reason, seconds=body.seconds
    )
    return _lock(made)


@router.post("/locks/{lock}/lift")
def lift(lock: str, body: Why, caller: PolicyKeeper, using: Using) -> LockView:
    """Take a lock away before it ends."""
    return _lock(using.deciding.known.locks.lift(lock, by=caller.account.name, reason=body.reason))


@router.get("/break-glass")
def glasses(caller: Reader, using: Using) -> list[GlassView]:
    """Those that are asked for, open, or wait for a review; what is open belongs on every page."""
    return [_glass(each) for each in using.deciding.known.glasses.everyone()]


@router.post("/break-glass", status_code=201)
def propose(body: NewGlass, caller: Approver, using: Using) -> GlassView:
    """Ask for one; two others approve it."""
    made = using.deciding.known.glasses.propose(
        body.subject, body.resource, body.action, suspends=body.suspends, by=caller.account.name, reason=body.reason,
        seconds=body.seconds,
    )  # fmt: skip
    return _glass(made)


@router.post("/break-glass/{glass}/approvals")
def open_glass(glass: str, caller: Approver, using: Using) -> GlassView:
    """Approve one; with the second approval it is open."""
    return _glass(using.deciding.known.glasses.approve(glass, by=caller.account.name))


@router.post("/break-glass/{glass}/close")
def close_glass(glass: str, caller: Approver, using: Using) -> GlassView:
    """End one before its time."""
    return _glass(using.deciding.known.glasses.close(glass, by=caller.account.name))


@router.post("/break-glass/{glass}/review")
def review_glass(glass: str, body: Why, caller: Approver, using: Using) -> GlassView:
    """Say what it was used for."""
    return _glass(using.deciding.known.glasses.review(glass, by=caller.account.name, said=body.reason))


def _grant(grant: Grant) -> GrantView:
    asked = grant.asked
    return GrantView(
        id=grant.id, decision=grant.decision, point=grant.point, supi=asked.supi, resource=str(asked.resource),
        action=asked.action, binding=BindingView.model_validate(grant.binding), version=grant.version, since=grant.since,
        until=grant.until,
    )  # fmt: skip


def _order(order: Order) -> OrderView:
    command = order.command
    return OrderView(
        id=order.id, phase=order.phase, verb=command.verb.value, why=order.why, held=order.held, decision=command.decision,
        flow=str(command.flow or ""), ttl=command.ttl, binding=BindingView.model_validate(command.binding),
        points=list(order.points), created=order.created, at=order.at, until=order.until, by=order.by,
        approvals=list(order.approvals), outcomes=[OutcomeView.model_validate(each) for each in order.outcomes],
        blast=BlastView.model_validate(order.blast), detail=order.detail, packets=list(order.evidence),
    )  # fmt: skip


def _lock(lock: Lock) -> LockView:
    return LockView(**asdict(lock), stands=lock.stands(time.time_ns()))


def _glass(glass: Glass) -> GlassView:
    return GlassView(**asdict(glass), state=glass.state(time.time_ns()), expires=glass.expires)
