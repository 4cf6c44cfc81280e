"""Capabilities that are changed on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UeSeccapBiddown(Scene):
    """What the AMF replays is not what the terminal announced: somebody between them weakened it."""

    name = "ue-seccap-biddown"
    title = "The AMF replays weaker security capabilities"
    title_zh = "AMF 回送的安全能力被削弱"
    description = "Terminal 5 announces all algorithms; the security mode command replays only the first of each kind."
    description_zh = "终端 5 宣告全部算法，安全模式命令回送的能力每类仅剩第一种。"
    fires = ("ue-seccap-biddown",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        weak = bytes.fromhex("c0c0c0c0")
        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1), replayed=weak)
        yield 1.0


class UeSeccapBiddownBenign(Scene):
    """An old terminal with few algorithms, which the AMF replays as they are."""

    name = "ue-seccap-biddown-benign"
    title = "A terminal with few algorithms"
    title_zh = "仅支持少量算法的终端"
    description = "Terminal 5 announces only two algorithms of each kind, and the AMF replays these."
    description_zh = "终端 5 每类仅宣告两种算法，AMF 原样回送。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter
        from sentinel.drill.wire import nas

        few = bytes.fromhex("e0e0e0e0")
        request = nas.registration_request(nas.profile_a_suci(TERMINALS[5].supi, network.random), capabilities=few)
        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1), request, replayed=few)
        yield 1.0
