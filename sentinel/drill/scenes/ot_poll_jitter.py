"""A poll that comes later and later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OtPollJitter(Scene):
    """The gateway's radio gets worse: some polls come seconds late."""

    name = "ot-poll-jitter"
    title = "Polls begin to come late"
    title_zh = "轮询开始延迟"
    description = (
        "Terminal 2 polls the PLC every ten seconds for forty minutes; then each third poll is three seconds late."
    )
    description_zh = "终端2每十秒轮询PLC一次，四十分钟后每三次有一次晚三秒。"
    fires = ("ot-poll-jitter",)

    def act(self, network: Network) -> Play[None]:
        """Steady, then not."""
        yield from _polls(network, late=3.0)


class OtPollJitterBenign(Scene):
    """It stays as it is."""

    name = "ot-poll-jitter-benign"
    title = "Polls that stay steady"
    title_zh = "轮询保持稳定"
    description = "Terminal 2 polls the PLC every ten seconds for fifty minutes."
    description_zh = "终端2每十秒稳定轮询PLC，持续五十分钟。"

    def act(self, network: Network) -> Play[None]:
        """Steady."""
        yield from _polls(network, late=0.0)


def _polls(network: Network, late: float) -> Play[None]:
    from sentinel.drill.plan import PLC
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import modbus

    gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
    network.keep_alive(3100.0, slower=4)
    flow, master = Tcp(Tunnelled(network, gateway, PLC), modbus.PORT), modbus.Client()
    yield from flow.connect()
    for number in range(305):
        yield late if number > 240 and number % 3 == 0 else 0.0
        yield from flow.play(master.read(0, [200]), pause=9.98)
    yield from flow.close()
