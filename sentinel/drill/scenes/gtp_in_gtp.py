"""GTP inside of user packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpInGtp(Scene):
    """A terminal sends GTP-U to the UPF from inside its own tunnel, to put packets into the tunnels of others."""

    name = "gtp-in-gtp"
    title = "GTP-U from inside a tunnel"
    title_zh = "隧道内嵌套 GTP-U"
    description = "Terminal 8 sends G-PDUs for guessed TEIDs to the UPF's N3 address; within is a packet to the PLC."
    description_zh = "终端 8 在隧道内向 UPF 的 N3 地址发送 G-PDU 并猜测 TEID，内含发往 PLC 的报文。"
    fires = ("gtp-in-gtp", "up-to-cp-crossover")

    def act(self, network: Network) -> Play[None]:
        """Five guesses."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import datagrams, ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        victim = TERMINALS[2].address("ot")
        forged = bytes(network.wire.packet(victim, PLC, ICMP(type=8, id=0x666, seq=1)))
        guesses = [gtpu.plain(0x0D98 + 16 * step, forged) for step in range(5)]
        yield from datagrams(network, session, UPF_N3, gtpu.PORT, guesses)
        yield 0.5


class GtpInGtpBenign(Scene):
    """A terminal's telemetry happens to use the ports of GTP, and its text begins like a GTP header."""

    name = "gtp-in-gtp-benign"
    title = "Telemetry on the ports of GTP"
    title_zh = "使用 GTP 端口的遥测数据"
    description = (
        "Terminal 8 sends text to UDP ports 2152 and 2123 of a server; its first octet is that of GTP version 1."
    )
    description_zh = "终端 8 向服务器 UDP 2152、2123 端口发送文本，首字节恰与 GTPv1 头相同。"
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Readings whose third and fourth octets are no length."""
        from sentinel.drill.traffic import datagrams

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        readings = [f"0{number};temperature;{21 + number / 10}".encode() for number in range(3)]
        yield from datagrams(network, session, HTTP, 2152, readings)
        yield from datagrams(network, session, HTTP, 2123, readings)
        yield 0.5
