"""Who sets up a PFCP association, and is he who he says?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text
from sentinel.state.sessions import ACCEPTED, answered_by, request_of
from sentinel.state.world import World

ALIVE = 60 * 10**9  # an association of which something was heard so lately is alive
UNHEARD = 2 * 10**9  # unless a heartbeat is not answered for so long


class PfcpNode(Fact):
    """Node ids against the plan and against where they were before (TS 29.244, 6.2.6)."""

    fields = {
        "fiveg.pfcp.node_known": spec("boolean", "the node id is one of the site's", "PFCP 节点标识是否已知"),
        "fiveg.pfcp.node_moved": spec("boolean", "the node id is known from another address", "PFCP 节点地址是否变化"),
        "fiveg.pfcp.association_alive": spec(
            "boolean", "the node has an association with this peer that is alive", "PFCP 关联是否仍存活"
        ),
    }
    kinds = ("pfcp.*",)

    def __init__(self) -> None:
        self._nodes: Bounded[str, str] = Bounded(10_000)  # node id to address, by accepted association
        self._asked: Bounded[tuple[str, str, int], str] = Bounded(10_000)
        self._alive: Bounded[tuple[str, str], int] = Bounded(10_000)  # node id and peer: when heard last
        self._of: Bounded[tuple[str, str], str] = Bounded(10_000)  # address and peer to node id
        self._beating: Bounded[tuple[str, str], int] = Bounded(10_000)  # address and peer: first heartbeat in vain

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        source, peer = text(fields, "source.ip"), text(fields, "destination.ip")
        self._beating.pop((peer, source), None)
        if event.kind == "pfcp.heartbeat_request":
            self._beating.setdefault((source, peer), event.time)
        if event.kind == "pfcp.association_setup_request":
            return self._set_up(event, source, peer, world)
        if event.kind == "pfcp.association_setup_response":
            node = self._asked.pop(answered_by(event), None)
            if node is not None and number(fields, "fiveg.pfcp.cause") == ACCEPTED:
                self._nodes[node] = peer
                self._of[peer, source] = node
                self._alive[node, source] = event.time
        elif event.kind == "pfcp.association_release_request":
            self._alive.pop((self._of.get((source, peer), ""), peer), None)
        else:
            node = self._of.get((source, peer))
            if node is not None and (node, peer) in self._alive:
                self._alive[node, peer] = event.time
        return {}

    def _set_up(self, event: Event, source: str, peer: str, world: World) -> dict[str, Value]:
        node = text(event.fields, "fiveg.pfcp.node_id")
        self._asked[request_of(event)] = node
        before = self._nodes.get(node)
        facts: dict[str, Value] = {}
        planned = world.site.n4_peers if world.site is not None else frozenset()
        if planned or not world.warming(event.time):
            facts["fiveg.pfcp.node_known"] = node in planned or before is not None
        if before is not None or node in planned:
            facts["fiveg.pfcp.node_moved"] = source != (before or node)
        heard = self._alive.get((node, peer))
        if heard is not None:
            in_vain = event.time - self._beating.get((source, peer), event.time)
            facts["fiveg.pfcp.association_alive"] = event.time - heard <= ALIVE and in_vain < UNHEARD
        return facts
