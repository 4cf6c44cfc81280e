"""Terminals that talk to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UeToUeUnapproved(Scene):
    """A camera talks to a sensor."""

    name = "ue-to-ue-unapproved"
    title = "A camera opens a connection to a sensor"
    title_zh = "摄像头直连传感器"
    description = "Terminal 5, a camera, opens port 8080 of terminal 6, a sensor; no peering of the plan covers them."
    description_zh = "终端 5（摄像头）连接终端 6（传感器）的 8080 端口，计划中没有相应互访授权。"
    fires = ("ue-to-ue-unapproved",)

    def act(self, network: Network) -> Play[None]:
        """Up one tunnel and down the other."""
        from sentinel.drill.talk import Between, Tcp

        camera = yield from network.attach(TERMINALS[5], network.gnb1)
        sensor = yield from network.attach(TERMINALS[6], network.gnb2)
        flow = Tcp(Between(network, camera, sensor), 8080)
        yield from flow.connect()
        yield from flow.exchange(b"\x01status", b"\x02fine")
        yield from flow.close()


class UeToUeUnapprovedBenign(Scene):
    """Two vehicles keep their distance."""

    name = "ue-to-ue-unapproved-benign"
    title = "Two vehicles that may talk to each other"
    title_zh = "获授权的车间通信"
    description = (
        "Terminal 1 and terminal 10, both vehicles, exchange their positions over port 5001, as the plan allows."
    )
    description_zh = "终端 1 与终端 10（均为AGV）经 5001 端口交换位置，符合计划授权。"

    def act(self, network: Network) -> Play[None]:
        """As the plan says."""
        from sentinel.drill.talk import Between, Tcp

        one = yield from network.attach(TERMINALS[1], network.gnb1, "ot")
        other = yield from network.attach(TERMINALS[10], network.gnb2, "ot")
        flow = Tcp(Between(network, one, other), 5001)
        yield from flow.connect()
        yield from flow.exchange(b"\x01position", b"\x02position")
        yield from flow.close()
