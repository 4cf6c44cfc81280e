"""Data in questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class DnsTunnel(Scene):
    """A tablet asks for a hundred names that are data."""

    name = "dns-tunnel"
    title = "Data goes out in DNS names"
    title_zh = "数据经DNS名称外传"
    description = (
        "Terminal 4 asks the plant's resolver for 110 names of 48 random hex digits each under tunnel.example."
    )
    description_zh = "终端4向厂内解析器查询tunnel.example下110个由48位随机十六进制组成的名称。"
    fires = ("dns-tunnel",)

    def act(self, network: Network) -> Play[None]:
        """As fast as answers come."""
        from sentinel.drill.traffic import resolve

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        for _ in range(110):
            name = f"{network.random.randbytes(32).hex()[:60]}.{network.random.randbytes(4).hex()}.tunnel.example"
            yield from resolve(network, session, name, HTTP)
        yield 0.5


class DnsTunnelBenign(Scene):
    """It asks for the plant's own names."""

    name = "dns-tunnel-benign"
    title = "Ordinary DNS"
    title_zh = "正常DNS查询"
    description = "Terminal 4 asks for forty names of the plant."
    description_zh = "终端4查询四十个厂内名称。"

    def act(self, network: Network) -> Play[None]:
        """As fast as answers come."""
        from sentinel.drill.traffic import resolve

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        for number in range(40):
            yield from resolve(network, session, f"line{number}.plant.example", HTTP)
        yield 0.5
