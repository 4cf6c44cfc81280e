"""A PROFINET station is renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ProfinetDcpSet(Scene):
    """A host behind the robot cell that nobody knows renames a station."""

    name = "profinet-dcp-set"
    title = "A station is renamed by a stranger"
    title_zh = "陌生主机修改站名"
    description = "A host with an unlisted hardware address, behind terminal 11, sets name and address of a station."
    description_zh = "终端11后未登记硬件地址的主机设置某站的名称与地址。"
    fires = ("profinet-dcp-set",)

    def act(self, network: Network) -> Play[None]:
        """Name, address."""
        from sentinel.drill.wire import lan, profinet_dcp

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        asks, answers = lan.Host("02:00:00:00:0b:66"), lan.Host("02:00:00:00:0b:fe")
        for request, reply in (profinet_dcp.set_name(2, "robot-9"), profinet_dcp.set_ip(3, "192.168.11.99")):
            network.up(session, lan.frame(asks, answers.mac, profinet_dcp.ETHERTYPE, request))
            yield 0.002
            network.down(session, lan.frame(answers, asks.mac, profinet_dcp.ETHERTYPE, reply))
            yield 0.1
        yield 0.5


class ProfinetDcpSetBenign(Scene):
    """The cell's controller does, with a permit."""

    name = "profinet-dcp-set-benign"
    title = "A station is named by its controller"
    title_zh = "控制器命名站点"
    description = "The controller behind terminal 11, which has a permit, sets name and address."
    description_zh = "终端11后持有许可的控制器设置名称与地址。"

    def act(self, network: Network) -> Play[None]:
        """Name, address."""
        from sentinel.drill.wire import lan, profinet_dcp

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        asks, answers = lan.Host("02:00:00:00:0b:01"), lan.Host("02:00:00:00:0b:fe")
        for request, reply in (profinet_dcp.set_name(2, "robot-9"), profinet_dcp.set_ip(3, "192.168.11.99")):
            network.up(session, lan.frame(asks, answers.mac, profinet_dcp.ETHERTYPE, request))
            yield 0.002
            network.down(session, lan.frame(answers, asks.mac, profinet_dcp.ETHERTYPE, reply))
            yield 0.1
        yield 0.5
