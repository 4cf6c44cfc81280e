"""What a core does beside the procedures of terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import AMF, NRF, OT, SMF, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play

AMF_SBI, SMF_SBI = "10.11.5.11", "10.11.5.12"
SGW = "10.11.4.40"  # of the EPC beside, for terminals that still need one


class CoreServices(Scene):
    """Network functions discover each other, and an association moves and interleaves."""

    name = "core-services"
    title = "Core services at work"
    title_zh = "核心网服务"
    description = (
        "The service-based interface between AMF, SMF and NRF, a gNB whose association interleaves messages and changes "
        "its address, a rerouted registration, and GTP-C of an EPC beside; nothing is wrong."
    )
    description_zh = (
        "AMF、SMF 与 NRF 之间的服务化接口；gNB 的 SCTP 关联使用消息交织并变更地址；注册被重定向；"
        "旁路 EPC 的 GTP-C 信令。无异常。"
    )

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        yield from _services(network)
        yield from _association(network)
        yield from _reroute(network)
        yield from _evolved_packet_core(network)
        yield 0.5


def _services(network: Network) -> Play[None]:
    from sentinel.drill.talk import Tcp, Wired
    from sentinel.drill.wire import http2

    supi = f"imsi-{TERMINALS[1].supi}"
    amf = "5d0e1c8a-0000-41f0-8f1c-000000000001"
    nrf = http2.Client(f"{NRF}:7777", "AMF")
    flow = Tcp(Wired(network, AMF_SBI, NRF), http2.PORT)
    yield from flow.connect()
    grant = b"grant_type=client_credentials&nfType=AMF&scope=nsmf-pdusession"
    yield from flow.play(
        *nrf.connect(),
        nrf.request("PUT", f"/nnrf-nfm/v1/nf-instances/{amf}", b'{"nfType":"AMF","nfStatus":"REGISTERED"}', status=201),
        nrf.request("GET", "/nnrf-disc/v1/nf-instances?requester-nf-type=AMF&target-nf-type=SMF", answer=b"{}"),
        nrf.request("POST", "/oauth2/token", grant, answer=b'{"access_token":"made-up","token_type":"Bearer"}'),
        nrf.request("GET", "/nnrf-disc/v1/nf-instances?requester-nf-type=AMF&target-nf-type=XYZ", status=404),
        nrf.reset(),
        nrf.go_away(),
    )
    yield from flow.close()
    smf = http2.Client(f"{SMF_SBI}:7777", "AMF")
    flow = Tcp(Wired(network, AMF_SBI, SMF_SBI), http2.PORT)
    yield from flow.connect()
    yield from flow.play(
        *smf.connect(),
        smf.request("POST", "/nsmf-pdusession/v1/sm-contexts", f'{{"supi":"{supi}"}}'.encode(), status=201),
        smf.request("POST", "/nsmf-pdusession/v1/sm-contexts/1/release", b"{}", status=204),
        smf.request("GET", f"/nudm-sdm/v2/{supi}/sm-data", status=404),
    )
    yield from flow.close()


def _association(network: Network) -> Play[None]:
    """NG Setup in I-DATA chunks; then the gNB moves to its standby address, and speaks from there."""
    from sentinel.drill.plan import GNB3, PLMN, SLICES, TAC
    from sentinel.drill.wire import ngap
    from sentinel.drill.wire.sctp import Association

    ends = network.timeline, network.wire, network.random, GNB3.n2, AMF
    association = Association(*ends, interleaved=True)
    yield from association.open()
    association.up(ngap.ng_setup_request(PLMN, GNB3.id, GNB3.name, {TAC: (PLMN, SLICES)}))
    yield 0.006
    association.down(ngap.ng_setup_response(PLMN, "amf1", SLICES))
    yield 0.4
    yield from association.shutdown()
    gnb = network.gnb2
    yield from gnb.association.move(gnb.station.n2[1])
    gnb.association.up(ngap.ran_configuration_update(gnb.station.name))
    yield 0.004
    gnb.association.down(ngap.ran_configuration_update_acknowledge())
    yield 0.4


def _reroute(network: Network) -> Play[None]:
    """The AMF has a registration served by another AMF set (TS 23.502 clause 4.2.2.2.3)."""
    from sentinel.drill.wire import nas, ngap

    gnb, terminal = network.gnb1, TERMINALS[7]
    ran = next(gnb.ran_ids)
    request = nas.registration_request(nas.profile_a_suci(terminal.supi, network.random))
    message = ngap.initial_ue_message(ran, request, gnb.cell, network.timeline.now)
    gnb.association.up(message, 1)
    yield 0.006
    gnb.association.down(ngap.reroute_nas_request(ran, message, 2, [OT]), 1)
    yield 0.4


def _evolved_packet_core(network: Network) -> Play[None]:
    from sentinel.drill.talk import Udp, Wired
    from sentinel.drill.wire import gtpc

    flow = Udp(Wired(network, SGW, SMF), gtpc.PORT, gtpc.PORT)
    yield from flow.play(gtpc.echo(1), gtpc.create_session(2, TERMINALS[9].supi), gtpc.delete_session(3, 0x1001))
