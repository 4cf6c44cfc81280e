"""A tunnel that lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ZombieTunnel(Scene):
    """A terminal goes on in a tunnel that was released."""

    name = "zombie-tunnel"
    title = "Traffic after the release"
    title_zh = "释放后仍有流量"
    description = "Terminal 8 releases its session; ten seconds later packets still come in its uplink tunnel."
    description_zh = "终端 8 释放会话十秒后，其上行隧道仍有报文。"
    fires = ("zombie-tunnel",)

    def act(self, network: Network) -> Play[None]:
        """Ten seconds late."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping, send

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield from network.release(session)
        yield 10.0
        send(network, session, PLC, ICMP(type=8, id=7, seq=1))
        yield 0.5


class ZombieTunnelBenign(Scene):
    """What was on its way."""

    name = "zombie-tunnel-benign"
    title = "A last packet after the release"
    title_zh = "释放后的最后报文"
    description = "Terminal 8 releases its session; a packet that was on its way comes three seconds later."
    description_zh = "终端 8 释放会话，三秒后到达一个在途报文。"

    def act(self, network: Network) -> Play[None]:
        """Within the five seconds of grace."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping, send

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield from network.release(session)
        yield 3.0
        send(network, session, PLC, ICMP(type=8, id=7, seq=1))
        yield 0.5
