"""Sessions for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import EMBB, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpEstablishmentFlood(Scene):
    """Somebody has the UPF establish sessions until it can no more."""

    name = "pfcp-establishment-flood"
    title = "Sessions of terminals that are not there"
    title_zh = "为不存在的终端建立会话"
    description = (
        "From the address of the SMF come eight sessions within two seconds for terminals that never registered."
    )
    description_zh = "来自 SMF 地址的八个会话建立请求在两秒内到达，相应终端从未注册。"
    fires = ("pfcp-establishment-flood", "orphan-session")

    def act(self, network: Network) -> Play[None]:
        """N4 alone."""
        from sentinel.drill.subscriber import Session
        from sentinel.drill.traffic import ping

        first = yield from network.attach(TERMINALS[1], network.gnb1, "ot")
        for index in (3, 4, 5, 7, 8, 9, 10, 12):
            terminal = TERMINALS[index]
            ghost = Session(
                network.ue(terminal, network.gnb1), network.n4, 1, "internet", EMBB, terminal.address("internet")
            )
            yield from network.n4.establish(ghost)
            yield 0.2
        yield 7.0
        yield from ping(network, first, PLC, times=1)


class PfcpEstablishmentFloodBenign(Scene):
    """A shift begins."""

    name = "pfcp-establishment-flood-benign"
    title = "Terminals come one after the other"
    title_zh = "终端相继入网"
    description = "Eight terminals register and open their sessions within a few seconds."
    description_zh = "八个终端在几秒内相继注册并建立会话。"

    def act(self, network: Network) -> Play[None]:
        """N2 and N4."""
        for index in (3, 4, 5, 7, 8, 9, 10, 12):
            yield from network.attach(TERMINALS[index], network.gnb1)
        yield 7.0
