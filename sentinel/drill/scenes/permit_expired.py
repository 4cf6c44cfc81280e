"""A vendor's terminal after its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PermitExpired(Scene):
    """A vendor comes back after the end of the grant."""

    name = "permit-expired"
    title = "Access after the grant has ended"
    title_zh = "授权过期后接入"
    description = "Terminal 15, whose grant ended with 2025, registers and opens a session."
    description_zh = "授权于2025年底到期的终端15注册并建立会话。"
    fires = ("permit-expired",)

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[15], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5


class PermitExpiredBenign(Scene):
    """A terminal without an end."""

    name = "permit-expired-benign"
    title = "Access without an end"
    title_zh = "长期授权接入"
    description = "Terminal 9 registers and opens a session."
    description_zh = "终端9注册并建立会话。"

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[9], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5
