"""Does somebody speak GTP-U who is no UPF and no base station?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text
from sentinel.state.world import World


class GtpuPeer(Fact):
    """An outer address that is neither of the plan nor, without one, a tunnel end that N2 or N4 told of."""

    fields = {
        "fiveg.gtpu.peer_registered": spec(
            "boolean", "both outer addresses are a UPF's or a base station's", "N3 两端是否均已登记"
        ),
        "fiveg.gtpu.unlisted_peer": spec("ip", "the outer address that is not", "未登记的 N3 对端"),
    }
    kinds = ("gtpu.*",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        outer = fields.get("fiveg.gtpu.outer.source.ip") is not None
        prefix = "fiveg.gtpu.outer." if outer else ""
        for side in ("source", "destination"):
            address = text(fields, f"{prefix}{side}.ip")
            known = world.speaks_gtpu(address) if address else None
            if known is None:
                return {}
            if not known:
                return {"fiveg.gtpu.peer_registered": False, "fiveg.gtpu.unlisted_peer": address}
        return {"fiveg.gtpu.peer_registered": True}
