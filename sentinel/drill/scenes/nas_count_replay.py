"""A message that was sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NasCountReplay(Scene):
    """Somebody on N2 sends a protected message of a terminal again."""

    name = "nas-count-replay"
    title = "A protected NAS message is replayed"
    title_zh = "重放受保护的 NAS 消息"
    description = "A message of terminal 5 comes again three seconds later, with the same count and MAC in a new chunk."
    description_zh = "终端 5 的一条消息三秒后以相同计数与 MAC 在新的数据块中再次出现。"
    fires = ("nas-count-replay",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        message = ue.security.up(nas.registration_complete())
        network.gnb1.up(ue, message)
        yield 3.0
        network.gnb1.up(ue, message)
        yield 1.0


class NasCountReplayBenign(Scene):
    """SCTP sends a packet again, because its acknowledgement was lost."""

    name = "nas-count-replay-benign"
    title = "An SCTP retransmission"
    title_zh = "SCTP 重传"
    description = "The packet with a message of terminal 5 is sent twice, with the same TSN."
    description_zh = "承载终端 5 消息的报文以相同 TSN 发送两次。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        network.gnb1.up(ue, ue.security.up(nas.registration_complete()))
        network.gnb1.association.repeat()
        yield 1.0
