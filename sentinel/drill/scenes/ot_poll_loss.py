"""Polls that stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OtPollLoss(Scene):
    """The gateway falls silent, while its session lives and others talk."""

    name = "ot-poll-loss"
    title = "A poller falls silent"
    title_zh = "轮询中断"
    description = "Terminal 2 polls the PLC thirty times, then no more; the camera of terminal 3 goes on."
    description_zh = "终端2轮询PLC三十次后停止；终端3的摄像头仍有流量。"
    fires = ("ot-poll-loss",)

    def act(self, network: Network) -> Play[None]:
        """Thirty polls."""
        from sentinel.drill.traffic import modbus, ping

        gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        camera = yield from network.attach(TERMINALS[3], network.gnb2)
        network.play(ping(network, camera, HTTP, times=50))
        yield from modbus(network, gateway, times=30)
        yield 12.0


class OtPollLossBenign(Scene):
    """The gateway leaves as it should."""

    name = "ot-poll-loss-benign"
    title = "A poller leaves"
    title_zh = "轮询终端正常退出"
    description = "Terminal 2 polls the PLC thirty times and gives up its session."
    description_zh = "终端2轮询PLC三十次后释放会话。"

    def act(self, network: Network) -> Play[None]:
        """Thirty polls, and the end."""
        from sentinel.drill.traffic import modbus, ping

        gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        camera = yield from network.attach(TERMINALS[3], network.gnb2)
        network.play(ping(network, camera, HTTP, times=50))
        yield from modbus(network, gateway, times=30)
        yield from network.release(gateway)
        yield 12.0
