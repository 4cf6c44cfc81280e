"""Is user plane protection off where the slice's policy requires it?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import texts
from sentinel.state.gnbs import slices
from sentinel.state.world import World


class UpSecurity(Fact):
    """The security indication, or its result, against `up_integrity` and `up_confidentiality` of the plan's slices.

    TS 33.501, 6.6.1; TS 38.413, 9.3.1.27 and 9.3.1.59.
    """

    fields = {
        "fiveg.ngap.up_security_weak": spec(
            "keyword[]",
            "required by the slice's policy, and off: integrity, confidentiality",
            "用户面保护不符合切片策略",
        ),
    }
    kinds = ("ngap.pdu_session_resource_setup_request", "ngap.pdu_session_resource_setup_response")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        site = world.site
        if site is None or not any(each.up_integrity or each.up_confidentiality for each in site.slices):
            return {}
        said = slices(event) or _slices(event, world)
        weak = []
        for name in ("integrity", "confidentiality"):
            required = any(getattr(each, f"up_{name}") == "required" for each in site.slices if str(each) in said)
            asked = texts(event.fields, f"fiveg.ngap.up_{name}") + texts(event.fields, f"fiveg.ngap.up_{name}_result")
            if required and any(value in ("not_needed", "preferred", "not_performed") for value in asked):
                weak.append(name)
        return {"fiveg.ngap.up_security_weak": tuple(weak)} if weak else {}


def _slices(event: Event, world: World) -> tuple[str, ...]:
    """The slices of the sessions that an answer is about."""
    context = world.contexts.of(event)
    sessions = context.sessions if context is not None else {}
    named = (sessions.get(psi) for psi in texts(event.fields, "fiveg.pdu_session.id"))
    return tuple(f"{each.sst}-{each.sd}" if each.sd else f"{each.sst}" for each in named if each is not None)
