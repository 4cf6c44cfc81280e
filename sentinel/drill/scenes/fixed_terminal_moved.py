"""A machine that does not stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class FixedTerminalMoved(Scene):
    """A camera on a pole shows up in the other hall, and stays."""

    name = "fixed-terminal-moved"
    title = "A stationary terminal has moved"
    title_zh = "固定终端被移动"
    description = (
        "Terminal 13, stationary by the register, registers in the other hall and stays for more than five minutes."
    )
    description_zh = "登记为固定的终端13在另一厂房注册并停留超过五分钟。"
    fires = ("fixed-terminal-moved",)

    def act(self, network: Network) -> Play[None]:
        """Six minutes."""
        network.play(network.n4.heartbeats(34))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(17, 20.0))
        session = yield from network.attach(TERMINALS[13], network.gnb1)
        yield 5.0
        yield from network.deregister(session.ue)
        session = yield from network.attach(TERMINALS[13], network.gnb2)
        yield 60.0
        yield 260.0


class FixedTerminalMovedBenign(Scene):
    """It is back after a minute."""

    name = "fixed-terminal-moved-benign"
    title = "A stationary terminal reselects for a minute"
    title_zh = "固定终端短暂重选"
    description = "Terminal 13 registers in the other hall for a minute, then in its own again."
    description_zh = "终端13在另一厂房停留一分钟后返回。"

    def act(self, network: Network) -> Play[None]:
        """One minute."""
        network.play(network.n4.heartbeats(34))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(17, 20.0))
        session = yield from network.attach(TERMINALS[13], network.gnb1)
        yield 5.0
        yield from network.deregister(session.ue)
        session = yield from network.attach(TERMINALS[13], network.gnb2)
        yield 60.0
        yield from network.deregister(session.ue)
        session = yield from network.attach(TERMINALS[13], network.gnb1)
        yield 260.0
