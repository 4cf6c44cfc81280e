"""The packet that killed the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AmfRestartAfterTrigger(Scene):
    """A malformed message, and the AMF is gone; seconds later all gNBs are back."""

    name = "amf-restart-after-trigger"
    title = "A malformed message restarts the AMF"
    title_zh = "畸形消息导致 AMF 重启"
    description = "gNB 2 sends junk; the AMF aborts both associations, and both gNBs set up again."
    description_zh = "基站 2 发送随机字节后，AMF 中止两个关联，随后两个基站重新接入。"
    fires = ("amf-restart-after-trigger", "ngap-malformed")
    broken = True

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        network.gnb2.association.up(bytes.fromhex("deadbeef") * 4)
        yield 0.3
        yield from _restart(network)


class AmfRestartAfterTriggerBenign(Scene):
    """The operator restarts the AMF."""

    name = "amf-restart-after-trigger-benign"
    title = "The AMF is restarted in maintenance"
    title_zh = "AMF 维护重启"
    description = "The AMF aborts both associations without any cause on N2, and both gNBs set up again."
    description_zh = "AMF 在 N2 无异常的情况下中止两个关联，随后两个基站重新接入。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        yield from _restart(network)


def _restart(network: Network) -> Play[None]:
    for gnb in network.gnbs:
        gnb.association.abort()
        yield 0.05
    yield 8.0
    for gnb in network.gnbs:
        yield from gnb.start()
        yield 0.5
    yield 2.0
