"""A device identity in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class IdentityClearImei(Scene):
    """The core asks for the IMEI before there is security, and the terminal tells."""

    name = "identity-clear-imei"
    title = "The IMEI is asked for and sent in clear"
    title_zh = "IMEI 以明文请求与发送"
    description = "The AMF asks terminal 5 for its IMEI in plain NAS; the terminal answers."
    description_zh = "AMF 以明文 NAS 向终端 5 请求 IMEI，终端应答。"
    fires = ("identity-clear-imei",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import ask, refuse
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb1, network.ue(TERMINALS[5], network.gnb1)
        yield from ask(network, gnb, ue, nas.registration_request(nas.guti(0xC0000999)))
        gnb.down(ue, nas.identity_request(3))
        yield 0.02
        gnb.up(ue, nas.identity_response(nas.device(3, ue.terminal.imei)))
        yield 0.01
        yield from refuse(gnb, ue, nas.registration_reject(9))


class IdentityClearImeiBenign(Scene):
    """The core asks for the concealed identity, since it does not know the GUTI."""

    name = "identity-clear-imei-benign"
    title = "The SUCI is asked for"
    title_zh = "请求 SUCI"
    description = "The AMF asks terminal 5 for its SUCI, which it conceals."
    description_zh = "AMF 向终端 5 请求 SUCI，终端以加密方式应答。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import ask, refuse
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb1, network.ue(TERMINALS[5], network.gnb1)
        yield from ask(network, gnb, ue, nas.registration_request(nas.guti(0xC0000999)))
        gnb.down(ue, nas.identity_request(1))
        yield 0.02
        gnb.up(ue, nas.identity_response(nas.profile_a_suci(ue.terminal.supi, network.random)))
        yield 0.01
        yield from refuse(gnb, ue, nas.registration_reject(9))
