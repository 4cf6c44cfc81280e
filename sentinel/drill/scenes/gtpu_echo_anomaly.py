"""Echoes that are more than echoes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, ROGUE_N3, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuEchoAnomaly(Scene):
    """A stranger keeps on asking the UPF for echoes."""

    name = "gtpu-echo-anomaly"
    title = "Echoes as a channel"
    title_zh = "以回显为信道"
    description = "10.11.3.150 sends ten Echo Requests with private extensions within five seconds."
    description_zh = "10.11.3.150 五秒内发送十个带私有扩展的回显请求。"
    fires = ("gtpu-echo-anomaly", "gtpu-peer-unlisted")

    def act(self, network: Network) -> Play[None]:
        """Ten requests."""
        from sentinel.drill.wire import gtpu

        for number in range(10):
            network.tunnelled(ROGUE_N3, UPF_N3, gtpu.echo_request(number, bytes(range(number, number + 32))))
            yield 0.001
            network.tunnelled(UPF_N3, ROGUE_N3, gtpu.echo_response(number))
            yield 0.5


class GtpuEchoAnomalyBenign(Scene):
    """Path management as the standard has it."""

    name = "gtpu-echo-anomaly-benign"
    title = "Echoes once a minute"
    title_zh = "每分钟一次的回显"
    description = "gNB 1 asks the UPF for an echo every minute; once it has to ask again, since nobody answered."
    description_zh = "基站 1 每分钟向 UPF 发送一次回显，其中一次因无应答而重发。"

    def act(self, network: Network) -> Play[None]:
        """Three minutes."""
        from sentinel.drill.wire import gtpu

        network.play(network.n4.heartbeats(18))
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(9, 20.0))
        for number in range(3):
            network.tunnelled(GNB1.n3, UPF_N3, gtpu.echo_request(number))
            yield 3.0
            if number == 1:
                network.tunnelled(GNB1.n3, UPF_N3, gtpu.echo_request(number))
            yield 0.001
            network.tunnelled(UPF_N3, GNB1.n3, gtpu.echo_response(number))
            yield 57.0
