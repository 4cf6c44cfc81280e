"""Somebody wants to know where a terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.subscriber import Ue
    from sentinel.drill.timeline import Play


class NrppaLocationAbuse(Scene):
    """After ten quiet minutes the core asks where a terminal is."""

    name = "nrppa-location-abuse"
    title = "A terminal is located"
    title_zh = "终端被定位跟踪"
    description = "The AMF asks gNB 1 for the location of a terminal that nobody followed before."
    description_zh = "AMF 向基站 1 查询一个此前未被定位的终端的位置。"
    fires = ("nrppa-location-abuse",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import grow_old

        tracked = yield from network.register(TERMINALS[9], network.gnb1)
        yield from _locate(network, tracked)
        ue = yield from network.register(TERMINALS[4], network.gnb1)
        yield from grow_old(network)
        yield from _locate(network, ue)


class NrppaLocationAbuseBenign(Scene):
    """A location service follows a vehicle, as it does from the first minute on."""

    name = "nrppa-location-abuse-benign"
    title = "A location service follows a vehicle"
    title_zh = "定位服务跟踪车辆"
    description = "The AMF asks for the location of terminal 9 in the first minute, and again after ten minutes."
    description_zh = "AMF 在第一分钟查询终端 9 的位置，十分钟后再次查询。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import grow_old

        ue = yield from network.register(TERMINALS[9], network.gnb1)
        yield from _locate(network, ue)
        yield from grow_old(network)
        yield from _locate(network, ue)


def _locate(network: Network, ue: Ue) -> Play[None]:
    from sentinel.drill.wire import ngap_interface

    link = network.gnb1.association
    link.down(ngap_interface.location_reporting_control(ue.amf_id, ue.ran_id), 1)
    yield 0.2
    link.up(ngap_interface.location_report(ue.amf_id, ue.ran_id, network.gnb1.cell, network.timeline.now), 1)
    yield 1.0
