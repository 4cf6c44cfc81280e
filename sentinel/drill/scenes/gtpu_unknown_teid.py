"""Tunnels that nobody set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, GNB2, HTTP, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuUnknownTeid(Scene):
    """Somebody at a gNB has a tunnel that neither N2 nor N4 know."""

    name = "gtpu-unknown-teid"
    title = "User traffic in a tunnel that nobody set up"
    title_zh = "无人建立的隧道中的用户流量"
    description = (
        "From the address of gNB 2 come packets in the tunnel 0x00c0ffee, of which neither N2 nor N4 has told."
    )
    description_zh = "来自基站 2 地址的报文使用 N2 与 N4 均未分配的 TEID 0x00c0ffee。"
    fires = ("gtpu-unknown-teid",)

    def act(self, network: Network) -> Play[None]:
        """A ping in a tunnel of its own."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        packet = bytes(network.wire.packet("10.45.0.200", HTTP, ICMP(type=8, id=7, seq=1)))
        network.tunnelled(GNB2.n3, UPF_N3, gtpu.uplink(0xC0FFEE, 1, packet))
        yield 3.0
        yield from ping(network, session, HTTP, times=1)


class GtpuUnknownTeidBenign(Scene):
    """The first packet is quicker than N4."""

    name = "gtpu-unknown-teid-benign"
    title = "Uplink before N4 has told of the tunnel"
    title_zh = "早于 N4 消息到达的上行报文"
    description = (
        "The first uplink packet of terminal 8 is seen a second before the messages that set its tunnel up, "
        "as mirrors do."
    )
    description_zh = "由于镜像时序，终端 8 的首个上行报文比建立隧道的消息早一秒被看到。"

    def act(self, network: Network) -> Play[None]:
        """The tunnel is told of within two seconds."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        ue = yield from network.register(TERMINALS[8], network.gnb1)
        packet = bytes(network.wire.packet(TERMINALS[8].address("internet"), HTTP, ICMP(type=8, id=7, seq=1)))
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.uplink(0x0D98, 1, packet))  # the first TEID that the UPF will give
        yield 1.0
        session = yield from network.establish(ue)
        yield 3.0
        yield from ping(network, session, HTTP, times=1)
