"""A UPF that no longer answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpHeartbeatLoss(Scene):
    """The UPF falls silent and comes back with nothing in its memory."""

    name = "pfcp-heartbeat-loss"
    title = "Heartbeats of a UPF stay unanswered"
    title_zh = "UPF 心跳无应答"
    description = (
        "Three heartbeats of the SMF stay unanswered; two minutes later the UPF answers with another recovery"
        " time stamp."
    )
    description_zh = "SMF 的三个心跳无应答；两分钟后 UPF 以新的恢复时间戳应答。"
    fires = ("pfcp-heartbeat-loss",)

    def act(self, network: Network) -> Play[None]:
        """Silence, then a restart."""
        from sentinel.drill.wire import pfcp

        n4 = network.n4
        began = n4.recovery
        for _ in range(4):
            n4.request(pfcp.heartbeat_request(next(n4.smf.sequence), began))
            yield 10.0
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(6, 15.0))
        yield 80.0
        number = next(n4.smf.sequence)
        n4.request(pfcp.heartbeat_request(number, began))
        yield 0.0003
        n4.answer(pfcp.heartbeat_response(number, network.timeline.now))
        yield 1.0


class PfcpHeartbeatLossBenign(Scene):
    """One is lost."""

    name = "pfcp-heartbeat-loss-benign"
    title = "One heartbeat is lost"
    title_zh = "丢失一个心跳"
    description = "One heartbeat of the SMF stays unanswered; those before and after are answered."
    description_zh = "SMF 的一个心跳无应答，前后均有应答。"

    def act(self, network: Network) -> Play[None]:
        """Not three in a row."""
        from sentinel.drill.wire import pfcp

        yield from network.n4.heartbeat()
        yield 10.0
        network.n4.request(pfcp.heartbeat_request(next(network.n4.smf.sequence), network.n4.recovery))
        yield 10.0
        yield from network.n4.heartbeats(2)
        yield 12.0
