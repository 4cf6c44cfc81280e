"""Something else than NGAP on the NGAP port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


_DIAMETER, _M3UA, _NGAP_OVER_DTLS = 46, 3, 66  # payload protocol identifiers, IANA
_CAPABILITIES_EXCHANGE = bytes.fromhex("0100001480000101000000006f2a91c35d1e77a0")  # Diameter, RFC 6733 clause 5.3.1
_M3UA_ASP_UP = bytes.fromhex("0100030100000008")  # RFC 4666 clause 3.5.1
_DTLS_HELLO = bytes.fromhex("16feff0000000000000000001f0100001300000000000000130303") + bytes(17)  # RFC 6347


class NgapWrongPpid(Scene):
    """A gNB in foreign hands tries other signalling protocols on the AMF's port."""

    name = "ngap-wrong-ppid"
    title = "Foreign protocols on the NGAP port"
    title_zh = "NGAP 端口出现其他协议"
    description = "Over gNB 2's association: Diameter (PPID 46), M3UA (PPID 3) and junk with PPID 0."
    description_zh = "经基站 2 的关联发送：Diameter（PPID 46）、M3UA（PPID 3）以及 PPID 为 0 的随机数据。"
    fires = ("ngap-wrong-ppid",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Three payloads; the AMF acknowledges and stays silent."""
        link = network.gnb2.association
        for ppid, payload in ((_DIAMETER, _CAPABILITIES_EXCHANGE), (_M3UA, _M3UA_ASP_UP), (0, b"probe-38412")):
            link.up(payload, ppid=ppid)
            yield 1.2


class NgapWrongPpidBenign(Scene):
    """NGAP as it is (PPID 60), and NGAP over DTLS (PPID 66), on one port."""

    name = "ngap-wrong-ppid-benign"
    title = "NGAP, and NGAP over DTLS"
    title_zh = "NGAP 与基于 DTLS 的 NGAP"
    description = "gNB 2 sends a configuration update with PPID 60, then starts DTLS with PPID 66."
    description_zh = "基站 2 以 PPID 60 发送配置更新，随后以 PPID 66 发起 DTLS。"
    broken = True

    def act(self, network: Network) -> Play[None]:
        """One message of each."""
        from sentinel.drill.wire import ngap

        gnb = network.gnb2
        gnb.association.up(ngap.ran_configuration_update(gnb.station.name))
        yield 0.004
        gnb.association.down(ngap.ran_configuration_update_acknowledge())
        yield 1.0
        gnb.association.up(_DTLS_HELLO, ppid=_NGAP_OVER_DTLS)
        yield 1.0
