"""PDU Session Containers that are not there, or point the wrong way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, GNB2, HTTP, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuPscAnomaly(Scene):
    """A base station leaves the container away, another says downlink of what goes up."""

    name = "gtpu-psc-anomaly"
    title = "Uplink without its PDU Session Container"
    title_zh = "上行报文缺少 PDU 会话容器"
    description = (
        "Uplink packets of terminal 8 have no PDU Session Container; those of terminal 9 say that they go downlink."
    )
    description_zh = "终端 8 的上行报文没有 PDU 会话容器；终端 9 的上行报文标记为下行。"
    fires = ("gtpu-psc-anomaly",)

    def act(self, network: Network) -> Play[None]:
        """A ping each."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.wire import gtpu

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        second = yield from network.attach(TERMINALS[9], network.gnb2)
        packet = bytes(network.wire.packet(first.address, HTTP, ICMP(type=8, id=7, seq=1)))
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.plain(first.ul_teid, packet))
        yield 0.2
        packet = bytes(network.wire.packet(second.address, HTTP, ICMP(type=8, id=8, seq=1)))
        network.tunnelled(GNB2.n3, UPF_N3, gtpu.downlink(second.ul_teid, 1, packet))
        yield 0.5


class GtpuPscAnomalyBenign(Scene):
    """The container is there, and says what is so."""

    name = "gtpu-psc-anomaly-benign"
    title = "PDU Session Containers as they should be"
    title_zh = "正常的 PDU 会话容器"
    description = (
        "Terminals 8 and 9 ping the server; path messages, which have no container, go between gNB 1 and the UPF."
    )
    description_zh = "终端 8、9 访问服务器；基站 1 与 UPF 之间还有不含容器的路径管理消息。"

    def act(self, network: Network) -> Play[None]:
        """Pings and an echo."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        second = yield from network.attach(TERMINALS[9], network.gnb2)
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.echo_request(1))
        yield 0.001
        network.tunnelled(UPF_N3, GNB1.n3, gtpu.echo_response(1))
        yield from ping(network, first, HTTP, times=1)
        yield from ping(network, second, HTTP, times=1)
