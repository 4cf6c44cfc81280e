"""A terminal of the register that is not let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS, Terminal

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AuthRejectKnownSub(Scene):
    """A terminal of the register answers the challenge wrongly: a SIM with another key has its identity."""

    name = "auth-reject-known-sub"
    title = "A registered terminal is rejected"
    title_zh = "已登记终端鉴权被拒"
    description = "Terminal 7 answers the challenge, and the AMF rejects it; its SUCI is of the null scheme."
    description_zh = "终端 7 应答鉴权后被 AMF 拒绝；其 SUCI 为空保护方案。"
    fires = ("auth-reject-known-sub", "suci-null-scheme")

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import refuse
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb2, network.ue(TERMINALS[7], network.gnb2)
        yield from gnb.challenge(ue, nas.null_suci(ue.terminal.supi))
        gnb.up(ue, nas.authentication_response(network.random))
        yield 0.01
        yield from refuse(gnb, ue, nas.authentication_reject())


class AuthRejectKnownSubBenign(Scene):
    """A passer-by's terminal is rejected; nobody knows who it is."""

    name = "auth-reject-known-sub-benign"
    title = "An unknown terminal is rejected"
    title_zh = "未知终端鉴权被拒"
    description = "A terminal that conceals its identity is rejected."
    description_zh = "一个隐藏身份的终端被拒绝。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import refuse
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb2, network.ue(Terminal(77, "passer-by"), network.gnb2)
        yield from gnb.challenge(ue, nas.profile_a_suci(ue.terminal.supi, network.random))
        gnb.up(ue, nas.authentication_response(network.random))
        yield 0.01
        yield from refuse(gnb, ue, nas.authentication_reject())
