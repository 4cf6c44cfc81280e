"""Are N2 and N3 in clear where they should not be?"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.site import Network
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text
from sentinel.state.world import World


class Segment(Fact):
    """Cleartext NGAP or GTP-U on addresses that the plan lists under `untrusted_networks` (TS 33.501, 9.2 and 9.3)."""

    fields = {
        "fiveg.segment.untrusted": spec(
            "boolean", "in clear on addresses that the plan calls untrusted", "是否在非可信网段明文传输"
        ),
    }
    kinds = ("ngap.ng_setup_request", "gtpu.tunnel_started")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if world.site is None or not world.site.untrusted_networks:
            return {}
        prefix = "fiveg.gtpu.outer." if event.kind.startswith("gtpu.") else ""
        ends = (text(event.fields, f"{prefix}{side}.ip") for side in ("source", "destination"))
        return {"fiveg.segment.untrusted": any(_within(world.site.untrusted_networks, end) for end in ends)}


@functools.lru_cache(4096)
def _within(networks: tuple[Network, ...], address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
