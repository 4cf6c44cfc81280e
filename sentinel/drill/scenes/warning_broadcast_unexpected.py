"""A public warning where there is no such service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class WarningBroadcastUnexpected(Scene):
    """Somebody has the AMF broadcast a public warning."""

    name = "warning-broadcast-unexpected"
    title = "A public warning is broadcast"
    title_zh = "出现公共告警广播"
    description = "The AMF asks both gNBs to broadcast an earthquake warning."
    description_zh = "AMF 要求两个基站广播地震告警。"
    fires = ("warning-broadcast-unexpected",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap_interface

        for gnb in network.gnbs:
            gnb.association.down(ngap_interface.write_replace_warning_request(0x1100, 0x4001))
        yield 2.0


class WarningBroadcastUnexpectedBenign(Scene):
    """Ordinary messages of the AMF about everybody: it pages a terminal in both cells."""

    name = "warning-broadcast-unexpected-benign"
    title = "The AMF pages in all cells"
    title_zh = "AMF 在全部小区寻呼"
    description = "An idle terminal is paged in both cells and comes back."
    description_zh = "AMF 在两个小区寻呼空闲终端，终端恢复连接。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, page, serve

        ue = yield from network.register(TERMINALS[4], network.gnb1)
        yield from lose(network.gnb1, ue)
        yield 5.0
        page(ue, network.gnb1, network.gnb2)
        yield 0.5
        yield from serve(network, network.gnb1, ue, kind=2)
        yield 1.0
