"""TEIDs, tried one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, PLC, ROGUE_N3, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class TeidBruteforce(Scene):
    """A host of the N3 network tries TEIDs."""

    name = "teid-bruteforce"
    title = "TEIDs are guessed"
    title_zh = "猜测 TEID"
    description = (
        "10.11.3.150 sends a packet to the PLC in each of thirty tunnels within three seconds; the UPF "
        "answers with Error Indications."
    )
    description_zh = "10.11.3.150 三秒内在三十个 TEID 中各发送一个去往 PLC 的报文，UPF 回以错误指示。"
    fires = ("teid-bruteforce", "gtpu-peer-unlisted")

    def act(self, network: Network) -> Play[None]:
        """Thirty guesses."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.wire import gtpu

        packet = bytes(network.wire.packet(TERMINALS[2].address("ot"), PLC, ICMP(type=8, id=7, seq=1)))
        for guess in range(30):
            network.tunnelled(ROGUE_N3, UPF_N3, gtpu.plain(0x0E00 + guess, packet))
            yield 0.001
            network.tunnelled(UPF_N3, ROGUE_N3, gtpu.error_indication(0x0E00 + guess, UPF_N3))
            yield 0.1
        yield 3.0


class TeidBruteforceBenign(Scene):
    """A base station that restarted has old tunnels for a moment."""

    name = "teid-bruteforce-benign"
    title = "A few stale tunnels after a restart"
    title_zh = "重启后少量过期隧道"
    description = "The UPF tells gNB 1 of three tunnels that it no longer knows, over half a minute."
    description_zh = "UPF 在半分钟内告知基站 1 三条已不存在的隧道。"

    def act(self, network: Network) -> Play[None]:
        """Three Error Indications."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, PLC, times=1)
        for stale in (0x0A11, 0x0A22, 0x0A33):
            network.tunnelled(UPF_N3, GNB1.n3, gtpu.error_indication(stale, UPF_N3))
            yield 12.0
