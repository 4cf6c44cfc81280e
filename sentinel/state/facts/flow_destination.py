"""Where does a flow go: to an asset of the plant, or out of it?"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text
from sentinel.state.world import World

# Addresses that are nowhere on the internet (RFC 1918, 6598, 3927, 4193, 4291, 5771).
_INSIDE = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8",
        "224.0.0.0/3", "fc00::/7", "fe80::/10", "ff00::/8", "::/127",
    )
)  # fmt: skip

_WITHIN: Mapping[str, Value] = {"fiveg.flow.external": False}


class FlowDestination(Fact):
    """Role of the destination by the asset register, and whether it lies outside of the plant and its private networks."""

    fields = {
        "fiveg.flow.asset_role": spec("keyword", "role of the destination in the asset register", "目的资产角色"),
        "fiveg.flow.external": spec("boolean", "the destination is on the internet", "目的是否在互联网"),
    }
    kinds = ("flow.started", "flow.updated", "flow.ended", "http.request", "tls.client_hello", "dns.query")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        address = text(event.fields, "destination.ip")
        asset = world.site.assets_by_address.get(address) if world.site is not None else None
        if asset is None:
            return {"fiveg.flow.external": _outside(address) and not world.in_ue_pool(address)}
        if not asset.role:
            return _WITHIN
        return {"fiveg.flow.external": False, "fiveg.flow.asset_role": asset.role}


@functools.lru_cache(65536)
def _outside(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not any(parsed in network for network in _INSIDE)
