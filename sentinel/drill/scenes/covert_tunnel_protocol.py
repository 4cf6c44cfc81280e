"""A tunnel inside of the tunnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class CovertTunnelProtocol(Scene):
    """A tablet opens a WireGuard tunnel to the internet."""

    name = "covert-tunnel-protocol"
    title = "WireGuard inside a session"
    title_zh = "会话内WireGuard隧道"
    description = "Terminal 4 sends handshake-like datagrams to port 51820 of 203.0.113.9."
    description_zh = "终端4向203.0.113.9的51820端口发送握手报文。"
    fires = ("covert-tunnel-protocol",)

    def act(self, network: Network) -> Play[None]:
        """Five datagrams."""
        from sentinel.drill.traffic import datagrams

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        packets = [b"\1\0\0\0" + network.random.randbytes(144) for _ in range(5)]
        yield from datagrams(network, session, "203.0.113.9", 51820, packets)
        yield 0.5


class CovertTunnelProtocolBenign(Scene):
    """A tablet sends telemetry."""

    name = "covert-tunnel-protocol-benign"
    title = "UDP telemetry inside a session"
    title_zh = "会话内UDP遥测"
    description = "Terminal 4 sends datagrams to port 5683 of 203.0.113.9."
    description_zh = "终端4向203.0.113.9的5683端口发送数据报。"

    def act(self, network: Network) -> Play[None]:
        """Five datagrams."""
        from sentinel.drill.traffic import datagrams

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        packets = [b"\1\0\0\0" + network.random.randbytes(144) for _ in range(5)]
        yield from datagrams(network, session, "203.0.113.9", 5683, packets)
        yield 0.5
