"""A client that may not write does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OpcuaWriteCall(Scene):
    """A tablet writes and calls."""

    name = "opcua-write-call"
    title = "A tablet writes over OPC UA"
    title_zh = "平板终端OPC UA写入"
    description = "Terminal 4 writes Pump.Speed and calls Pump.Start on the plant's server."
    description_zh = "终端4写入Pump.Speed并调用Pump.Start。"
    fires = (
        "opcua-write-call",
        "opcua-insecure",
    )

    def act(self, network: Network) -> Play[None]:
        """Writes, calls."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import opcua

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = opcua.Client(f"opc.tcp://{HTTP}:4840", "urn:unknown:client")
        yield from talk(
            network,
            session,
            HTTP,
            opcua.PORT,
            *plc.connect("guest", "made-up"),
            plc.write(("ns=2;s=Pump.Speed", 99.5)),
            plc.call("ns=2;s=Pump", "ns=2;s=Pump.Start", "fast"),
        )
        yield 0.5


class OpcuaWriteCallBenign(Scene):
    """The tablet looks, over a channel that is secured."""

    name = "opcua-write-call-benign"
    title = "A tablet reads over OPC UA"
    title_zh = "平板终端OPC UA读取"
    description = "Terminal 4 opens a secured channel; nothing is written that could be seen."
    description_zh = "终端4打开加密通道，无可见写操作。"

    def act(self, network: Network) -> Play[None]:
        """Connects."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import opcua

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = opcua.Client(f"opc.tcp://{HTTP}:4840", "urn:unknown:client")
        yield from talk(network, session, HTTP, opcua.PORT, *plc.secured(network.random))
        yield 0.5
