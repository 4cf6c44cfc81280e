"""PFCP that is out of sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpSequenceAnomaly(Scene):
    """Somebody who does not know the sequence numbers of the SMF speaks in its name."""

    name = "pfcp-sequence-anomaly"
    title = "A sequence number is used twice"
    title_zh = "序号被重复使用"
    description = (
        "The sequence number of the last message of the SMF comes again a second later with another message; "
        "a deletion for SEID 0 follows."
    )
    description_zh = "SMF 最后一条消息的序号一秒后被另一条消息使用，随后出现 SEID 0 的删除请求。"
    fires = ("pfcp-sequence-anomaly",)

    def act(self, network: Network) -> Play[None]:
        """From the address of the SMF."""
        from sentinel.drill.wire import pfcp

        victim = yield from network.attach(TERMINALS[10], network.gnb1)
        yield 6.0
        n4 = network.n4
        number = next(n4.smf.sequence)
        n4.request(pfcp.session_change(number, victim.up_seid, pfcp.apply_action(1, 0x0C)))
        yield 0.0003
        n4.answer(pfcp.session_modification_response(number, victim.cp_seid))
        yield 1.0
        n4.request(pfcp.session_change(number, victim.up_seid, pfcp.apply_action(2, 0x02)))
        yield 1.0
        n4.request(pfcp.session_deletion_request(next(n4.smf.sequence), 0))
        yield 1.0


class PfcpSequenceAnomalyBenign(Scene):
    """An answer was lost, and the request is sent again."""

    name = "pfcp-sequence-anomaly-benign"
    title = "A request is sent again"
    title_zh = "请求重传"
    description = (
        "The SMF sends a modification again with the same number and the same words, since the answer was lost."
    )
    description_zh = "因应答丢失，SMF 以相同序号和内容重传修改请求。"

    def act(self, network: Network) -> Play[None]:
        """Word for word."""
        from sentinel.drill.wire import pfcp

        session = yield from network.attach(TERMINALS[10], network.gnb1)
        yield 6.0
        n4 = network.n4
        number = next(n4.smf.sequence)
        for _ in range(2):
            n4.request(pfcp.session_change(number, session.up_seid, pfcp.apply_action(1, 0x0C)))
            yield 3.0
        n4.answer(pfcp.session_modification_response(number, session.cp_seid))
        yield 1.0
