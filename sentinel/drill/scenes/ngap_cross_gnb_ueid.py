"""A gNB speaks of a terminal that is another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB2, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NgapCrossGnbUeid(Scene):
    """A gNB in foreign hands answers for a terminal of its neighbour: with its tunnel, and asks for its release."""

    name = "ngap-cross-gnb-ueid"
    title = "A gNB hijacks a terminal of another gNB"
    title_zh = "基站劫持其他基站的终端上下文"
    description = (
        "gNB 2 sends a PDU Session Resource Setup Response and a UE Context Release Request for a terminal at gNB 1."
    )
    description_zh = "基站 2 针对基站 1 上的终端发送 PDU 会话资源建立响应与 UE 上下文释放请求。"
    fires = ("ngap-cross-gnb-ueid",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap, ngap_mobility

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 3.0
        ue, rogue = session.ue, network.gnb2
        forged = ngap.pdu_session_resource_setup_response(ue.amf_id, ue.ran_id, 1, GNB2.n3, 0x666, 1)
        rogue.association.up(forged, 1)
        yield 1.0
        cause = ("radioNetwork", "radio-connection-with-ue-lost")
        rogue.association.up(ngap_mobility.ue_context_release_request(ue.amf_id, ue.ran_id, cause), 1)
        yield 2.0


class NgapCrossGnbUeidBenign(Scene):
    """A terminal goes to the next gNB, and both gNBs speak of it for a while."""

    name = "ngap-cross-gnb-ueid-benign"
    title = "A terminal is handed over"
    title_zh = "终端在基站间切换"
    description = "A terminal's path switches from gNB 1 to gNB 2, which then speaks of it."
    description_zh = "终端由基站 1 切换至基站 2，此后由基站 2 上报。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import switch_path
        from sentinel.drill.wire import nas

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 3.0
        yield from switch_path(network, session, network.gnb2)
        network.gnb2.up(session.ue, session.ue.security.up(nas.registration_complete()))
        yield 2.0
