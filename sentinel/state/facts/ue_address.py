"""Is a terminal given an address that another has?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text, texts
from sentinel.state.sessions import Session
from sentinel.state.world import World


class UeAddress(Fact):
    """Two live sessions with one terminal address in one data network (TS 29.244, 8.2.62).

    A terminal that gets its own address again, before its old session is gone, is no conflict.
    """

    fields = {
        "fiveg.ue_ip.conflict": spec("boolean", "another live session has the address", "终端地址是否冲突"),
        "fiveg.ue_ip.holder": spec("keyword", "SUPI, or session, that has it", "地址原持有者"),
    }
    kinds = (
        "pfcp.session_establishment_request", "pfcp.session_establishment_response",
        "nas.pdu_session_establishment_accept",
    )  # fmt: skip

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        addresses = texts(event.fields, "fiveg.pdu_session.ue_ip")
        if not addresses:
            return {}
        asked = world.sessions.outstanding(event) if event.kind.startswith("pfcp.") else None
        supi = asked.identity.supi if asked is not None else world.supi_of(event)
        dnn = asked.dnn if asked is not None else text(event.fields, "fiveg.dnn")
        for address in addresses:
            held = world.sessions.of_address(address, event.time)
            if held is not None and held is not asked and _other(held, event, supi, dnn):
                return {"fiveg.ue_ip.conflict": True, "fiveg.ue_ip.holder": held.identity.supi or held.ref}
        return {}


def _other(held: Session, event: Event, supi: str, dnn: str) -> bool:
    if held.ended is not None or (dnn and held.dnn and dnn.lower() != held.dnn.lower()):
        return False
    if supi and held.identity.supi:
        return supi != held.identity.supi
    return event.kind.startswith("pfcp.")  # N4 says who has which; on N2 it may be this very session
