"""A session that comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PduSessionFlap(Scene):
    """A terminal opens and gives up a session without end."""

    name = "pdu-session-flap"
    title = "A session is set up and released eleven times"
    title_zh = "会话十一次建立与释放"
    description = "Terminal 5 opens and releases a session eleven times within a minute."
    description_zh = "终端 5 一分钟内十一次建立并释放会话。"
    fires = ("pdu-session-flap",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[5], network.gnb1)
        for _ in range(11):
            session = yield from network.establish(ue)
            yield 3.0
            yield from network.release(session)


class PduSessionFlapBenign(Scene):
    """A router fails over and back."""

    name = "pdu-session-flap-benign"
    title = "A session is set up twice"
    title_zh = "会话两次建立"
    description = "Terminal 5 opens a session, releases it and opens it again."
    description_zh = "终端 5 建立会话、释放后再次建立。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[5], network.gnb1)
        session = yield from network.establish(ue)
        yield 3.0
        yield from network.release(session)
        yield from network.establish(ue)
