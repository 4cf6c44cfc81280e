"""A session of another kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UnexpectedPduType(Scene):
    """A sensor asks for an Ethernet session."""

    name = "unexpected-pdu-type"
    title = "An Ethernet session where none is planned"
    title_zh = "计划外的以太网会话"
    description = "Terminal 6, which speaks IPv4, gets an Ethernet session: it could bridge whatever is behind it."
    description_zh = "终端 6 只用 IPv4，却获得以太网会话，可桥接其后的任何设备。"
    fires = ("unexpected-pdu-type",)

    def act(self, network: Network) -> Play[None]:
        """One session."""
        ue = yield from network.register(TERMINALS[6], network.gnb1)
        yield from network.establish(ue, kind="ethernet")
        yield 0.5


class UnexpectedPduTypeBenign(Scene):
    """As planned."""

    name = "unexpected-pdu-type-benign"
    title = "An IPv4 session"
    title_zh = "IPv4 会话"
    description = (
        "Terminal 6 gets an IPv4 session, and terminal 11, of which the register says nothing, an Ethernet "
        "session from the start."
    )
    description_zh = "终端 6 获得 IPv4 会话；登记表未限制的终端 11 自始使用以太网会话。"

    def act(self, network: Network) -> Play[None]:
        """Two sessions."""
        ue = yield from network.register(TERMINALS[6], network.gnb1)
        yield from network.establish(ue)
        robot = yield from network.register(TERMINALS[11], network.gnb2)
        yield from network.establish(robot, "ot", kind="ethernet")
        yield 0.5
