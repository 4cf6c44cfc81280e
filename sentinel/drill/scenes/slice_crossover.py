"""Out of one slice into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import CELL_PLC, HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SliceCrossover(Scene):
    """A terminal of the office slice reaches a controller of the control network."""

    name = "slice-crossover"
    title = "User traffic crosses slices"
    title_zh = "用户流量跨越切片"
    description = (
        "Terminal 8, in the slice and data network of the office, opens a connection to 10.11.8.50 in the "
        "data network ot."
    )
    description_zh = "终端 8 位于办公切片与数据网络，却连接数据网络 ot 中的 10.11.8.50。"
    fires = ("slice-crossover",)

    def act(self, network: Network) -> Play[None]:
        """The controller answers."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        flow = Tcp(Tunnelled(network, session, CELL_PLC), 8080)
        yield from flow.connect()
        yield from flow.close()


class SliceCrossoverBenign(Scene):
    """A terminal of the control network does the same."""

    name = "slice-crossover-benign"
    title = "User traffic stays in its slice"
    title_zh = "用户流量留在本切片内"
    description = (
        "Terminal 10, in the slice and data network ot, opens the connection to 10.11.8.50; terminal 8 stays "
        "in the office."
    )
    description_zh = "终端 10 位于 ot 切片与数据网络，连接 10.11.8.50；终端 8 仅访问办公网络。"

    def act(self, network: Network) -> Play[None]:
        """Each in its own."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.traffic import ping

        office = yield from network.attach(TERMINALS[8], network.gnb1)
        control = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        yield from ping(network, office, HTTP, times=1)
        flow = Tcp(Tunnelled(network, control, CELL_PLC), 8080)
        yield from flow.connect()
        yield from flow.close()
