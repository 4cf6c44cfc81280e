"""One session more than allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ExcessPduSessions(Scene):
    """A sensor that needs one session has two."""

    name = "excess-pdu-sessions"
    title = "More sessions than the register allows"
    title_zh = "会话数超过登记上限"
    description = "Terminal 6, which may have one session, opens a second beside it."
    description_zh = "终端 6 仅允许一个会话，却同时建立第二个。"
    fires = ("excess-pdu-sessions",)

    def act(self, network: Network) -> Play[None]:
        """Two at once."""
        ue = yield from network.register(TERMINALS[6], network.gnb1)
        yield from network.establish(ue)
        yield 1.0
        yield from network.establish(ue)
        yield 0.5


class ExcessPduSessionsBenign(Scene):
    """One after the other."""

    name = "excess-pdu-sessions-benign"
    title = "A session is given up for another"
    title_zh = "先释放后新建会话"
    description = "Terminal 6 releases its session before it opens another."
    description_zh = "终端 6 释放会话后再建立新的会话。"

    def act(self, network: Network) -> Play[None]:
        """Never two at once."""
        ue = yield from network.register(TERMINALS[6], network.gnb1)
        session = yield from network.establish(ue)
        yield 1.0
        yield from network.release(session)
        yield 1.0
        yield from network.establish(ue)
        yield 0.5
