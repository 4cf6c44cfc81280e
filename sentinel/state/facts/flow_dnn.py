"""Does a flow leave its slice or data network?"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.site import SitePlan
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text
from sentinel.state.world import World


class FlowDnn(Fact):
    """The destination belongs, by the plan's `dnn_networks`, to another data network than the session's own.

    A network that several data networks name is shared, and no crossing.
    """

    fields = {
        "fiveg.flow.foreign_dnn": spec(
            "keyword",
            "data network that the destination belongs to, and the session does not",
            "目的所属的其他数据网络",
        ),
    }
    kinds = ("flow.started",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if world.site is None or not world.site.dnn_networks:
            return {}
        session = world.session_of(event)
        if session is None or not session.dnn or event.fields.get("fiveg.gtpu.teid") is None:
            return {}
        ends = [text(event.fields, "source.ip"), text(event.fields, "destination.ip")]
        there = ends[0] if ends[1] in session.ue_ips else ends[1]
        owners = _owners(world.site, there)
        return {"fiveg.flow.foreign_dnn": owners[0]} if owners and session.dnn not in owners else {}


def _owners(site: SitePlan, address: str) -> tuple[str, ...]:
    return _lookup(tuple((dnn, networks) for dnn, networks in site.dnn_networks.items()), address)


@functools.lru_cache(8192)
def _lookup(
    plan: tuple[tuple[str, tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]], ...], address: str
) -> tuple[str, ...]:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ()
    return tuple(dnn for dnn, networks in plan if any(parsed in network for network in networks))
