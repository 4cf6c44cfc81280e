"""Is an MQTT client where it was, and does it publish what it published before?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text
from sentinel.state.world import World

_HOUR = 3600 * 10**9


class MqttClient(Fact):
    """A client id in use from another address, which the broker takes over (MQTT 5.0, 3.1.4), and new publishers."""

    fields = {
        "mqtt.client.moved": spec("boolean", "the client id is in use from another address", "客户端标识是否被接管"),
        "mqtt.client.address_before": spec("ip", "the address it was in use from", "客户端此前地址"),
        "mqtt.publisher.new": spec("boolean", "this address did not publish to this topic before", "是否新的发布者"),
    }
    kinds = ("mqtt.connect", "mqtt.disconnect", "mqtt.publish")

    def __init__(self) -> None:
        self._clients: Bounded[tuple[str, str], str] = Bounded(100_000)  # broker and client id to address
        self._topics: Bounded[tuple[str, str, str], None] = Bounded(200_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        source, broker = text(fields, "source.ip"), text(fields, "destination.ip")
        if event.kind == "mqtt.publish":
            return self._publish((broker, text(fields, "mqtt.topic"), source), event, world)
        client = (broker, text(fields, "mqtt.client_id"))
        if not client[1]:
            return {}
        before = self._clients.get(client)
        if event.kind == "mqtt.disconnect":
            if before == source:
                del self._clients[client]
            return {}
        self._clients[client] = source
        if before in (None, source):
            return {}
        return {"mqtt.client.moved": True, "mqtt.client.address_before": str(before)}

    def _publish(self, topic: tuple[str, str, str], event: Event, world: World) -> dict[str, Value]:
        if not topic[1] or topic in self._topics:
            return {}
        self._topics[topic] = None
        hours = world.site.ot_learning_hours if world.site is not None else 168.0
        return {} if event.time - world.first < hours * _HOUR else {"mqtt.publisher.new": True}
