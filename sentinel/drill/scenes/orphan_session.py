"""A session that N2 knows nothing of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import EMBB, HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OrphanSession(Scene):
    """The UPF is told of a session for a terminal that never registered."""

    name = "orphan-session"
    title = "A session on N4 without N2"
    title_zh = "只有 N4 没有 N2 的会话"
    description = "The SMF establishes a session for terminal 9, which has not registered; no base station is told."
    description_zh = "SMF 为未注册的终端 9 建立会话，没有任何基站得知。"
    fires = ("orphan-session",)

    def act(self, network: Network) -> Play[None]:
        """N4 alone."""
        from sentinel.drill.subscriber import Session
        from sentinel.drill.traffic import ping

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        ghost = Session(network.ue(TERMINALS[9], network.gnb1), network.n4, 1, "internet", EMBB, "10.45.0.19")
        yield from network.n4.establish(ghost)
        yield 7.0
        yield from ping(network, first, HTTP, times=1)


class OrphanSessionBenign(Scene):
    """N2 comes a moment after."""

    name = "orphan-session-benign"
    title = "Sessions on N4 and N2"
    title_zh = "N4 与 N2 均有的会话"
    description = "Terminals 8 and 9 open sessions; N4 and N2 tell of both, one after the other."
    description_zh = "终端 8、9 建立会话，N4 与 N2 先后告知。"

    def act(self, network: Network) -> Play[None]:
        """Two sessions, and time to judge them."""
        from sentinel.drill.traffic import ping

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from network.attach(TERMINALS[9], network.gnb2)
        yield 7.0
        yield from ping(network, first, HTTP, times=1)
