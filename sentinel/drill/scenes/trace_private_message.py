"""A trace of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class TracePrivateMessage(Scene):
    """Somebody has the signalling of a terminal traced, to a host of the rogue network."""

    name = "trace-private-message"
    title = "A trace of a terminal is started"
    title_zh = "启动终端跟踪"
    description = "The AMF starts a trace of a terminal at gNB 1."
    description_zh = "AMF 在基站 1 启动对一个终端的跟踪。"
    fires = ("trace-private-message",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap_interface

        ue = yield from network.register(TERMINALS[4], network.gnb1)
        yield 1.0
        network.gnb1.association.down(ngap_interface.trace_start(ue.amf_id, ue.ran_id, "10.11.7.99"), 1)
        yield 1.0


class TracePrivateMessageBenign(Scene):
    """A terminal registers and is not traced."""

    name = "trace-private-message-benign"
    title = "A terminal that nobody traces"
    title_zh = "未被跟踪的终端"
    description = "A terminal registers, uses a session and is located once."
    description_zh = "终端注册、建立会话并上报一次位置，未被跟踪。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap_interface

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        now, ue = network.timeline.now, session.ue
        network.gnb1.association.up(ngap_interface.location_report(ue.amf_id, ue.ran_id, network.gnb1.cell, now), 1)
        yield 1.0
