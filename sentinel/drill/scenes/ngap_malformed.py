"""NGAP that cannot be decoded, or lacks what it must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB2, PLMN, SLICES, TAC

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NgapMalformed(Scene):
    """A gNB in foreign hands sends what crashes weak decoders; the AMF answers with ERROR INDICATION."""

    name = "ngap-malformed"
    title = "Malformed NGAP from a gNB"
    title_zh = "基站发送畸形 NGAP 消息"
    description = "Over gNB 2's association: junk, an NG Setup Request cut short, an Initial UE Message without NAS."
    description_zh = "经基站 2 的关联发送：随机字节、被截断的 NG Setup Request、缺少 NAS-PDU 的 Initial UE Message。"
    fires = ("ngap-malformed",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Three messages that are wrong in three ways."""
        from sentinel.drill.wire import nas, ngap

        gnb = network.gnb2
        setup = ngap.ng_setup_request(PLMN, GNB2.id, GNB2.name, {TAC: (PLMN, SLICES)})
        initial = ngap.initial_ue_message(900, nas.registration_complete(), gnb.cell, network.timeline.now)
        without_nas = ngap.without_ie(initial, ie_id=38)
        wrong = [
            (bytes.fromhex("deadbeef") * 4, "transfer-syntax-error"),
            (setup[: len(setup) // 2], "transfer-syntax-error"),
            (without_nas, "abstract-syntax-error-reject"),
        ]
        for message, cause in wrong:
            gnb.association.up(message)
            yield 0.003
            gnb.association.down(ngap.error_indication(("protocol", cause)))
            yield 1.5


class NgapMalformedBenign(Scene):
    """A gNB of a later release sends an IE that nobody here knows, with criticality ignore."""

    name = "ngap-malformed-benign"
    title = "An unknown IE with criticality ignore"
    title_zh = "含未知信元（关键性为 ignore）的消息"
    description = "gNB 2 comes back after an upgrade; its messages carry an unknown IE that the AMF may ignore."
    description_zh = "基站 2 升级后重新接入，其消息带有 AMF 可以忽略的未知信元。"

    def act(self, network: Network) -> Play[None]:
        """NG Setup and RAN Configuration Update, each with one more IE."""
        from sentinel.drill.n2 import AMF_NAME
        from sentinel.drill.wire import ngap

        gnb = network.gnb2
        yield from gnb.connect()
        setup = ngap.ng_setup_request(PLMN, GNB2.id, GNB2.name, {TAC: (PLMN, SLICES)})
        gnb.association.up(ngap.with_unknown_ie(setup, 60001, b"\x01\x02\x03"))
        yield 0.006
        gnb.association.down(ngap.ng_setup_response(PLMN, AMF_NAME, SLICES))
        yield 1.0
        gnb.association.up(ngap.with_unknown_ie(ngap.ran_configuration_update(GNB2.name), 60002, b"\x00"))
        yield 0.004
        gnb.association.down(ngap.ran_configuration_update_acknowledge())
        yield 1.0
