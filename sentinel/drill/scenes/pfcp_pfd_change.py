"""What a UPF takes for an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, ROGUE_N3, SMF

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpPfdChange(Scene):
    """The rules by which applications are known are changed."""

    name = "pfcp-pfd-change"
    title = "Application detection rules are changed"
    title_zh = "应用检测规则被修改"
    description = (
        "After eleven quiet minutes the UPF is told that all traffic to 10.11.3.150 is the application plant-updates."
    )
    description_zh = "平静十一分钟后，UPF 被告知发往 10.11.3.150 的流量均属应用 plant-updates。"
    fires = ("pfcp-pfd-change",)

    def act(self, network: Network) -> Play[None]:
        """Long after the monitor began."""
        from sentinel.drill.wire import pfcp

        network.play(network.n4.heartbeats(66))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(22, 30.0))
        yield 665.0
        n4, number = network.n4, next(network.n4.smf.sequence)
        flow = f"permit out ip from {ROGUE_N3} to assigned"
        n4.request(pfcp.anything(3, number, pfcp.pfds("plant-updates", flow), pfcp.node_id(SMF)))
        yield 0.0005
        n4.answer(pfcp.anything(4, number, (19, b"\x01")))
        yield 0.5


class PfcpPfdChangeBenign(Scene):
    """The SMF says the same again."""

    name = "pfcp-pfd-change-benign"
    title = "Application detection rules are repeated"
    title_zh = "重复下发应用检测规则"
    description = "The SMF provisions the application plant-mes at start and repeats it eleven minutes later."
    description_zh = "SMF 启动时下发应用 plant-mes 的规则，十一分钟后重复下发。"

    def act(self, network: Network) -> Play[None]:
        """Twice the same."""
        from sentinel.drill.wire import pfcp

        network.play(network.n4.heartbeats(66))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(22, 30.0))
        n4 = network.n4
        for wait in (665.0, 0.5):
            number = next(n4.smf.sequence)
            flow = f"permit out ip from {HTTP} to assigned"
            n4.request(pfcp.anything(3, number, pfcp.pfds("plant-mes", flow), pfcp.node_id(SMF)))
            yield 0.0005
            n4.answer(pfcp.anything(4, number, (19, b"\x01")))
            yield wait
