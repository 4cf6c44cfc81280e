"""The background: a plant at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PlantDay(Scene):
    """Four terminals at two gNBs do what they do all day."""

    name = "plant-day"
    title = "A plant's ordinary day"
    title_zh = "工厂日常业务"
    description = "Registrations, sessions, Modbus polling, DNS and HTTP of four terminals; nothing is wrong."
    description_zh = "四个终端的注册、会话、Modbus 轮询、DNS 与 HTTP 业务，无异常。"

    def act(self, network: Network) -> Play[None]:
        """Plays for about 25 seconds."""
        yield from background(network, seconds=22)


def background(network: Network, seconds: int) -> Play[None]:
    """The plant's work for `seconds`: two Modbus pollers, a camera and a tablet, and the heartbeats of the network."""
    from sentinel.drill.traffic import http, modbus, ping, resolve

    network.play(network.n4.heartbeats(seconds // 10))
    for gnb in network.gnbs:
        network.play(gnb.heartbeats(seconds // 15, 15.0))
    vehicle = yield from network.attach(TERMINALS[1], network.gnb1, "ot")
    network.play(modbus(network, vehicle, (seconds - 4) // 2, 2.0))
    gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
    network.play(modbus(network, gateway, seconds - 5, 1.0, count=4))
    camera = yield from network.attach(TERMINALS[3], network.gnb2)
    network.play(ping(network, camera, HTTP, times=3))
    tablet = yield from network.attach(TERMINALS[4], network.gnb2)
    second = yield from network.establish(tablet.ue, "ot")
    for start in range(2, seconds - 8, 10):
        network.play(resolve(network, tablet, "mes.plant.example", HTTP), start)
        network.play(http(network, tablet, "/orders"), start + 0.1)
        network.play(http(network, camera, "/upload"), start + 3)
    yield seconds - 6.0
    yield from network.release(second)
    yield 2.0
