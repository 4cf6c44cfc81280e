"""N2 and N3 in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB4, HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class N3Unprotected(Scene):
    """A base station on a leased line speaks without IPsec."""

    name = "n3-unprotected"
    title = "A base station without IPsec on a leased line"
    title_zh = "租用线路上的基站未使用 IPsec"
    description = (
        "gNB 4 is reached over networks that the plan calls untrusted; its NG Setup and the traffic of "
        "terminal 8 are in clear."
    )
    description_zh = "基站 4 经规划中标为不可信的网络接入，其 NG Setup 与终端 8 的流量均为明文。"
    fires = ("n3-unprotected",)

    def act(self, network: Network) -> Play[None]:
        """Set-up and a ping."""
        from sentinel.drill.traffic import ping

        remote = network.gnb(GNB4)
        network.gnbs.append(remote)
        yield from remote.start()
        session = yield from network.attach(TERMINALS[8], remote)
        yield from ping(network, session, HTTP, times=1)


class N3UnprotectedBenign(Scene):
    """Within the plant."""

    name = "n3-unprotected-benign"
    title = "A base station on the plant's own network"
    title_zh = "厂内网络的基站"
    description = "Terminal 8 is served by gNB 1, on networks that the plan does not call untrusted."
    description_zh = "终端 8 由基站 1 服务，其网络未被规划标为不可信。"

    def act(self, network: Network) -> Play[None]:
        """Set-up and a ping."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
