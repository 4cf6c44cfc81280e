"""The AMF asks for a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AmfOverload(Scene):
    """The AMF sends Overload Start, and does not end it for ten minutes."""

    name = "amf-overload"
    title = "The AMF is overloaded"
    title_zh = "AMF 进入过载"
    description = "The AMF asks both gNBs to reject signalling and never stops it."
    description_zh = "AMF 要求两个基站拒绝信令，且始终未解除。"
    fires = ("amf-overload",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import grow_old
        from sentinel.drill.wire import ngap_interface

        for gnb in network.gnbs:
            gnb.association.down(ngap_interface.overload_start())
        yield from grow_old(network)


class AmfOverloadBenign(Scene):
    """The AMF's configuration is updated, which is no overload."""

    name = "amf-overload-benign"
    title = "A registration while the AMF is well"
    title_zh = "AMF 正常时的注册"
    description = "The AMF says Overload Stop when it starts, as some do; a terminal registers."
    description_zh = "AMF 启动后发送 Overload Stop（部分厂商如此），终端正常注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap_interface

        for gnb in network.gnbs:
            gnb.association.down(ngap_interface.overload_stop())
        yield 1.0
        yield from network.attach(TERMINALS[4], network.gnb1)
