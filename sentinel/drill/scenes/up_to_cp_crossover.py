"""A terminal that knocks at the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import AMF, CORE_DNS, HTTP, NRF, NTP, TERMINALS, UPF_N4

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UpToCpCrossover(Scene):
    """A terminal reaches for PFCP, NGAP and the service-based interface through its own tunnel."""

    name = "up-to-cp-crossover"
    title = "A terminal reaches for the core"
    title_zh = "终端经用户面访问核心网"
    description = "Terminal 9 sends PFCP to the UPF, an SCTP INIT to the AMF and TCP SYNs to the NRF."
    description_zh = "终端 9 经自身隧道向 UPF 发送 PFCP、向 AMF 发送 SCTP INIT、向 NRF 发送 TCP SYN。"
    fires = ("up-to-cp-crossover",)

    def act(self, network: Network) -> Play[None]:
        """Three kinds of knocking; only the NRF answers."""
        from scapy.layers.inet import TCP
        from scapy.layers.sctp import SCTP, SCTPChunkInit

        from sentinel.drill.traffic import datagrams, ping, receive, send
        from sentinel.drill.wire import pfcp

        session = yield from network.attach(TERMINALS[9], network.gnb2)
        yield from ping(network, session, HTTP, times=1)
        setup = pfcp.association_setup_request(1, session.address, network.timeline.now)
        yield from datagrams(network, session, UPF_N4, pfcp.PORT, [setup, setup])
        yield 1.0
        init = SCTPChunkInit(init_tag=network.random.randrange(1, 2**32), init_tsn=1, a_rwnd=65536)
        send(network, session, AMF, SCTP(sport=40001, dport=38412, tag=0) / init, protocol=132)
        yield 1.0
        for port in (7777, 443):
            send(network, session, NRF, TCP(sport=40002, dport=port, seq=1, flags="S"))
            yield 0.002
            receive(network, session, NRF, TCP(sport=port, dport=40002, seq=0, ack=2, flags="RA"))
            yield 0.5


class UpToCpCrossoverBenign(Scene):
    """The clock and the name server of the asset register share the core's subnet."""

    name = "up-to-cp-crossover-benign"
    title = "A terminal uses allow-listed hosts in the core's subnet"
    title_zh = "终端访问核心网网段内的白名单主机"
    description = "Terminal 9 asks 10.11.5.123 for the time and 10.11.5.53 for a name; both are registered assets."
    description_zh = "终端 9 向 10.11.5.123 校时、向 10.11.5.53 解析域名，二者均在资产登记中。"

    def act(self, network: Network) -> Play[None]:
        """NTP, DNS, HTTP."""
        from scapy.layers.inet import UDP
        from scapy.layers.ntp import NTPHeader

        from sentinel.drill.traffic import http, receive, resolve, send

        session = yield from network.attach(TERMINALS[9], network.gnb2)
        stamp = network.timeline.now / 1e9 + 2_208_988_800
        send(
            network,
            session,
            NTP,
            UDP(sport=123, dport=123) / NTPHeader(mode=3, version=4, ref=stamp, orig=stamp, recv=stamp, sent=stamp),
        )
        yield 0.002
        answer = NTPHeader(mode=4, version=4, stratum=2, ref=stamp, orig=stamp, recv=stamp, sent=stamp)
        receive(network, session, NTP, UDP(sport=123, dport=123) / answer)
        yield 0.5
        yield from resolve(network, session, "mes.plant.example", HTTP, server=CORE_DNS)
        yield from http(network, session, "/orders")
