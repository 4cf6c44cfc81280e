"""A stranger on N4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import ROGUE_N4, SMF_STANDBY, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpPeerUnlisted(Scene):
    """A host on the N4 network associates with the UPF as if it were an SMF, and the UPF takes it."""

    name = "pfcp-peer-unlisted"
    title = "An unregistered host speaks PFCP"
    title_zh = "未登记主机发起 PFCP"
    description = "10.11.4.99 sets up an association with the UPF and exchanges heartbeats; no register lists it."
    description_zh = "10.11.4.99 与 UPF 建立 PFCP 关联并交换心跳，站点登记中没有该主机。"
    fires = ("pfcp-peer-unlisted",)

    def act(self, network: Network) -> Play[None]:
        """Association, a heartbeat, release."""
        from sentinel.drill.n4 import N4, Smf

        rogue = N4(network, Smf(ROGUE_N4), network.upf)
        yield from rogue.associate()
        yield 3.0
        yield from rogue.heartbeat()
        yield 1.0
        yield from rogue.release()


class PfcpPeerUnlistedBenign(Scene):
    """The second SMF of the register takes over its share."""

    name = "pfcp-peer-unlisted-benign"
    title = "The second SMF of the register goes into service"
    title_zh = "登记的第二个 SMF 投入服务"
    description = "10.11.4.31 associates with the UPF for the first time and serves a session of terminal 12."
    description_zh = "10.11.4.31 首次与 UPF 建立关联，并为终端 12 建立会话。"

    def act(self, network: Network) -> Play[None]:
        """Association, a session, a heartbeat."""
        from sentinel.drill.n4 import N4, Smf

        second = N4(network, Smf(SMF_STANDBY), network.upf)
        yield from second.associate()
        ue = yield from network.register(TERMINALS[12], network.gnb1)
        yield from network.establish(ue, n4=second)
        yield 3.0
        yield from second.heartbeat()
