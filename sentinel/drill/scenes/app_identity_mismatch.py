"""An application that is not the SIM's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AppIdentityMismatch(Scene):
    """Somebody else's client behind the gateway's SIM."""

    name = "app-identity-mismatch"
    title = "Another client behind a SIM"
    title_zh = "SIM后的其他客户端"
    description = "Terminal 2 publishes as gateway-2, later as workbench."
    description_zh = "终端2先以gateway-2发布，随后以workbench发布。"
    fires = ("app-identity-mismatch",)

    def act(self, network: Network) -> Play[None]:
        """Two names."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import mqtt

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        for name in ("gateway-2", "workbench"):
            client = mqtt.Client(name)
            sent = client.publish("plant/line1/temperature", b"21.5")
            yield from talk(
                network, session, HTTP, mqtt.PORT, client.connect("gateway", "made-up"), *sent, client.disconnect()
            )
            yield 1.0


class AppIdentityMismatchBenign(Scene):
    """The gateway's client comes back."""

    name = "app-identity-mismatch-benign"
    title = "The same client behind a SIM"
    title_zh = "SIM后的同一客户端"
    description = "Terminal 2 publishes as gateway-2, twice."
    description_zh = "终端2两次以gateway-2发布。"

    def act(self, network: Network) -> Play[None]:
        """One name."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import mqtt

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        for name in ("gateway-2", "gateway-2"):
            client = mqtt.Client(name)
            sent = client.publish("plant/line1/temperature", b"21.5")
            yield from talk(
                network, session, HTTP, mqtt.PORT, client.connect("gateway", "made-up"), *sent, client.disconnect()
            )
            yield 1.0
