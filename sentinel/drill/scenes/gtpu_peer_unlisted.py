"""GTP-U of strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import EDGE_UPF_N3, GNB3, PLC, ROGUE_N3, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuPeerUnlisted(Scene):
    """A host that is no base station sends user packets to the UPF."""

    name = "gtpu-peer-unlisted"
    title = "A stranger on N3"
    title_zh = "N3 上的陌生主机"
    description = "10.11.3.150, which no register lists, asks the UPF for an echo and sends it a user packet."
    description_zh = "未登记的 10.11.3.150 向 UPF 发送回显请求与用户报文。"
    fires = ("gtpu-peer-unlisted",)

    def act(self, network: Network) -> Play[None]:
        """An echo and a packet."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.wire import gtpu

        network.tunnelled(ROGUE_N3, UPF_N3, gtpu.echo_request(1))
        yield 0.001
        network.tunnelled(UPF_N3, ROGUE_N3, gtpu.echo_response(1))
        yield 0.5
        packet = bytes(network.wire.packet(TERMINALS[2].address("ot"), PLC, ICMP(type=8, id=7, seq=1)))
        network.tunnelled(ROGUE_N3, UPF_N3, gtpu.plain(0x0D98, packet))
        yield 0.5


class GtpuPeerUnlistedBenign(Scene):
    """Two user plane functions of the register, and a base station."""

    name = "gtpu-peer-unlisted-benign"
    title = "Registered ends of GTP-U"
    title_zh = "已登记的 GTP-U 对端"
    description = (
        "The UPF and the edge UPF exchange echoes over N9, and a base station of the register that is not in "
        "service yet asks for one."
    )
    description_zh = "UPF 与边缘 UPF 经 N9 交换回显；已登记但尚未投入服务的基站也发起一次。"

    def act(self, network: Network) -> Play[None]:
        """Echoes only."""
        from sentinel.drill.wire import gtpu

        for one, other in ((UPF_N3, EDGE_UPF_N3), (GNB3.n3, UPF_N3)):
            network.tunnelled(one, other, gtpu.echo_request(1))
            yield 0.001
            network.tunnelled(other, one, gtpu.echo_response(1))
            yield 15.0
