//! What detections need beyond identities: QoS, split tunnels, rerouted messages, rejected slices, timers, rules of N4.
//! The messages are made by hand here, IE by IE.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may fail loudly.

use oxirush_ngap::ngap::*;
use oxirush_ngap::{BitString, build_ngap};
use sentinel_decoder::message::{Fields, Message, Value};
use sentinel_decoder::{nas, ngap, pfcp};

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn n2(payload: &[u8]) -> Vec<Message> {
    let mut out = Vec::new();
    ngap::decode(payload, &mut out);
    out
}

fn n1(pdu: &str) -> Vec<Message> {
    let mut out = Vec::new();
    nas::decode(&octets(pdu), &Fields::default(), &mut out);
    out
}

fn assert_fields(message: &Message, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        let found = message.fields.get(name).map_or("-".into(), Value::to_string);
        assert_eq!(found, *value, "{name} of {}", message.kind);
    }
}

/// A PFCP IE.
fn ie(id: u16, value: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes(), &u16::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
}

/// A PFCP message about a session.
fn n4(message_type: u8, ies: &[Vec<u8>]) -> Message {
    let body = [&[0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 1, 0][..], &ies.concat()].concat();
    let head = [0x21, message_type, 0, u8::try_from(body.len()).unwrap()];
    let mut out = Vec::new();
    pfcp::decode(&[&head[..], &body].concat(), &mut out);
    out.remove(0)
}

fn tunnel(address: [u8; 4], teid: u8) -> UPTransportLayerInformation<'static> {
    let address = TransportLayerAddress(BitString::from_octets(address.to_vec()));
    UPTransportLayerInformation::gTPTunnel(GTPTunnel::new(address, GTPTEID([0, 0, 0, teid]), None))
}

fn downlink(teid: u8, qfi: u64) -> QosFlowPerTNLInformation<'static> {
    let flows = AssociatedQosFlowList(vec![AssociatedQosFlowItem::new(QosFlowIdentifier(qfi), None, None)]);
    QosFlowPerTNLInformation::new(tunnel([10, 0, 0, teid], teid), flows, None)
}

#[test]
fn a_split_session_has_a_row_for_each_tunnel_and_the_flows_that_failed() {
    let more = QosFlowPerTNLInformationList(vec![QosFlowPerTNLInformationItem::new(downlink(2, 6), None)]);
    let result =
        SecurityResult::new(IntegrityProtectionResult::not_performed, ConfidentialityProtectionResult::performed, None);
    let cause = Cause::radioNetwork(CauseRadioNetwork::not_supported_5QI_value);
    let failed = QosFlowListWithCause(vec![QosFlowWithCauseItem::new(QosFlowIdentifier(7), cause, None)]);
    let transfer =
        PDUSessionResourceSetupResponseTransfer::new(downlink(1, 5), Some(more), Some(result), Some(failed), None);
    let item = PDUSessionResourceSetupItemSURes::new(PDUSessionID(3), encode_open_type(&transfer).unwrap(), None);
    let pdu = build_ngap!(SuccessfulOutcome, PDUSessionResourceSetup, REJECT, PDUSessionResourceSetupResponse,
        IGNORE AMF_UE_NGAP_ID(1_u64),
        IGNORE RAN_UE_NGAP_ID(1_u32),
        IGNORE PDUSessionResourceSetupListSURes(PDUSessionResourceSetupListSURes(vec![item])),
    );
    assert_fields(
        &n2(&pdu.unwrap().encode().unwrap())[0],
        &[
            ("fiveg.pdu_session.id", "3,3"),
            ("fiveg.ngap.dl.teid", "0x00000001,0x00000002"),
            ("fiveg.ngap.dl.address", "10.0.0.1,10.0.0.2"),
            ("fiveg.pdu_session.qfi", "5,6"),
            ("fiveg.pdu_session.failed_qfi", "7"),
            ("fiveg.ngap.cause", "radio_network.not_supported_5qi_value"),
            ("fiveg.ngap.up_integrity_result", "not_performed,"),
            ("fiveg.ngap.up_confidentiality_result", "performed,"),
        ],
    );
}

#[test]
fn a_rerouted_message_follows_and_is_marked() {
    // InitialUEMessage of UERANSIM in an OCTET STRING, in Reroute NAS Request.
    let inner = octets(
        "000f40480000050055000200010026001a197e004179000d0199f9070000000000000000422e04f0f0f0f0007900135099f907000000010099f907000001eeab60e7005a4001180070400100",
    );
    let length = u8::try_from(inner.len()).unwrap();
    let ies =
        [&octets("000003005500020001002a00")[..], &[length + 1, length], &inner, &octets("000340020040")].concat();
    let pdu = [&octets("002440")[..], &[u8::try_from(ies.len()).unwrap()], &ies].concat();
    let messages = n2(&pdu);
    let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["ngap.reroute_nas_request", "ngap.initial_ue_message", "nas.registration_request"]);
    assert_fields(&messages[0], &[("fiveg.ngap.rerouted", "-")]);
    assert_fields(&messages[1], &[("fiveg.ngap.rerouted", "true"), ("fiveg.nci", "0x000000010")]);
    assert_fields(&messages[2], &[("fiveg.ngap.rerouted", "true")]);
}

#[test]
fn a_rejection_names_slices_and_timers() {
    // Registration reject, cause 62: T3346 of 2 minutes, rejected NSSAI of SST 1 (cause 1) and SST 2 with SD 00000a (0).
    let reject = n1("7e00443e5f012269071101400200000a");
    assert_fields(
        &reject[0],
        &[
            ("fiveg.nas.cause", "62"),
            ("fiveg.nas.timer.t3346", "120"),
            ("fiveg.nas.rejected.sst", "1,2"),
            ("fiveg.nas.rejected.sd", ",00000a"),
            ("fiveg.nas.rejected.cause", "1,0"),
        ],
    );
    // Registration accept: T3512 of one hour, an extended rejected NSSAI of SST 3 (cause 2) with a back-off timer.
    let accept = n1("7e004201015e0121680410211203");
    assert_fields(&accept[0], &[("fiveg.nas.timer.t3512", "3600"), ("fiveg.nas.rejected.sst", "3")]);
}

#[test]
fn a_plain_initial_message_shows_what_should_not_be_clear() {
    // Registration request with SUCI, then Requested NSSAI (SST 1, SD 00000a) and 5GMM capability.
    let clear = n1("7e004179000d0199f9070000000000000000421001032e04f0f0f0f02f05040100000a");
    assert_fields(
        &clear[0],
        &[
            ("fiveg.nas.clear_ies", "mobility_capability,requested_nssai"),
            ("fiveg.nas.ngksi", "7"),
            ("fiveg.nas.mobility_capability", "03"),
            ("fiveg.snssai.sd", "00000a"),
        ],
    );
    let short = n1("7e004179000d0199f9070000000000000000422e04f0f0f0f0");
    assert_fields(&short[0], &[("fiveg.nas.clear_ies", "-")]);
}

#[test]
fn a_session_says_its_quality() {
    // PDU session establishment accept: QoS rule 1 of flow 1, AMBR of 62,500 × 16 kbit/s, 5QI 9, interface identifier.
    let accept = n1(
        "2e0101c211000901000631310101ff010603f42403f4242905010a2d00022201017900060120410101097b000880000d040a0b0635250908696e7465726e6574",
    );
    assert_fields(
        &accept[0],
        &[
            ("fiveg.nas.pti", "1"),
            ("fiveg.pdu_session.ssc_mode", "1"),
            ("fiveg.pdu_session.qfi", "1"),
            ("fiveg.pdu_session.5qi", "9"),
            ("fiveg.pdu_session.ambr_dl", "1000000000"),
            ("fiveg.pdu_session.ambr_ul", "1000000000"),
        ],
    );
}

#[test]
fn rules_of_a_session_have_filters_gates_rates_and_thresholds() {
    let filter = [&[0x01, 0, 0, 5][..], b"deny!"].concat();
    let pdi = ie(2, &[ie(20, &[1]), ie(23, &filter)].concat());
    let pdr = ie(1, &[ie(56, &[0, 7]), ie(29, &[0, 0, 0, 255]), pdi, ie(95, &[0]), ie(108, &[0, 0, 0, 4])].concat());
    let duplicate = ie(5, &[ie(42, &[4]), ie(84, &[1, 0, 0, 0, 0, 9, 10, 9, 9, 9])].concat());
    let far = ie(3, &[ie(108, &[0, 0, 0, 4]), ie(44, &[0x12, 0x01]), ie(4, &ie(42, &[0])), duplicate].concat());
    let qer = ie(7, &[ie(109, &[0, 0, 0, 1]), ie(25, &[0x05]), ie(26, &[0, 0, 0, 0, 10, 0, 0, 0, 0, 20])].concat());
    let threshold = [&[0x01][..], &1_048_576_u64.to_be_bytes()].concat();
    let urr = ie(6, &[ie(81, &[0, 0, 0, 2]), ie(62, &[2]), ie(37, &[0x02, 0x01]), ie(31, &threshold)].concat());
    let message = n4(50, &[ie(60, &[0, 10, 0, 0, 1]), pdr, far, qer, urr]);
    assert_eq!(message.kind, "pfcp.session_establishment_request");
    assert_fields(
        &message,
        &[
            ("fiveg.pfcp.pdr.precedence", "255"),
            ("fiveg.pfcp.pdr.far_id", "4"),
            ("fiveg.pfcp.pdr.source_interface", "core"),
            ("fiveg.pfcp.pdr.outer_header_removal", "0"),
            ("fiveg.pfcp.sdf_filter", "deny!"),
            ("fiveg.pfcp.far.id", "4"),
            ("fiveg.pfcp.far.apply_action", "forw,dupl,edrt"),
            ("fiveg.pfcp.far.destination_interface", "access"),
            ("fiveg.pfcp.duplicating.destination_interface", "li_function"),
            ("fiveg.pfcp.duplicating.teid", "0x00000009"),
            ("fiveg.pfcp.duplicating.address", "10.9.9.9"),
            ("fiveg.pfcp.qer.gate_ul", "closed"),
            ("fiveg.pfcp.qer.gate_dl", "closed"),
            ("fiveg.pfcp.qer.mbr_ul", "10"),
            ("fiveg.pfcp.qer.mbr_dl", "20"),
            ("fiveg.pfcp.urr.measurement_method", "volume"),
            ("fiveg.pfcp.urr.reporting_trigger", "volth,volqu"),
            ("fiveg.pfcp.urr.volume_threshold", "1048576"),
            ("fiveg.pfcp.missing_ies", "f_seid"),
        ],
    );
}

#[test]
fn missing_ies_are_named_in_their_groups_and_not_behind_a_fault() {
    let message = n4(50, &[ie(1, &ie(56, &[0, 1])), ie(3, &ie(44, &[2]))]);
    let missing = "create_pdr.precedence,create_pdr.pdi,create_far.far_id,node_id,f_seid";
    assert_fields(&message, &[("fiveg.pfcp.missing_ies", missing)]);
    let broken = n4(50, &[vec![0, 1, 0, 200]]);
    assert_eq!(broken.kind, "pfcp.malformed");
    assert_fields(&broken, &[("fiveg.pfcp.missing_ies", "-")]);
}

#[test]
fn reports_say_what_was_used_and_which_peer_is_gone() {
    let volume = [&[0x07][..], &30_u64.to_be_bytes(), &10_u64.to_be_bytes(), &20_u64.to_be_bytes()].concat();
    let usage =
        [ie(81, &[0, 0, 0, 2]), ie(104, &[0, 0, 0, 0]), ie(63, &[0x80, 0x08]), ie(66, &volume), ie(67, &[0, 0, 0, 60])];
    let error = ie(99, &ie(21, &[1, 0, 0, 0, 5, 10, 0, 0, 3]));
    let report = n4(56, &[ie(39, &[0x06]), ie(80, &usage.concat()), error]);
    assert_fields(
        &report,
        &[
            ("fiveg.pfcp.report_type", "usar,erir"),
            ("fiveg.pfcp.usage_report.urr_id", "2"),
            ("fiveg.pfcp.usage_report.trigger", "immer,termr"),
            ("fiveg.pfcp.usage_report.total_octets", "30"),
            ("fiveg.pfcp.usage_report.ul_octets", "10"),
            ("fiveg.pfcp.usage_report.dl_octets", "20"),
            ("fiveg.pfcp.usage_report.duration", "60"),
            ("fiveg.pfcp.error_indication.teid", "0x00000005"),
            ("fiveg.pfcp.error_indication.address", "10.0.0.3"),
            ("fiveg.pfcp.f_teid.teid", "-"),
            ("fiveg.pfcp.missing_ies", "-"),
        ],
    );
    let downlink = n4(56, &[ie(39, &[1]), ie(83, &[ie(56, &[0, 1]), ie(45, &[0x02, 9])].concat())]);
    assert_fields(&downlink, &[("fiveg.pdu_session.qfi", "9")]);
}

#[test]
fn values_of_rules_stay_at_their_rules() {
    let far = |id: u8, inside: &[u8]| ie(10, &[&ie(108, &[0, 0, 0, id])[..], inside].concat());
    let parameters = ie(11, &ie(42, &[0]));
    let message = n4(52, &[far(1, &[]), far(2, &parameters), far(3, &[])]);
    assert_fields(&message, &[("fiveg.pfcp.far.id", "1,2,3"), ("fiveg.pfcp.far.destination_interface", ",access,")]);
}
