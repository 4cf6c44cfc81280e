"""Messages that are made to be misread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import SMF_STANDBY

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SensorAttack(Scene):
    """A peer sends junk for PFCP at a rate of several a second."""

    name = "sensor-attack"
    title = "Junk for PFCP"
    title_zh = "PFCP垃圾报文"
    description = "The standby SMF's address sends 150 datagrams to the UPF whose lengths do not fit."
    description_zh = "备用SMF地址向UPF发送150个长度不符的数据报。"
    fires = ("sensor-attack",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Five a second."""
        from sentinel.drill.n4 import N4, Smf

        peer = N4(network, Smf(SMF_STANDBY), network.upf)
        for number in range(150):
            peer.request(b"\x21\x32\xff\xff" + network.random.randbytes(20 + number % 7))
            yield 0.2


class SensorAttackBenign(Scene):
    """A peer sends as many heartbeats."""

    name = "sensor-attack-benign"
    title = "Many heartbeats"
    title_zh = "大量心跳"
    description = "The SMF and the UPF exchange 75 heartbeats in fifteen seconds."
    description_zh = "SMF与UPF在十五秒内交换75次心跳。"

    def act(self, network: Network) -> Play[None]:
        """Five a second."""
        yield from network.n4.heartbeats(75, 0.2)
