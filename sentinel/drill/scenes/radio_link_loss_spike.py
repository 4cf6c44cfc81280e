"""All lose the radio at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class RadioLinkLossSpike(Scene):
    """A jammer near a cell: its terminals lose the radio."""

    name = "radio-link-loss-spike"
    title = "Seven terminals lose the radio"
    title_zh = "七个终端丢失无线连接"
    description = "Seven terminals at gNB 1 lose the radio within ten seconds."
    description_zh = "十秒内基站 1 上七个终端丢失无线连接。"
    fires = ("radio-link-loss-spike",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter, lose

        for index in range(3, 10):
            yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
        for ue in list(network.ues):
            yield from lose(network.gnb1, ue, ("radioNetwork", "radio-connection-with-ue-lost"))
            network.ues.remove(ue)
            yield 1.0


class RadioLinkLossSpikeBenign(Scene):
    """Terminals rest for want of traffic; one drives behind a crane."""

    name = "radio-link-loss-spike-benign"
    title = "Terminals rest, and one loses the radio"
    title_zh = "终端空闲，个别丢失无线连接"
    description = "Five terminals at gNB 1 are released for inactivity, one because it lost the radio."
    description_zh = "基站 1 上五个终端因不活动释放，一个因丢失无线连接释放。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter, lose

        for index in range(3, 9):
            yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
        for at, ue in enumerate(list(network.ues)):
            cause = "radio-connection-with-ue-lost" if at == 0 else "user-inactivity"
            yield from lose(network.gnb1, ue, ("radioNetwork", cause))
            network.ues.remove(ue)
            yield 1.0
