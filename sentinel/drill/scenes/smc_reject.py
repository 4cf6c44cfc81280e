"""A terminal that refuses security mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SmcReject(Scene):
    """The terminal finds other capabilities in the command than it announced, and refuses."""

    name = "smc-reject"
    title = "A terminal refuses security mode"
    title_zh = "终端拒绝安全模式"
    description = "Terminal 5 answers the security mode command with cause 23, capabilities mismatch."
    description_zh = "终端 5 以原因值 23（安全能力不匹配）拒绝安全模式命令。"
    fires = ("smc-reject",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb2, network.ue(TERMINALS[5], network.gnb2)
        yield from gnb.challenge(ue, nas.profile_a_suci(ue.terminal.supi, network.random))
        gnb.up(ue, nas.authentication_response(network.random))
        yield 0.005
        gnb.down(ue, nas.security_mode_command(nas.SecurityContext(network.random, 2)))
        yield 0.02
        gnb.up(ue, nas.security_mode_reject(23))
        yield from gnb.release_context(ue, ("nas", "unspecified"))


class SmcRejectBenign(Scene):
    """A terminal accepts security mode."""

    name = "smc-reject-benign"
    title = "A terminal accepts security mode"
    title_zh = "终端接受安全模式"
    description = "Terminal 5 registers as always."
    description_zh = "终端 5 正常注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        yield from enter(network, network.gnb2, network.ue(TERMINALS[5], network.gnb2))
        yield 1.0
