"""A path switch that nobody drove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import ROGUE_N3, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PathSwitchHijack(Scene):
    """A gNB in foreign hands claims a terminal of another by a path switch, and has its downlink sent elsewhere."""

    name = "path-switch-hijack"
    title = "A path switch diverts a terminal's downlink"
    title_zh = "伪造路径切换窃取终端下行"
    description = "gNB 2 claims a terminal at gNB 1; the new tunnel ends at 10.11.3.150, which is no gNB's."
    description_zh = "基站 2 冒领基站 1 上的终端，新隧道终点为不属于任何基站的 10.11.3.150。"
    fires = ("path-switch-hijack", "dl-teid-foreign-endpoint")

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import switch_path

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 3.0
        yield from switch_path(network, session, network.gnb2, n3=ROGUE_N3)
        yield 2.0


class PathSwitchHijackBenign(Scene):
    """Vehicles go to and fro between two gNBs that are neighbours."""

    name = "path-switch-hijack-benign"
    title = "Path switches between neighbours"
    title_zh = "相邻基站之间的路径切换"
    description = "A terminal goes from gNB 1 to gNB 2 and back, and again after ten minutes."
    description_zh = "终端在基站 1 与基站 2 之间往返，十分钟后再次往返。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import grow_old, switch_path

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 3.0
        yield from switch_path(network, session, network.gnb2)
        yield 8.0
        yield from switch_path(network, session, network.gnb1)
        yield from grow_old(network)
        yield from switch_path(network, session, network.gnb2)
        yield 2.0
