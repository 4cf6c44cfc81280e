"""Traffic that is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpFarDrop(Scene):
    """The UPF is told to drop what a terminal gets."""

    name = "pfcp-far-drop"
    title = "Forwarding of a live session is switched to drop"
    title_zh = "在线会话转发被置为丢弃"
    description = (
        "Terminal 10 is at work; ten seconds after N2 last said anything of it the UPF is told to drop its downlink."
    )
    description_zh = "终端 10 在线工作；N2 最后一次涉及它十秒之后，UPF 被指示丢弃其下行。"
    fires = ("pfcp-far-drop",)

    def act(self, network: Network) -> Play[None]:
        """From the address of the SMF."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import pfcp

        victim = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, victim, HTTP, times=1)
        yield 10.0
        number = next(network.n4.smf.sequence)
        network.n4.request(pfcp.session_change(number, victim.up_seid, pfcp.apply_action(1, 1)))
        yield 0.0003
        network.n4.answer(pfcp.session_modification_response(number, victim.cp_seid))
        yield 1.0


class PfcpFarDropBenign(Scene):
    """A session is given up."""

    name = "pfcp-far-drop-benign"
    title = "Forwarding stops as a session is released"
    title_zh = "会话释放时停止转发"
    description = (
        "Terminal 10 asks for the release of its session; the SMF has its downlink dropped and then deletes it."
    )
    description_zh = "终端 10 请求释放会话；SMF 先令下行丢弃，再删除会话。"

    def act(self, network: Network) -> Play[None]:
        """Drop, then delete."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import nas, pfcp

        session = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield 10.0
        network.gnb1.up(session.ue, session.ue.security.up(nas.pdu_session_release_request(1)))
        yield 0.01
        number = next(network.n4.smf.sequence)
        network.n4.request(pfcp.session_change(number, session.up_seid, pfcp.apply_action(1, 1)))
        yield 0.0003
        network.n4.answer(pfcp.session_modification_response(number, session.cp_seid))
        yield 0.01
        yield from network.release(session)
        yield 0.5
