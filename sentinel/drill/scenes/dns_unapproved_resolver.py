"""A resolver of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class DnsUnapprovedResolver(Scene):
    """A tablet asks a resolver on the internet."""

    name = "dns-unapproved-resolver"
    title = "A resolver that is not the plant's"
    title_zh = "使用厂外解析器"
    description = "Terminal 4 asks 203.0.113.9 for the plant's MES."
    description_zh = "终端4向203.0.113.9查询MES域名。"
    fires = ("dns-unapproved-resolver",)

    def act(self, network: Network) -> Play[None]:
        """Three times."""
        from sentinel.drill.traffic import resolve

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        for _ in range(3):
            yield from resolve(network, session, "mes.plant.example", HTTP, server="203.0.113.9")
        yield 0.5


class DnsUnapprovedResolverBenign(Scene):
    """It asks the plant's resolver."""

    name = "dns-unapproved-resolver-benign"
    title = "The plant's resolver"
    title_zh = "使用厂内解析器"
    description = "Terminal 4 asks 10.11.6.53."
    description_zh = "终端4向10.11.6.53查询。"

    def act(self, network: Network) -> Play[None]:
        """Three times."""
        from sentinel.drill.traffic import resolve

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        for _ in range(3):
            yield from resolve(network, session, "mes.plant.example", HTTP)
        yield 0.5
