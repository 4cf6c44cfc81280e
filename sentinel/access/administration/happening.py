"""Events of the access part that detection judges: what was held, leaked, failed or laid bare, that somebody broke the glass, and that records may be lost or were changed."""

from __future__ import annotations

import time

from sentinel.access.administration.orders import Order
from sentinel.access.deciding.glass import Glass
from sentinel.crypto.digest import digest_sm3
from sentinel.model.enforcement import Outcome
from sentinel.model.event import PlainEvent, Value
from sentinel.model.facts import Told

SOURCE = "access"
LEAKED, HELD, FAILED, GLASS = "access.leaked_deny", "access.cut_held", "access.order_failed", "access.break_glass"
BARE = "access.gateway_bare"
DAMAGED = "access.fact_damaged"
UNSYNCHRONISED = "access.records_unsynchronised"
UNSOUND = "access.records_unsound"


def held(order: Order) -> PlainEvent:
    """A cut waits for two persons."""
    return _event(HELD, order.at, _of(order))


def leaked(order: Order) -> PlainEvent:
    """Traffic that was cut is seen all the same."""
    return _event(LEAKED, order.at, {**_of(order), "access.leaked.packets": order.evidence})


def failed(order: Order, outcome: Outcome) -> PlainEvent:
    """A point did not do what it was told."""
    return _event(FAILED, outcome.at, {**_of(order), "access.point": outcome.point, "error.message": outcome.detail})


def broke(point: str, at: int, error: Exception) -> PlainEvent:
    """What came of commands at a point could not be taken in."""
    return _event(FAILED, at, {"access.point": point, "error.message": f"{type(error).__name__}: {error}"})


def bare(point: str, at: int) -> PlainEvent:
    """The table of a gateway was gone for a moment, and everything passed."""
    return _event(BARE, at, {"access.point": point})


def unsynchronised(error: str) -> PlainEvent:
    """Decisions were answered, and their records may not be on disk."""
    return _event(UNSYNCHRONISED, time.time_ns(), {"error.message": error})


def unsound(trouble: str) -> PlainEvent:
    """The audit log, or what proves it, is not what its keeper signed."""
    return _event(UNSOUND, time.time_ns(), {"error.message": trouble})


def damaged(told: Told) -> PlainEvent:
    """A fact was changed where it lay, or put there by somebody else; its key may name a person."""
    return _event(DAMAGED, time.time_ns(), {"error.message": f"fact {told.number}, of kind {told.kind.value}"})


def broken(glass: Glass, by: str) -> PlainEvent:
    """A break-glass was asked for, approved, opened, closed or reviewed."""
    now = time.time_ns()
    return _event(GLASS, now, {
        "access.glass.id": glass.id, "access.glass.state": glass.state(now).value, "access.subject": (glass.subject,),
        "access.resource": glass.resource, "access.action": glass.action, "user.name": by,
    })  # fmt: skip


def _of(order: Order) -> dict[str, Value]:
    command, binding = order.command, order.command.binding
    flow = command.flow
    named: dict[str, Value] = {
        "fiveg.supi": binding.supi, "source.ip": binding.address, "fiveg.pdu_session.ue_ip": binding.address,
        "fiveg.dnn": binding.dnn, "access.order.id": order.id, "access.order.verb": command.verb.value,
        "access.order.why": order.why, "access.order.held": order.held, "access.order.decision": command.decision,
        "destination.ip": flow.address if flow else "", "network.transport": flow.protocol if flow else "",
    }  # fmt: skip
    return named | ({"destination.port": flow.port} if flow else {})


def _event(kind: str, at: int, fields: dict[str, Value]) -> PlainEvent:
    flat: dict[str, Value] = {
        "event.action": kind,
        **{name: value for name, value in fields.items() if value not in ("", ())},
    }
    name = digest_sm3(f"{kind} {sorted(map(str, flat.items()))}".encode())[:16]
    return PlainEvent(kind, at, f"{at:016x}-{name}", SOURCE, 0, flat)
