"""GTP-C where no EPC is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import ROGUE_N4, SMF, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpcInSa(Scene):
    """A host of the core network tries the SMF for the interfaces of an EPC."""

    name = "gtpc-in-sa"
    title = "A stranger speaks GTP-C"
    title_zh = "陌生主机发送 GTP-C"
    description = "After eleven quiet minutes 10.11.4.99 sends Echo and Create Session Requests to the SMF."
    description_zh = "平静十一分钟后，10.11.4.99 向 SMF 发送 GTP-C 回显与创建会话请求。"
    fires = ("gtpc-in-sa",)

    def act(self, network: Network) -> Play[None]:
        """Long after the monitor began."""
        from sentinel.drill.talk import Udp, Wired
        from sentinel.drill.wire import gtpc

        network.play(network.n4.heartbeats(66))
        network.play(network.n4.heartbeats(11, 60.0))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(22, 30.0))
        yield 665.0
        flow = Udp(Wired(network, ROGUE_N4, SMF), gtpc.PORT, gtpc.PORT)
        yield from flow.play(gtpc.echo(1), gtpc.create_session(2, TERMINALS[9].supi))


class GtpcInSaBenign(Scene):
    """The gateway of an EPC beside has been there from the start."""

    name = "gtpc-in-sa-benign"
    title = "GTP-C of an EPC beside"
    title_zh = "旁路 EPC 的 GTP-C"
    description = (
        "The gateway of an EPC beside, for terminals that still need one, exchanges echoes with the SMF from "
        "the start and goes on doing so."
    )
    description_zh = "旁路 EPC 网关自始与 SMF 交换回显，并持续进行。"

    def act(self, network: Network) -> Play[None]:
        """The same pair, early and late."""
        from sentinel.drill.scenes.core_services import SGW
        from sentinel.drill.talk import Udp, Wired
        from sentinel.drill.wire import gtpc

        network.play(network.n4.heartbeats(66))
        flow = Udp(Wired(network, SGW, SMF), gtpc.PORT, gtpc.PORT)
        yield from flow.play(gtpc.echo(1))
        network.play(network.n4.heartbeats(11, 60.0))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(22, 30.0))
        yield 665.0
        yield from flow.play(gtpc.echo(2), gtpc.create_session(3, TERMINALS[9].supi))
