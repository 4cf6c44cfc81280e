"""Who are the controllers?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OtEnumeration(Scene):
    """A terminal asks one controller after the other what it is."""

    name = "ot-enumeration"
    title = "Controllers are asked for their identity"
    title_zh = "逐个查询控制器身份"
    description = "Terminal 10 asks four hosts for their Modbus device identification."
    description_zh = "终端 10 依次向四台主机查询 Modbus 设备标识。"
    fires = ("ot-enumeration",)

    def act(self, network: Network) -> Play[None]:
        """Four hosts."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        for host in ("10.11.6.50", "10.11.6.51", "10.11.6.52", "10.11.6.53"):
            flow, master = Tcp(Tunnelled(network, session, host), modbus.PORT), modbus.Client()
            yield from flow.connect()
            yield from flow.play(master.device_identification("Plant", "PLC-1", "2.4"))
            yield from flow.close()


class OtEnumerationBenign(Scene):
    """A tool asks its own controller."""

    name = "ot-enumeration-benign"
    title = "One controller is asked"
    title_zh = "查询单个控制器"
    description = "Terminal 10 asks one controller for its Modbus device identification, three times."
    description_zh = "终端 10 三次向同一控制器查询 Modbus 设备标识。"

    def act(self, network: Network) -> Play[None]:
        """One host."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        for host in ("10.11.6.50", "10.11.6.50", "10.11.6.50"):
            flow, master = Tcp(Tunnelled(network, session, host), modbus.PORT), modbus.Client()
            yield from flow.connect()
            yield from flow.play(master.device_identification("Plant", "PLC-1", "2.4"))
            yield from flow.close()
