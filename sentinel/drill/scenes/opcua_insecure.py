"""OPC UA with and without security."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OpcuaInsecure(Scene):
    """A gateway talks to a server without security and anonymously."""

    name = "opcua-insecure"
    title = "OPC UA without security"
    title_zh = "OPC UA未启用安全"
    description = "Terminal 2 opens a channel with policy None, logs in anonymously and reads."
    description_zh = "终端2以None策略打开通道，匿名登录并读取。"
    fires = ("opcua-insecure",)

    def act(self, network: Network) -> Play[None]:
        """Connects, reads."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import opcua

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        plc = opcua.Client(f"opc.tcp://{HTTP}:4840")
        yield from talk(network, session, HTTP, opcua.PORT, *plc.connect(), plc.read(("ns=2;s=Pump.Speed", 41.5)))
        yield 0.5


class OpcuaInsecureBenign(Scene):
    """The same gateway with Basic256Sha256."""

    name = "opcua-insecure-benign"
    title = "OPC UA with security"
    title_zh = "OPC UA启用安全"
    description = "Terminal 2 opens a channel with policy Basic256Sha256; what follows cannot be read."
    description_zh = "终端2以Basic256Sha256策略打开通道，后续内容不可读。"

    def act(self, network: Network) -> Play[None]:
        """Connects."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import opcua

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        plc = opcua.Client(f"opc.tcp://{HTTP}:4840")
        yield from talk(network, session, HTTP, opcua.PORT, *plc.secured(network.random))
        yield 0.5
