"""Is a NAS message protected as it must be, and with a counter that was not used before?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state import nas
from sentinel.state.base import Fact, spec
from sentinel.state.fields import number, text
from sentinel.state.world import World


class NasProtection(Fact):
    """Plain messages in a context with active security, and sequence number and MAC used twice (TS 24.501, 4.4.3, 4.4.4).

    What SCTP sends again has the TSN it had, and is told once: a counter that comes again was sent again on purpose.
    """

    fields = {
        "fiveg.nas.plain_after_security": spec(
            "boolean", "plain, though security is active and the message must be protected", "安全激活后的明文 NAS"
        ),
        "fiveg.nas.count_reused": spec(
            "boolean", "sequence number and MAC were used before in this security context", "NAS 计数是否重用"
        ),
    }
    kinds = ("nas.*",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        header = number(fields, "fiveg.nas.security_header")
        if header is None or fields.get("fiveg.nas.contained"):
            return {}
        context = world.contexts.of(event)
        if header == 0:
            active = context is not None and context.security.active
            plain = active and world.associations.from_ran(event) and not _may_be_plain(event)
            return {"fiveg.nas.plain_after_security": True} if plain else {}
        sequence, mac = number(fields, "fiveg.nas.sequence"), text(fields, "fiveg.nas.mac")
        security = world.contexts.security_of(event, context)
        if sequence is None or not mac or security is None or header == nas.NEW_CONTEXT:
            return {}
        used = security.used(world.associations.from_ran(event), sequence, mac)
        return {"fiveg.nas.count_reused": True} if used else {}


def _may_be_plain(event: Event) -> bool:
    if event.kind == "nas.identity_response":
        return text(event.fields, "fiveg.nas.identity_type") == "suci"
    return event.kind in nas.PLAIN or event.kind.startswith("nas.pdu_session_") or event.kind == "nas.malformed"
