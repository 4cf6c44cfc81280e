"""A client that takes over another's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class MqttAbuse(Scene):
    """A tablet connects as the gateway and listens to everything."""

    name = "mqtt-abuse"
    title = "A tablet takes over the gateway's client id"
    title_zh = "平板终端接管网关客户端标识"
    description = (
        "Terminal 2 is connected as gateway-2; terminal 4 connects with the same id and no password, and "
        "subscribes to all topics."
    )
    description_zh = "终端2以gateway-2连接；终端4使用同一标识且无口令连接，并订阅全部主题。"
    fires = ("mqtt-abuse",)

    def act(self, network: Network) -> Play[None]:
        """The gateway first."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import mqtt

        gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        tablet = yield from network.attach(TERMINALS[4], network.gnb2, "ot")
        flow, client = Tcp(Tunnelled(network, gateway, HTTP), mqtt.PORT), mqtt.Client("gateway-2")
        yield from flow.connect()
        yield from flow.play(client.connect("gateway", "made-up"), *client.publish("plant/line1/temperature", b"21.5"))
        thief = mqtt.Client("gateway-2")
        yield from talk(network, tablet, HTTP, mqtt.PORT, thief.connect(), thief.subscribe("#"), thief.ping())
        yield from flow.reset()
        yield 0.5


class MqttAbuseBenign(Scene):
    """The gateway comes back after it said goodbye; the tablet has an id of its own."""

    name = "mqtt-abuse-benign"
    title = "A gateway reconnects"
    title_zh = "网关重新连接"
    description = "Terminal 2 disconnects and connects again as gateway-2; terminal 4 is another client."
    description_zh = "终端2断开后再次以gateway-2连接；终端4使用自己的标识。"

    def act(self, network: Network) -> Play[None]:
        """Twice."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import mqtt

        gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        tablet = yield from network.attach(TERMINALS[4], network.gnb2, "ot")
        for session, name in ((gateway, "gateway-2"), (gateway, "gateway-2"), (tablet, "tablet-4")):
            client = mqtt.Client(name)
            sent = client.publish("plant/line1/temperature", b"21.5")
            asked = client.connect(name, "made-up"), client.subscribe("plant/line1/#"), *sent, client.disconnect()
            yield from talk(network, session, HTTP, mqtt.PORT, *asked)
        yield 0.5
