"""Is one subscriber in two places?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.contexts import UeContext
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.identity import STALE
from sentinel.state.world import World


class Concurrent(Fact):
    """Two live N2 contexts of one SUPI at different base stations, with no handover between them.

    Judged thirty seconds after the second began: the AMF ends a stale context by then, and a clone goes on speaking.
    """

    fields = {
        "fiveg.supi.other_gnb": spec("ip", "N2 address of the other base station", "另一基站 N2 地址"),
        "fiveg.supi.other_heard": spec(
            "boolean", "the earlier context spoke after the later one began", "先前上下文是否仍活动"
        ),
    }
    kinds = (
        "nas.registration_request", "nas.service_request", "nas.security_mode_complete",
        "ngap.pdu_session_resource_setup_request",
    )  # fmt: skip
    topics = once = ("concurrent",)
    derives = ("terminal.concurrent",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        terminal = world.terminal(supi := world.supi_of(event), event.time)
        if terminal is None:
            return {}
        gnb = world.associations.key(event)[0][0]
        if any(_place(each) not in ("", gnb) for each in terminal.live_contexts()):
            world.deadlines.add(event.time + STALE, "concurrent", supi, gnb, event.time)
        return {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        supi, gnb, begun = str(data[0]), str(data[1]), int(data[2])
        terminal = world.terminals.known(supi)
        live = terminal.live_contexts() if terminal is not None else ()
        others = [each for each in live if _place(each) not in ("", gnb) and each.since < begun]
        here = [each for each in live if _place(each) == gnb]
        chained = any(each.handover and each.handover >= begun - STALE for each in (*others, *here))
        if others and here and not chained:
            yield derived("terminal.concurrent", when, {
                "fiveg.supi": supi, "fiveg.ue.subject": supi, "fiveg.gnb.address": gnb,
                "fiveg.supi.other_gnb": _place(others[0]), "fiveg.nci": here[0].nci,
                "fiveg.supi.other_heard": any(each.heard > begun for each in others),
            })  # fmt: skip


def _place(context: UeContext) -> str:
    return context.association[0][0] if context.association is not None else ""
