"""Identities tried one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SuciSpray(Scene):
    """Somebody tries identities until one is known."""

    name = "suci-spray"
    title = "Identities are tried one after the other"
    title_zh = "逐个试探身份"
    description = "Twenty-four identities at gNB 1 are refused as illegal within a minute."
    description_zh = "一分钟内基站 1 上二十四个身份以非法用户被拒绝。"
    fires = ("suci-spray",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock
        from sentinel.drill.wire import nas

        for index in range(100, 124):
            yield from knock(network, network.gnb1, index, answer=nas.registration_reject(3))
            yield 1.5


class SuciSprayBenign(Scene):
    """A few passers-by are refused."""

    name = "suci-spray-benign"
    title = "Three strangers are refused"
    title_zh = "三个陌生终端被拒"
    description = "Three terminals of other networks are refused."
    description_zh = "三个其他网络的终端被拒绝。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock
        from sentinel.drill.wire import nas

        for index in range(100, 103):
            yield from knock(network, network.gnb1, index, answer=nas.registration_reject(3))
            yield 1.5
