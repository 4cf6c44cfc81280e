"""A certificate of its own making."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class TlsAnomaly(Scene):
    """The MES shows a certificate that it signed itself: somebody may be in between."""

    name = "tls-anomaly"
    title = "A self-signed certificate"
    title_zh = "自签名证书"
    description = "Terminal 2 begins TLS 1.2 with the MES, whose certificate is its own."
    description_zh = "终端2与MES建立TLS 1.2，证书为自签名。"
    fires = ("tls-anomaly",)

    def act(self, network: Network) -> Play[None]:
        """One handshake."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import tls

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        name = "mes.plant.example"
        handshake = tls.handshake(network.random, name, tls.TLS_1_2, name, name)
        yield from talk(network, session, HTTP, tls.PORT, *handshake, tls.data(network.random, 120, 400))
        yield 0.5


class TlsAnomalyBenign(Scene):
    """The certificate of the plant's authority."""

    name = "tls-anomaly-benign"
    title = "A certificate of the plant"
    title_zh = "厂内CA证书"
    description = "Terminal 2 begins TLS 1.2 with the MES, whose certificate the plant's authority signed."
    description_zh = "终端2与MES建立TLS 1.2，证书由厂内CA签发。"

    def act(self, network: Network) -> Play[None]:
        """One handshake."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import tls

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        name = "mes.plant.example"
        handshake = tls.handshake(network.random, name, tls.TLS_1_2, name, "plant-ca")
        yield from talk(network, session, HTTP, tls.PORT, *handshake, tls.data(network.random, 120, 400))
        yield 0.5
