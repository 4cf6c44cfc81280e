"""A mirror that shows one plane less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class MonitorBlind(Scene):
    """N4 is no longer mirrored, N2 is."""

    name = "monitor-blind"
    title = "N4 is no longer heard"
    title_zh = "N4镜像中断"
    description = (
        "After a minute of heartbeats on N2 and N4, for three minutes they are seen on N2 and nothing at all on N4."
    )
    description_zh = "N2与N4均有心跳一分钟后，三分钟内N2有心跳而N4无任何报文。"
    fires = ("monitor-blind",)

    def act(self, network: Network) -> Play[None]:
        """A minute, and three more."""
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(26, 10.0))
        network.play(network.n4.heartbeats(7))
        yield 265.0


class MonitorBlindBenign(Scene):
    """Both are heard."""

    name = "monitor-blind-benign"
    title = "N2 and N4 are heard"
    title_zh = "N2与N4均可监测"
    description = "For three minutes heartbeats are seen on N2 and N4."
    description_zh = "三分钟内N2与N4均有心跳。"

    def act(self, network: Network) -> Play[None]:
        """Three minutes."""
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(18, 10.0))
        network.play(network.n4.heartbeats(18))
        yield 185.0
