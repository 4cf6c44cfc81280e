"""A session in the hands of somebody who did not create it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import EDGE_UPF_N3, EDGE_UPF_N4, HTTP, ROGUE_N3, ROGUE_N4, SMF_STANDBY, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpSessionForeignPeer(Scene):
    """A host on N4 turns a terminal's downlink to itself, then deletes the session."""

    name = "pfcp-session-foreign-peer"
    title = "A stranger changes and deletes a session"
    title_zh = "陌生节点篡改并删除会话"
    description = (
        "10.11.4.99 associates with the UPF, redirects terminal 10's downlink to 10.11.3.150 and deletes the session; "
        "the UPF looks at the SEID only."
    )
    description_zh = "10.11.4.99 与 UPF 建立关联，把终端 10 的下行流量改向 10.11.3.150，随后删除会话；UPF 只核对 SEID。"
    fires = ("pfcp-peer-unlisted", "pfcp-session-foreign-peer")

    def act(self, network: Network) -> Play[None]:
        """A session at work, then the stranger."""
        from sentinel.drill.n4 import N4, Smf
        from sentinel.drill.traffic import ping

        victim = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, victim, HTTP, times=2)
        rogue = N4(network, Smf(ROGUE_N4), network.upf)
        yield from rogue.associate()
        yield 0.5
        for guess in (0x7001, 0x7002, 0x7003):
            yield from rogue.delete_seid(guess)
        yield 0.2
        yield from rogue.modify(victim, ROGUE_N3, 0x666)
        yield 0.5
        yield from ping(network, victim, HTTP, times=1)  # the reply leaves for the rogue
        yield from rogue.delete(victim)
        yield 1.0


class PfcpSessionForeignPeerBenign(Scene):
    """Two SMFs and two UPFs whose SEIDs have the same numbers; each changes and deletes its own sessions."""

    name = "pfcp-session-foreign-peer-benign"
    title = "Two SMFs with equal SEIDs"
    title_zh = "两个 SMF 使用相同的 SEID"
    description = (
        "The second SMF of the register serves the edge UPF; its session has the same SEIDs as the first SMF's, and it "
        "ends it from another source port."
    )
    description_zh = "登记的第二个 SMF 管理边缘 UPF，其会话与第一个 SMF 的会话 SEID 相同，并从另一源端口结束会话。"

    def act(self, network: Network) -> Play[None]:
        """Two sessions side by side."""
        from sentinel.drill.n4 import N4, Smf, Upf
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import pfcp

        edge = N4(network, Smf(SMF_STANDBY), Upf(EDGE_UPF_N4, EDGE_UPF_N3, 0x0D98))
        yield from edge.associate()
        first = yield from network.attach(TERMINALS[10], network.gnb1)
        ue = yield from network.register(TERMINALS[11], network.gnb2)
        second = yield from network.establish(ue, n4=edge)
        yield from ping(network, first, HTTP, times=1)
        yield from ping(network, second, HTTP, times=1)
        yield from edge.modify(second, ue.gnb.station.n3, second.dl_teid)
        number = next(edge.smf.sequence)
        edge.request(pfcp.session_deletion_request(number, second.up_seid), port=40805)
        yield 0.0003
        edge.answer(pfcp.session_deletion_response(number, second.cp_seid), port=40805)
        second.alive = False
        ue.sessions.clear()
        yield 0.5
        yield from network.n4.modify(first, first.ue.gnb.station.n3, first.dl_teid)
        yield 0.5
