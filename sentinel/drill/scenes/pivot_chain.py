"""Logged in to one, and on to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PivotChain(Scene):
    """Somebody comes in over a tablet, and looks on from a robot."""

    name = "pivot-chain"
    title = "SSH to a robot, and from it to six hosts"
    title_zh = "经SSH登录机器人后访问六台主机"
    description = (
        "After eleven quiet minutes terminal 9 opens SSH to terminal 11, which then calls six hosts of the data network "
        "that it never called."
    )
    description_zh = "平静十一分钟后，终端 9 通过SSH登录终端 11，后者随即访问数据网络中六台从未访问过的主机。"
    fires = ("pivot-chain", "ue-remote-admin")

    def act(self, network: Network) -> Play[None]:
        """In, and on."""
        yield from _log_in(network, hosts=6)


class PivotChainBenign(Scene):
    """The same tablet looks after the robot, as it does each day; the robot calls what it always calls."""

    name = "pivot-chain-benign"
    title = "Maintenance of a robot"
    title_zh = "机器人日常维护"
    description = "Terminal 9 opens SSH to terminal 11 from the start and again later; the robot calls two new hosts."
    description_zh = "终端 9 自始即通过SSH维护终端 11，之后再次登录；机器人仅访问两台新主机。"

    def act(self, network: Network) -> Play[None]:
        """Early and late."""
        yield from _log_in(network, hosts=2, usual=True)


def _log_in(network: Network, hosts: int, *, usual: bool = False) -> Play[None]:
    from sentinel.drill.talk import Between, Tcp
    from sentinel.drill.traffic import ping, talk

    tablet = yield from network.attach(TERMINALS[9], network.gnb1)
    robot = yield from network.attach(TERMINALS[11], network.gnb2)
    network.keep_alive(690.0)
    for late in (False, True):
        if late:
            yield from ping(network, robot, HTTP, times=34, interval=20.0)
        if late or usual:
            flow = Tcp(Between(network, tablet, robot), 22)
            yield from flow.connect()
            yield from flow.exchange(b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.3\r\n")
            yield from flow.close()
    for host in range(100, 100 + hosts):
        yield from talk(network, robot, f"10.11.6.{host}", 8080, (b"hello", b"hello"))
        yield 2.0
