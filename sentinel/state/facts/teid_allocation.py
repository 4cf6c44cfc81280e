"""Is a tunnel end given twice, or as one can guess?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text
from sentinel.state.sessions import Session, Tunnel, tunnels_of
from sentinel.state.world import World


class TeidAllocation(Fact):
    """F-TEIDs of UPFs and base stations as they are allocated (TS 29.244, 5.5.1; TS 33.513, 4.2.2.6)."""

    fields = {
        "fiveg.teid.duplicate": spec("boolean", "a tunnel end that another live session has", "TEID 是否重复"),
        "fiveg.teid.stride_run": spec(
            "long", "allocations of this address in a row with the same step", "TEID 等步长连续分配数"
        ),
    }
    kinds = (
        "pfcp.session_establishment_response", "ngap.pdu_session_resource_setup_response",
        "ngap.initial_context_setup_response",
    )  # fmt: skip

    def __init__(self) -> None:
        self._last: Bounded[str, tuple[int, int, int]] = Bounded(10_000)  # TEID, step, how often that step

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        given = tuple(_given(event))
        if not given:
            return {}
        own = set(_own(event, world))
        supis = {each.identity.supi for each in own} or {world.supi_of(event)}
        held = [world.sessions.of_tunnel(*tunnel, event.time) for tunnel in given]
        others = (each for each in held if each is not None and each not in own and each.over() is None)
        duplicate = any(not each.identity.supi or each.identity.supi not in supis for each in others)
        facts: dict[str, Value] = {"fiveg.teid.duplicate": True} if duplicate else {}
        run = max(self._stride(*tunnel) for tunnel in given[:1])
        return facts | ({"fiveg.teid.stride_run": run} if run > 1 else {})

    def _stride(self, address: str, teid: str) -> int:
        try:
            number = int(teid, 16)
        except ValueError:
            return 0
        last, step, run = self._last.get(address, (number, 0, 0))
        now = number - last
        run = run + 1 if now == step and run else 1
        self._last[address] = (number, now, run)
        return run


def _given(event: Event) -> Iterator[Tunnel]:
    prefix = "fiveg.pfcp.f_teid" if event.kind.startswith("pfcp.") else "fiveg.ngap.dl"
    yield from (tunnel for tunnel in tunnels_of(event, prefix) if all(tunnel))


def _own(event: Event, world: World) -> Iterator[Session]:
    """Sessions that have this tunnel end by right: those of the same terminal."""
    if event.kind.startswith("pfcp."):
        upf, seid = text(event.fields, "source.ip"), text(event.fields, "fiveg.pfcp.f_seid.seid")
        asked = world.sessions.outstanding(event) or world.sessions.at(upf, seid, event.time)  # or sent again
        if asked is not None:
            yield asked
        return
    context = world.contexts.of(event)
    if context is not None:
        yield from context.sessions.values()
