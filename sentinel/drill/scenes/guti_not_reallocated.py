"""A temporary identity that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GutiNotReallocated(Scene):
    """A core never gives a new temporary identity: who listens can follow the terminal."""

    name = "guti-not-reallocated"
    title = "One 5G-TMSI for five connections"
    title_zh = "同一 5G-TMSI 多次使用"
    description = "Terminal 5 rests and comes back five times with the same 5G-TMSI."
    description_zh = "终端 5 五次空闲后均以同一 5G-TMSI 恢复。"
    fires = ("guti-not-reallocated",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, serve

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        for _ in range(5):
            yield from lose(network.gnb1, ue)
            yield 8.0
            yield from serve(network, network.gnb1, ue, kind=2)


class GutiNotReallocatedBenign(Scene):
    """Two connections with one temporary identity are ordinary."""

    name = "guti-not-reallocated-benign"
    title = "One 5G-TMSI for two connections"
    title_zh = "同一 5G-TMSI 使用两次"
    description = "Terminal 5 rests and comes back twice."
    description_zh = "终端 5 两次空闲后恢复。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, serve

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        for _ in range(2):
            yield from lose(network.gnb1, ue)
            yield 8.0
            yield from serve(network, network.gnb1, ue, kind=2)
