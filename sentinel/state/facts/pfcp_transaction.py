"""Do PFCP messages follow on each other as they must, and do peers answer and live on?"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import number, text
from sentinel.state.sessions import answered_by, request_of
from sentinel.state.world import World

REMEMBERED = 60 * 10**9
ANSWER = 10 * 10**9  # N1 times T1 of most implementations (TS 29.244, 6.4)
LOST = 3  # heartbeats in a row
_MATTERS = (
    "fiveg.pfcp.seid", "fiveg.pfcp.f_seid.seid", "fiveg.pfcp.far.apply_action", "fiveg.pfcp.outer_header.teid",
    "fiveg.pfcp.outer_header.address", "fiveg.pfcp.pdr.id", "fiveg.pfcp.node_id", "fiveg.pfcp.qer.gate_dl",
)  # fmt: skip
_Request = tuple[str, str, int]


class PfcpTransaction(Fact):
    """Sequence numbers used for two messages, answers to nothing, recovery time stamps, heartbeats (6.2.2, 6.4)."""

    fields = {
        "fiveg.pfcp.sequence_reused": spec(
            "boolean", "the same sequence number, within a minute, for another message", "PFCP 序号是否被另一消息重用"
        ),
        "fiveg.pfcp.unsolicited": spec("boolean", "a response that nobody asked for", "无对应请求的 PFCP 响应"),
        "fiveg.pfcp.recovery_changed": spec(
            "boolean", "recovery time stamp is not the one before", "恢复时间戳是否变化"
        ),
    }
    kinds = ("pfcp.*",)
    topics = once = ("heartbeat",)
    derives = ("pfcp.heartbeat_lost",)

    def __init__(self) -> None:
        self._requests: Bounded[_Request, tuple[int, int]] = Bounded(100_000)  # what it said, and when
        self._answered: Bounded[_Request, int] = Bounded(100_000)
        self._recovery: Bounded[str, int] = Bounded(10_000)
        self._missed: Bounded[tuple[str, str], int] = Bounded(10_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        facts: dict[str, Value] = {}
        recovery = number(event.fields, "fiveg.pfcp.recovery_time")
        if recovery is not None:
            source = text(event.fields, "source.ip")
            before = self._recovery.get(source)
            self._recovery[source] = recovery
            if before is not None and before != recovery:
                facts["fiveg.pfcp.recovery_changed"] = True
                facts["fiveg.pfcp.live_sessions"] = _live(world, source, text(event.fields, "destination.ip"))
        if event.kind.endswith("_request"):
            return facts | self._asked(event, world)
        if event.kind.endswith("_response"):
            return facts | self._answer(event, world)
        return facts

    def _asked(self, event: Event, world: World) -> dict[str, Value]:
        request, said = request_of(event), _said(event)
        before = self._requests.get(request)
        self._requests[request] = (said, event.time)
        if event.kind == "pfcp.heartbeat_request":
            world.deadlines.add(event.time + ANSWER, "heartbeat", *request, event.time)
        reused = before is not None and before[0] != said and event.time - before[1] <= REMEMBERED
        return {"fiveg.pfcp.sequence_reused": True} if reused else {}

    def _answer(self, event: Event, world: World) -> dict[str, Value]:
        request = answered_by(event)
        asked = self._requests.get(request)
        if asked is not None:
            self._answered[request] = event.time
            self._missed.pop(request[:2], None)
        if asked is not None and event.time - asked[1] <= REMEMBERED:
            return {}
        return {"fiveg.pfcp.unsolicited": True} if event.time - world.first > REMEMBERED else {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        source, peer, sequence, asked = str(data[0]), str(data[1]), int(data[2]), int(data[3])
        if self._answered.get((source, peer, sequence), 0) >= asked:
            return
        self._missed[source, peer] = missed = self._missed.get((source, peer), 0) + 1
        if missed == LOST:
            yield derived("pfcp.heartbeat_lost", when, {
                "source.ip": source, "destination.ip": peer, "fiveg.pfcp.live_sessions": _live(world, source, peer),
            })  # fmt: skip


def _live(world: World, *ends: str) -> int:
    return max(world.sessions.live.get(end, 0) for end in ends)


def _said(event: Event) -> int:
    """A number for what a request says, by what matters of it: one that is sent again says the same."""
    get = event.fields.get
    return zlib.crc32(repr([event.kind, *(get(name) for name in _MATTERS)]).encode())
