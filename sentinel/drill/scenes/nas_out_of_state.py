"""A message out of its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NasOutOfState(Scene):
    """A device begins with the answer to a question that nobody asked."""

    name = "nas-out-of-state"
    title = "A context begins with an authentication response"
    title_zh = "以鉴权应答作为首条消息"
    description = "Terminal 5's first message at gNB 1 is an Authentication Response."
    description_zh = "终端 5 在基站 1 的首条消息即为鉴权应答。"
    fires = ("nas-out-of-state",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import ask
        from sentinel.drill.wire import nas

        ue = network.ue(TERMINALS[5], network.gnb1)
        yield from ask(network, network.gnb1, ue, nas.authentication_response(network.random))
        yield from network.gnb1.release_context(ue, ("nas", "unspecified"))


class NasOutOfStateBenign(Scene):
    """An idle terminal begins with a service request."""

    name = "nas-out-of-state-benign"
    title = "A context begins with a service request"
    title_zh = "以业务请求作为首条消息"
    description = "Terminal 5 rests and comes back with a Service Request."
    description_zh = "终端 5 空闲后以业务请求恢复。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, serve

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        yield from lose(network.gnb1, ue)
        yield 5.0
        yield from serve(network, network.gnb1, ue)
        yield 1.0
