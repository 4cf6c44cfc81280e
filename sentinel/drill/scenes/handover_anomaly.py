"""Handovers that lead nowhere, or to and fro."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB2, TERMINALS, Station

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class HandoverAnomaly(Scene):
    """A gNB wants to hand terminals over to a station that the site does not have, and one terminal goes to and fro."""

    name = "handover-anomaly"
    title = "Handovers to an unknown gNB, and ping-pong"
    title_zh = "切换到未知基站与乒乓切换"
    description = (
        "gNB 1 asks for handovers to gNB 77, which all fail; a terminal switches its path five times in ten seconds."
    )
    description_zh = "基站 1 多次请求切换至基站 77 均失败；一个终端十秒内五次切换路径。"
    fires = ("handover-anomaly",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import switch_path
        from sentinel.drill.wire import ngap_mobility

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        ue, link = session.ue, network.gnb1.association
        for _ in range(5):
            link.up(ngap_mobility.handover_required(ue.amf_id, ue.ran_id, Station(77, "gnb-77", (), ""), 1), 1)
            yield 0.005
            link.down(ngap_mobility.handover_preparation_failure(ue.amf_id, ue.ran_id, "unknown-targetID"), 1)
            yield 4.0
        for target in (network.gnb2, network.gnb1, network.gnb2, network.gnb1, network.gnb2):
            yield from switch_path(network, session, target)
            yield 2.0


class HandoverAnomalyBenign(Scene):
    """One handover fails for want of resources, the next succeeds."""

    name = "handover-anomaly-benign"
    title = "A handover fails once"
    title_zh = "单次切换失败"
    description = "gNB 1 asks for a handover to gNB 2, which has no resources; later the path switches."
    description_zh = "基站 1 请求切换至基站 2 因资源不足失败，稍后切换成功。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import switch_path
        from sentinel.drill.wire import ngap_mobility

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        ue, link = session.ue, network.gnb1.association
        link.up(ngap_mobility.handover_required(ue.amf_id, ue.ran_id, GNB2, 1), 1)
        yield 0.005
        cause = "no-radio-resources-available-in-target-cell"
        link.down(ngap_mobility.handover_preparation_failure(ue.amf_id, ue.ran_id, cause), 1)
        yield 5.0
        yield from switch_path(network, session, network.gnb2)
        yield 2.0
