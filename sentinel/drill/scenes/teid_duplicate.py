"""One tunnel end for two sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class TeidDuplicate(Scene):
    """The UPF gives a TEID that it has given already."""

    name = "teid-duplicate"
    title = "A TEID is given twice"
    title_zh = "TEID 重复分配"
    description = "The UPF gives the uplink TEID of terminal 8 to the session of terminal 9, while the first is alive."
    description_zh = "UPF 把终端 8 在用的上行 TEID 又分配给终端 9 的会话。"
    fires = ("teid-duplicate",)

    def act(self, network: Network) -> Play[None]:
        """Two live sessions."""
        from itertools import count

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        yield 1.0
        network.upf.teids = count(first.ul_teid, 16)
        yield from network.attach(TERMINALS[9], network.gnb2)
        yield 1.0


class TeidDuplicateBenign(Scene):
    """A TEID is used again."""

    name = "teid-duplicate-benign"
    title = "A TEID of a session that is over"
    title_zh = "已释放会话的 TEID 被复用"
    description = "Terminal 8 releases its session; three seconds later the UPF gives its TEID to terminal 9."
    description_zh = "终端 8 释放会话三秒后，UPF 把其 TEID 分配给终端 9。"

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        from itertools import count

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        yield 1.0
        yield from network.release(first)
        yield 3.0
        network.upf.teids = count(first.ul_teid, 16)
        yield from network.attach(TERMINALS[9], network.gnb2)
        yield 1.0
