"""A gNB that is no longer heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GnbSilence(Scene):
    """A gNB falls silent without a word, while terminals hang on it."""

    name = "gnb-silence"
    title = "A gNB falls silent"
    title_zh = "基站失联"
    description = (
        "gNB 1 and a terminal are there; after three heartbeats nothing comes from it, while gNB 2 and N4 go on."
    )
    description_zh = "基站 1 及其终端在线，随后基站 1 不再响应心跳，而基站 2 与 N4 正常。"
    fires = ("gnb-silence",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        yield from network.attach(TERMINALS[4], network.gnb1)
        network.play(network.gnb1.heartbeats(3, 25.0))
        network.play(network.gnb2.heartbeats(8, 25.0))
        network.play(network.n4.heartbeats(20))
        yield 200.0


class GnbSilenceBenign(Scene):
    """Two gNBs with nothing to say but heartbeats; one ends its association in order when nobody is there."""

    name = "gnb-silence-benign"
    title = "Quiet gNBs, and an orderly end"
    title_zh = "空闲基站与正常退出"
    description = "Both gNBs only answer heartbeats for minutes; gNB 2 shuts down in order with no terminal connected."
    description_zh = "两个基站数分钟内仅有心跳；基站 2 在无终端时正常关闭。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(8, 25.0))
        network.play(network.n4.heartbeats(20))
        yield 200.0
        yield from network.gnb2.association.shutdown()
        yield 1.0
