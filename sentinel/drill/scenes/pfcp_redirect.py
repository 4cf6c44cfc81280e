"""Traffic that goes elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, ROGUE_N3, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpRedirect(Scene):
    """The UPF is told to send a terminal's downlink to a stranger."""

    name = "pfcp-redirect"
    title = "Downlink is redirected"
    title_zh = "下行流量被重定向"
    description = "From the address of the SMF the UPF is told to send the downlink of terminal 10 to 10.11.3.150."
    description_zh = "来自 SMF 地址的消息令 UPF 把终端 10 的下行发往 10.11.3.150。"
    fires = ("pfcp-redirect",)

    def act(self, network: Network) -> Play[None]:
        """N2 says nothing of it."""
        from sentinel.drill.traffic import ping

        victim = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, victim, HTTP, times=1)
        yield 6.0
        yield from network.n4.modify(victim, ROGUE_N3, 0x666)
        yield 3.0


class PfcpRedirectBenign(Scene):
    """A terminal goes idle and comes back."""

    name = "pfcp-redirect-benign"
    title = "Downlink goes back to its base station"
    title_zh = "下行恢复到原基站"
    description = "The downlink of terminal 10 is buffered, and then goes to the tunnel of its base station again."
    description_zh = "终端 10 的下行先被缓存，随后恢复到其基站的隧道。"

    def act(self, network: Network) -> Play[None]:
        """The tunnel that N2 told."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import pfcp

        session = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield 6.0
        number = next(network.n4.smf.sequence)
        network.n4.request(pfcp.session_change(number, session.up_seid, pfcp.apply_action(1, 0x0C)))
        yield 0.0003
        network.n4.answer(pfcp.session_modification_response(number, session.cp_seid))
        yield 1.0
        yield from network.n4.modify(session, session.ue.gnb.station.n3, session.dl_teid)
        yield 3.0
