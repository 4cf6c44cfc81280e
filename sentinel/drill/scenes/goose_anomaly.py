"""A forged GOOSE message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GooseAnomaly(Scene):
    """Somebody behind the terminal publishes a trip with a state of his own."""

    name = "goose-anomaly"
    title = "A forged GOOSE trip"
    title_zh = "伪造GOOSE跳闸"
    description = "After three messages of the IED one comes with state 9 and sequence 7."
    description_zh = "IED发布三条报文后，出现状态号9、序列号7的报文。"
    fires = ("goose-anomaly",)

    def act(self, network: Network) -> Play[None]:
        """Three true ones, one forged."""
        from sentinel.drill.wire import goose, lan

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        block, ied = goose.Publisher(), lan.Host("02:00:00:00:0b:01")
        for message in (block.change(network.timeline.now, False), block.repeat(False), block.repeat(False)):
            network.up(session, lan.frame(ied, goose.MULTICAST, goose.ETHERTYPE, message))
            yield 0.5
        block.state, block.sequence = 9, 7
        network.up(session, lan.frame(ied, goose.MULTICAST, goose.ETHERTYPE, block.message(True)))
        yield 0.5


class GooseAnomalyBenign(Scene):
    """The switchgear itself trips."""

    name = "goose-anomaly-benign"
    title = "A GOOSE trip"
    title_zh = "GOOSE跳闸"
    description = "After three messages of the IED its state changes and is repeated."
    description_zh = "IED发布三条报文后状态变化并重复。"

    def act(self, network: Network) -> Play[None]:
        """Three, then two of the next state."""
        from sentinel.drill.wire import goose, lan

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        block, ied = goose.Publisher(), lan.Host("02:00:00:00:0b:01")
        for message in (block.change(network.timeline.now, False), block.repeat(False), block.repeat(False)):
            network.up(session, lan.frame(ied, goose.MULTICAST, goose.ETHERTYPE, message))
            yield 0.5
        for message in (block.change(network.timeline.now, True), block.repeat(True)):
            frame = lan.frame(ied, goose.MULTICAST, goose.ETHERTYPE, message)
            network.up(session, frame)
            network.down(session, frame)
            yield 0.5
        yield 0.5
