"""Are the security capabilities of a terminal the same wherever they are said?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.contexts import ids_of
from sentinel.state.nas import capability
from sentinel.state.world import World

_PATH_SWITCH = ("ngap.path_switch_request", "ngap.path_switch_request_acknowledge")


class NasSecurity(Fact):
    """What the AMF replays, or the RAN hands on, against what the terminal announced in this registration.

    TS 33.501, 6.7.2 and 6.7.3.1. An acknowledgement that carries capabilities at all says that the AMF saw a mismatch.
    """

    fields = {
        "fiveg.nas.seccap_mismatch": spec(
            "boolean", "security capability other than in this registration", "安全能力与注册时不一致"
        ),
        "fiveg.nas.emergency": spec(
            "boolean", "the registration that is going on is an emergency registration", "是否紧急注册过程"
        ),
    }
    kinds = ("nas.security_mode_command", "ngap.initial_context_setup_request", *_PATH_SWITCH)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        said = capability(event)
        context = world.contexts.of(event)
        if event.kind in _PATH_SWITCH:
            context = world.contexts.named(world.associations.key(event)[1][0], ids_of(event)[1], event.time)
        if context is None:
            return {}
        facts: dict[str, Value] = {}
        if event.kind == "nas.security_mode_command" and context.registration:
            facts["fiveg.nas.emergency"] = context.registration == "emergency"
        if said and context.capability:
            facts["fiveg.nas.seccap_mismatch"] = set(said) != set(context.capability)
        return facts
