"""A tunnel whose RAN end is no gNB's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import ROGUE_N3, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class DlTeidForeignEndpoint(Scene):
    """A gNB in foreign hands answers a session set-up with a tunnel end that is not its own."""

    name = "dl-teid-foreign-endpoint"
    title = "Downlink to an address that is not the gNB's"
    title_zh = "下行隧道指向非本基站地址"
    description = "gNB 1 answers a session set-up with 10.11.3.150 as the end of the downlink tunnel."
    description_zh = "基站 1 在会话建立响应中给出 10.11.3.150 作为下行隧道终点。"
    fires = ("dl-teid-foreign-endpoint",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[4], network.gnb1)
        session = network.session(ue)
        yield from network.gnb1.set_up_session(session, n3=ROGUE_N3)
        yield 2.0


class DlTeidForeignEndpointBenign(Scene):
    """The same set-up with the gNB's own address."""

    name = "dl-teid-foreign-endpoint-benign"
    title = "Downlink to the gNB's own address"
    title_zh = "下行隧道指向本基站地址"
    description = "gNB 1 answers a session set-up with its N3 address of the plan."
    description_zh = "基站 1 在会话建立响应中给出规划内的自身 N3 地址。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[4], network.gnb1)
        session = network.session(ue)
        yield from network.gnb1.set_up_session(session)
        yield 2.0
