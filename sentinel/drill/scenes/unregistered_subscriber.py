"""A subscriber that nobody registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS, Terminal

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UnregisteredSubscriber(Scene):
    """A SIM that the plant does not know opens a session."""

    name = "unregistered-subscriber"
    title = "A SIM that is not in the register"
    title_zh = "未登记的用户卡"
    description = "Subscriber 99, of the plant's PLMN, registers and opens a session."
    description_zh = "本PLMN的用户99注册并建立会话。"
    fires = ("unregistered-subscriber",)

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(Terminal(99, ""), network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5


class UnregisteredSubscriberBenign(Scene):
    """A registered tablet."""

    name = "unregistered-subscriber-benign"
    title = "A SIM of the register"
    title_zh = "已登记的用户卡"
    description = "Terminal 9 registers and opens a session."
    description_zh = "终端9注册并建立会话。"

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[9], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5
