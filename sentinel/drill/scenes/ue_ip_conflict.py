"""One address, two sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import OT, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UeIpConflict(Scene):
    """A tablet is given the address of the gateway of a controller."""

    name = "ue-ip-conflict"
    title = "A session takes the address of another"
    title_zh = "会话占用他人地址"
    description = (
        "While terminal 2, the gateway, is at work, terminal 9 gets a session with its address in the same "
        "data network."
    )
    description_zh = "终端 2（网关）在线期间，终端 9 在同一数据网络获得与其相同的地址。"
    fires = ("ue-ip-conflict",)

    def act(self, network: Network) -> Play[None]:
        """Two live sessions."""
        from sentinel.drill.subscriber import Session

        gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        yield 5.0
        ue = yield from network.register(TERMINALS[9], network.gnb2)
        session = Session(ue, network.n4, 1, "ot", OT, gateway.address)
        ue.sessions.append(session)
        yield from ue.gnb.set_up_session(session)
        yield 1.0


class UeIpConflictBenign(Scene):
    """An address is used again."""

    name = "ue-ip-conflict-benign"
    title = "An address of a session that is over"
    title_zh = "已释放会话的地址被复用"
    description = (
        "Terminal 10 releases its session; three seconds later terminal 9 gets a session with the address "
        "that is free now."
    )
    description_zh = "终端 10 释放会话三秒后，终端 9 获得该空闲地址。"

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        from sentinel.drill.subscriber import Session

        first = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        yield 1.0
        yield from network.release(first)
        yield 3.0
        ue = yield from network.register(TERMINALS[9], network.gnb2)
        session = Session(ue, network.n4, 1, "ot", OT, first.address)
        ue.sessions.append(session)
        yield from ue.gnb.set_up_session(session)
        yield 1.0
