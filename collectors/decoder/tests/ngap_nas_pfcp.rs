//! NGAP, NAS and PFCP: whole messages in, fields out; damaged ones stay visible; no octets make it panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may fail loudly.

use oxirush_ngap::ngap::*;
use oxirush_ngap::{BitString, build_ngap, helpers};
use sentinel_decoder::message::{Fields, Message, Value};
use sentinel_decoder::{nas, ngap, pfcp};

const NG_SETUP_REQUEST: &str = "00150041000004001b00090099f9075000000001005240170a00554552414e53494d2d676e622d3939392d37302d310066000d00000000010099f907000000080015400140";
const NG_SETUP_RESPONSE: &str =
    "2015002e0000040001000a03806c61622d616d663000600008000099f90702004000564001ff005000080099f90700000008";
const NG_SETUP_FAILURE: &str = "4015000d000002000f400188006b400130";
const INITIAL_UE_MESSAGE: &str = "000f40480000050055000200010026001a197e004179000d0199f9070000000000000000422e04f0f0f0f0007900135099f907000000010099f907000001eeab60e7005a4001180070400100";
const SECURITY_MODE_COMPLETE: &str = "002e4067000004000a000200010055000200010026003d3c7e040e538ad0007e005e7700094573806121856151f17100237e004179000d0199f9070000000000000000101001002e04f0f0f0f02f020101530100007940135099f907000000010099f907000001eeab5fc9";
const INITIAL_CONTEXT_SETUP: &str = "000e008090000008000a00020001005500020001001c00070099f907020040000000020001007700091c000e000700038000005e00200000000000000000000000000000000000000000000000000000000000000000002240084370816125ffff510026402f2e7e02928a40a2017e0042010177000bf299f907020040c000006554074099f90700000115020101210201005e0192";
const UL_NAS_TRANSPORT: &str = "002e405e000004000a0002000100550002000100260034337e02b03d38c2027e00670100152e0101c1ffff91a12801007b000780000a00000d00120181220101250908696e7465726e6574007940135099f907000000010099f907000001eeab5fc9";
const SESSION_SETUP_REQUEST: &str = "001d0080a7000004000a00020001005500020001004a0080850040014f7e0238cb0e2c037e00680100402e0101c211000901000631310101ff010603f42403f4242905010a2d00022201017900060120410101097b000880000d040a0b0635250908696e7465726e6574120100202f0000040082000a0c3b9aca00303b9aca00008b000a01f00a0b031400000e1000860001000088000700010000091c00006e400a0c3b9aca00303b9aca00";
const SESSION_SETUP_RESPONSE: &str = "201d003b000004000a40020001005540020001004b40110000010d0003e00a0b0365000000010001007940135099f907000000010099f907000001eeab60e7";
const SESSION_RELEASE_COMMAND: &str =
    "001c0031000004000a0002000200550002000200264015147e0287dae02a057e00680100052e0201d3241202004f00050000020110";
const PAGING: &str = "0018401900000200734007000800c0000071006740070099f907000001";
const ESTABLISHMENT_REQUEST: &str = "213200a2000000000000000000000300003c0005000a0b041e0039000d0200000000000000090a0b041e00010035003800020001001d00040000ffff0002001b00140001010016000908696e7465726e6574005d0005060a2d0002006c00040000000100030013006c000400000001002c00020c000058000101008d0013030899790000000000f1083407181652181615009f000908696e7465726e65740101000401ffffff";
const ESTABLISHMENT_RESPONSE: &str = "21330070000000000000000900000300003c0005000a0b041400130001010039000d0200000000000000580a0b041400080013003800020002001500090100000d980a0b031400080013003800020003001500090100000c200a0b031400080013003800020004001500090100000d980a0b0314";
const MODIFICATION_REQUEST: &str = "21340047000000000000005800000400000a0037006c000400000001002c00020200000b0025002a0001000016000908696e7465726e65740054000a0100000000010a0b036500a000010b";
const HEARTBEAT: &str = "2001000c0000010000600004eeab5fc3";

const NGAP_SAMPLES: [&str; 11] = [
    NG_SETUP_REQUEST,
    NG_SETUP_RESPONSE,
    NG_SETUP_FAILURE,
    INITIAL_UE_MESSAGE,
    SECURITY_MODE_COMPLETE,
    INITIAL_CONTEXT_SETUP,
    UL_NAS_TRANSPORT,
    SESSION_SETUP_REQUEST,
    SESSION_SETUP_RESPONSE,
    SESSION_RELEASE_COMMAND,
    PAGING,
];
const PFCP_SAMPLES: [&str; 4] = [ESTABLISHMENT_REQUEST, ESTABLISHMENT_RESPONSE, MODIFICATION_REQUEST, HEARTBEAT];

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

fn n4(payload: &[u8]) -> Vec<Message> {
    let mut out = Vec::new();
    pfcp::decode(payload, &mut out);
    out
}

fn kinds(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.kind).collect()
}

/// The value of a field as text, "-" when it is absent.
fn field(message: &Message, name: &str) -> String {
    message.fields.get(name).map_or("-".into(), Value::to_string)
}

fn assert_fields(message: &Message, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(field(message, name), *value, "{name} of {}", message.kind);
    }
}

#[test]
fn ng_setup_says_who_the_node_is_and_what_it_serves() {
    let messages = n2(&octets(NG_SETUP_REQUEST));
    assert_eq!(kinds(&messages), ["ngap.ng_setup_request"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.ngap.message", "ng_setup_request"),
            ("fiveg.ngap.procedure", "ng_setup"),
            ("fiveg.ngap.procedure_code", "21"),
            ("fiveg.ngap.pdu_type", "initiating_message"),
            ("fiveg.ngap.criticality", "reject"),
            ("fiveg.gnb.id", "1"),
            ("fiveg.gnb.plmn", "99970"),
            ("fiveg.gnb.name", "UERANSIM-gnb-999-70-1"),
            ("fiveg.tac", "1"),
            ("fiveg.plmn", "99970"),
            ("fiveg.snssai.sst", "1"),
            ("fiveg.snssai.sd", ""),
        ],
    );
    let response = n2(&octets(NG_SETUP_RESPONSE));
    assert_fields(&response[0], &[("fiveg.amf.name", "lab-amf0"), ("fiveg.amf.guami", "99970-2-1-0")]);
    let failure = n2(&octets(NG_SETUP_FAILURE));
    assert_eq!(kinds(&failure), ["ngap.ng_setup_failure"]);
    assert_fields(&failure[0], &[("fiveg.ngap.cause", "misc.unknown_plmn_or_snpn")]);
}

#[test]
fn a_supported_area_has_a_row_for_each_slice_of_each_plmn() {
    let slices = |items: &[(u8, Option<[u8; 3]>)]| {
        SliceSupportList(
            items.iter().map(|(sst, sd)| SliceSupportItem::new(helpers::s_nssai(*sst, *sd), None)).collect(),
        )
    };
    let plmn = |mnc| helpers::plmn("999", mnc).unwrap();
    let first = BroadcastPLMNItem::new(plmn("70"), slices(&[(1, None), (2, Some([0, 0, 0x0a]))]), None);
    let second = BroadcastPLMNItem::new(plmn("071"), slices(&[(3, None)]), None);
    let area = SupportedTAItem::new(TAC([0, 0, 7]), BroadcastPLMNList(vec![first, second]), None);
    let node = helpers::global_gnb_id(plmn("70"), 9, 24).unwrap();
    let pdu = build_ngap!(InitiatingMessage, NGSetup, REJECT, NGSetupRequest,
        REJECT GlobalRANNodeID(GlobalRANNodeID::globalGNB_ID(node)),
        REJECT SupportedTAList(SupportedTAList(vec![area])),
        IGNORE DefaultPagingDRX(PagingDRX::v128),
    );
    let messages = n2(&pdu.unwrap().encode().unwrap());
    assert_eq!(kinds(&messages), ["ngap.ng_setup_request"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.tac", "7,7,7"),
            ("fiveg.plmn", "99970,99970,999071"),
            ("fiveg.snssai.sst", "1,2,3"),
            ("fiveg.snssai.sd", ",00000a,"),
        ],
    );
}

#[test]
fn a_nas_message_carries_the_ids_and_the_place_of_its_ngap_message() {
    let messages = n2(&octets(INITIAL_UE_MESSAGE));
    assert_eq!(kinds(&messages), ["ngap.initial_ue_message", "nas.registration_request"]);
    assert_fields(&messages[0], &[("fiveg.ngap.rrc_establishment_cause", "mo_signalling")]);
    assert_fields(
        &messages[1],
        &[
            ("fiveg.ran_ue_ngap_id", "1"),
            ("fiveg.nci", "0x000000010"),
            ("fiveg.tac", "1"),
            ("fiveg.plmn", "99970"),
            ("fiveg.nas.security_header", "0"),
            ("fiveg.nas.registration_type", "initial"),
            ("fiveg.nas.identity_type", "suci"),
            ("fiveg.suci", "suci-0-999-70-0000-0-0-0000000024"),
            ("fiveg.suci.scheme", "0"),
            ("fiveg.supi", "999700000000024"),
            ("fiveg.nas.ue_nea", "NEA0,NEA1,NEA2,NEA3"),
            ("fiveg.nas.ue_nia", "NIA0,NIA1,NIA2,NIA3"),
        ],
    );
}

#[test]
fn the_contained_message_follows_and_is_marked() {
    let messages = n2(&octets(SECURITY_MODE_COMPLETE));
    assert_eq!(
        kinds(&messages),
        ["ngap.uplink_nas_transport", "nas.security_mode_complete", "nas.registration_request"]
    );
    assert_fields(
        &messages[1],
        &[
            ("fiveg.nas.security_header", "4"),
            ("fiveg.nas.mac", "0e538ad0"),
            ("fiveg.nas.sequence", "0"),
            ("fiveg.pei", "4370816125816151"),
            ("fiveg.nas.contained", "-"),
        ],
    );
    assert_fields(
        &messages[2],
        &[
            ("fiveg.nas.contained", "true"),
            ("fiveg.amf_ue_ngap_id", "1"),
            ("fiveg.nas.mac", "-"),
            ("fiveg.snssai.sst", "1"),
            ("fiveg.supi", "999700000000001"),
        ],
    );
}

#[test]
fn a_context_setup_has_the_capabilities_and_the_guti() {
    let messages = n2(&octets(INITIAL_CONTEXT_SETUP));
    assert_eq!(kinds(&messages), ["ngap.initial_context_setup_request", "nas.registration_accept"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.amf.guami", "99970-2-1-0"),
            ("fiveg.nas.ue_nea", "NEA0,NEA1,NEA2,NEA3"),
            ("fiveg.ngap.masked_imeisv", "0x4370816125ffff51"),
        ],
    );
    assert_fields(&messages[1], &[("fiveg.guti", "99970-2-1-0-c0000065"), ("fiveg.tmsi", "0xc0000065")]);
}

#[test]
fn a_session_has_its_tunnels_on_both_sides_and_its_address() {
    let request = n2(&octets(SESSION_SETUP_REQUEST));
    assert_eq!(
        kinds(&request),
        ["ngap.pdu_session_resource_setup_request", "nas.dl_nas_transport", "nas.pdu_session_establishment_accept"]
    );
    assert_fields(
        &request[0],
        &[
            ("fiveg.pdu_session.id", "1"),
            ("fiveg.ngap.ul.teid", "0x00000e10"),
            ("fiveg.ngap.ul.address", "10.11.3.20"),
            ("fiveg.pdu_session.type", "ipv4"),
            ("fiveg.pdu_session.qfi", "1"),
            ("fiveg.snssai.sst", "1"),
        ],
    );
    assert_fields(
        &request[2],
        &[
            ("fiveg.pdu_session.id", "1"),
            ("fiveg.pdu_session.ue_ip", "10.45.0.2"),
            ("fiveg.dnn", "internet"),
            ("fiveg.pdu_session.type", "ipv4"),
        ],
    );
    let response = n2(&octets(SESSION_SETUP_RESPONSE));
    assert_fields(
        &response[0],
        &[
            ("fiveg.pdu_session.id", "1"),
            ("fiveg.ngap.dl.teid", "0x00000001"),
            ("fiveg.ngap.dl.address", "10.11.3.101"),
            ("fiveg.ngap.ul.teid", "-"),
        ],
    );
}

#[test]
fn a_session_request_knows_its_dnn_and_slice_from_the_transport() {
    let messages = n2(&octets(UL_NAS_TRANSPORT));
    assert_eq!(
        kinds(&messages),
        ["ngap.uplink_nas_transport", "nas.ul_nas_transport", "nas.pdu_session_establishment_request"]
    );
    let session = [("fiveg.dnn", "internet"), ("fiveg.snssai.sst", "1"), ("fiveg.nas.request_type", "initial_request")];
    assert_fields(&messages[1], &session);
    assert_fields(&messages[2], &session);
    assert_fields(&messages[2], &[("fiveg.pdu_session.id", "1"), ("fiveg.pdu_session.type", "ipv4")]);
}

#[test]
fn a_release_has_the_cause_of_its_transfer() {
    let messages = n2(&octets(SESSION_RELEASE_COMMAND));
    assert_fields(&messages[0], &[("fiveg.pdu_session.id", "2"), ("fiveg.ngap.cause", "nas.normal_release")]);
    assert_eq!(messages[2].kind, "nas.pdu_session_release_command");
    assert_fields(&messages[2], &[("fiveg.nas.cause", "36"), ("fiveg.nas.cause_name", "regular_deactivation")]);
}

#[test]
fn paging_names_the_terminal_and_the_areas() {
    let messages = n2(&octets(PAGING));
    assert_eq!(kinds(&messages), ["ngap.paging"]);
    assert_fields(&messages[0], &[("fiveg.tmsi", "0xc0000071"), ("fiveg.tac", "1"), ("fiveg.plmn", "99970")]);
}

fn tunnel(address: &[u8], teid: u8) -> UPTransportLayerInformation<'static> {
    let address = TransportLayerAddress(BitString::from_octets(address.to_vec()));
    UPTransportLayerInformation::gTPTunnel(GTPTunnel::new(address, GTPTEID([0, 0, 0, teid]), None))
}

fn switched(id: u8, address: &[u8], teid: u8) -> PDUSessionResourceToBeSwitchedDLItem<'static> {
    let flows = QosFlowAcceptedList(vec![QosFlowAcceptedItem::new(QosFlowIdentifier(1), None)]);
    let transfer = PathSwitchRequestTransfer::new(tunnel(address, teid), None, None, flows, None);
    PDUSessionResourceToBeSwitchedDLItem::new(PDUSessionID(id), encode_open_type(&transfer).unwrap(), None)
}

#[test]
fn a_path_switch_has_aligned_tunnels_and_the_id_at_the_amf() {
    let v6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let both = [[10, 0, 0, 1].as_slice(), &v6].concat();
    let list = PDUSessionResourceToBeSwitchedDLList(vec![switched(5, &both, 0xab), switched(6, &v6, 0xcd)]);
    let pdu = build_ngap!(InitiatingMessage, PathSwitchRequest, REJECT, PathSwitchRequest,
        REJECT RAN_UE_NGAP_ID(8u32),
        REJECT SourceAMF_UE_NGAP_ID(1_099_511_627_775_u64),
        IGNORE UESecurityCapabilities(helpers::ue_security_capabilities(0x40, 0)),
        REJECT PDUSessionResourceToBeSwitchedDLList(list),
    );
    let messages = n2(&pdu.unwrap().encode().unwrap());
    assert_fields(
        &messages[0],
        &[
            ("fiveg.amf_ue_ngap_id", "1099511627775"),
            ("fiveg.ran_ue_ngap_id", "8"),
            ("fiveg.pdu_session.id", "5,6"),
            ("fiveg.ngap.dl.teid", "0x000000ab,0x000000cd"),
            ("fiveg.ngap.dl.address", "10.0.0.1,2001:db8::1"),
            ("fiveg.nas.ue_nea", "NEA0,NEA2"),
            ("fiveg.nas.ue_nia", "NIA0"),
            ("fiveg.ngap.missing_ies", "user_location_information"),
        ],
    );
}

#[test]
fn a_reset_lists_its_connections_side_by_side() {
    let item = |amf: Option<u64>, ran: Option<u32>| {
        UEAssociatedLogicalNGConnectionItem::new(amf.map(AMFUENGAPID), ran.map(RANUENGAPID), None)
    };
    let list = UEAssociatedLogicalNGConnectionList(vec![item(Some(7), None), item(None, Some(9))]);
    let pdu = build_ngap!(InitiatingMessage, NGReset, REJECT, NGReset,
        IGNORE Cause(Cause::misc(CauseMisc::om_intervention)),
        REJECT ResetType(ResetType::partOfNG_Interface(list)),
    );
    let messages = n2(&pdu.unwrap().encode().unwrap());
    assert_eq!(kinds(&messages), ["ngap.ng_reset"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.ngap.reset_type", "part_of_ng_interface"),
            ("fiveg.ngap.reset.amf_ue_ngap_id", "7,"),
            ("fiveg.ngap.reset.ran_ue_ngap_id", ",9"),
            ("fiveg.ngap.cause", "misc.om_intervention"),
        ],
    );
}

#[test]
fn octets_after_a_pdu_are_counted_and_do_no_harm() {
    let messages = n2(&octets(&(NG_SETUP_FAILURE.to_owned() + "000000")));
    assert_eq!(kinds(&messages), ["ngap.ng_setup_failure"]);
    assert_fields(&messages[0], &[("fiveg.ngap.trailing_octets", "3")]);
}

#[test]
fn a_cut_pdu_is_malformed_with_what_was_read() {
    let whole = octets(INITIAL_UE_MESSAGE);
    let messages = n2(&whole[..18]);
    assert_eq!(kinds(&messages), ["ngap.malformed"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.ngap.message", "initial_ue_message"),
            ("fiveg.ran_ue_ngap_id", "1"),
            ("fiveg.malformed.reason", "the PDU ends inside its message"),
            ("fiveg.malformed.offset", "18"),
            ("fiveg.ngap.missing_ies", "nas_pdu,user_location_information,rrc_establishment_cause"),
        ],
    );
    for junk in [&[][..], &[0xde, 0xad, 0xbe, 0xef], &[0xff; 4000], &[0x00], &[0x20, 0x09, 0x00, 0x00]] {
        assert_eq!(kinds(&n2(junk)), ["ngap.malformed"]);
    }
}

#[test]
fn a_message_without_the_ie_that_identifies_it_is_malformed() {
    let pdu = build_ngap!(InitiatingMessage, UEContextReleaseRequest, IGNORE, UEContextReleaseRequest,
        REJECT AMF_UE_NGAP_ID(42u64),
        IGNORE Cause(Cause::radioNetwork(CauseRadioNetwork::user_inactivity)),
    );
    let messages = n2(&pdu.unwrap().encode().unwrap());
    assert_eq!(kinds(&messages), ["ngap.malformed"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.malformed.reason", "ran_ue_ngap_id is missing"),
            ("fiveg.ngap.missing_ies", "ran_ue_ngap_id"),
            ("fiveg.amf_ue_ngap_id", "42"),
            ("fiveg.ngap.cause", "radio_network.user_inactivity"),
        ],
    );
}

#[test]
fn an_amf_id_of_more_than_40_bits_is_malformed() {
    // A UE context release request whose AMF-UE-NGAP-ID claims six octets.
    let messages = n2(&octets("002a401a000003000a0007a0010000000000005500020007000f40020500"));
    assert_eq!(kinds(&messages), ["ngap.malformed"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.malformed.reason", "amf_ue_ngap_id does not decode"),
            ("fiveg.ngap.ie_errors", "1"),
            ("fiveg.ran_ue_ngap_id", "7"),
        ],
    );
}

/// The NG setup request with its name as given; the lengths around it are kept.
fn ng_setup_named(name: &[u8; 21]) -> Vec<u8> {
    let mut pdu = octets(NG_SETUP_REQUEST);
    let at = pdu.windows(8).position(|octets| octets == b"UERANSIM").unwrap();
    pdu[at..at + 21].copy_from_slice(name);
    pdu
}

#[test]
fn a_name_is_shown_whatever_its_characters_and_hides_nothing() {
    for (name, shown) in [
        (b"UERANSIM_gnb@999-70-1", "UERANSIM_gnb@999-70-1"),
        (b"gnb\x1b[31m\x00\xff\xfe-999-70-01", "gnb\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}-999-70-01"),
    ] {
        let messages = n2(&ng_setup_named(name));
        assert_eq!(kinds(&messages), ["ngap.ng_setup_request"]);
        let expected =
            [("fiveg.gnb.name", shown), ("fiveg.gnb.id", "1"), ("fiveg.tac", "1"), ("fiveg.ngap.ie_errors", "-")];
        assert_fields(&messages[0], &expected);
    }
}

#[test]
fn a_broken_ie_that_is_only_shown_is_counted() {
    // A name that claims 150 octets, and one in the extended form that claims 20 of its 21.
    for (head, shown) in [([0x4a, 0x80], "UERANSIM-gnb-999-70-1"), ([0x80, 20], "UERANSIM-gnb-999-70-")] {
        let mut pdu = octets(NG_SETUP_REQUEST);
        let at = pdu.windows(8).position(|octets| octets == b"UERANSIM").unwrap();
        pdu[at - 2..at].copy_from_slice(&head);
        let messages = n2(&pdu);
        assert_eq!(kinds(&messages), ["ngap.ng_setup_request"]);
        assert_fields(
            &messages[0],
            &[("fiveg.gnb.name", shown), ("fiveg.gnb.id", "1"), ("fiveg.tac", "1"), ("fiveg.ngap.ie_errors", "1")],
        );
    }
    // A paging DRX of two octets more.
    let longer = NG_SETUP_REQUEST.replace("0015400140", "00154003400000").replacen("00150041", "00150043", 1);
    let messages = n2(&octets(&longer));
    assert_eq!(kinds(&messages), ["ngap.ng_setup_request"]);
    assert_fields(&messages[0], &[("fiveg.gnb.id", "1"), ("fiveg.tac", "1"), ("fiveg.ngap.ie_errors", "1")]);
}

#[test]
fn an_unknown_procedure_and_an_unknown_ie_are_not_malformed() {
    assert_eq!(kinds(&n2(&octets("00fa40050000000000"))), ["ngap.unknown_procedure"]);
    // An error indication with IE 4000, criticality ignore.
    let messages = n2(&octets("0009400a0000010fa04003010203"));
    assert_eq!(kinds(&messages), ["ngap.error_indication"]);
}

#[test]
fn a_repeated_ie_is_named_and_the_first_one_counts() {
    let messages = n2(&octets("0009400f000002005500020001005500020002"));
    assert_eq!(kinds(&messages), ["ngap.error_indication"]);
    assert_fields(&messages[0], &[("fiveg.ngap.repeated_ies", "ran_ue_ngap_id"), ("fiveg.ran_ue_ngap_id", "1")]);
}

#[test]
fn an_ie_of_many_octets_comes_in_fragments() {
    // A downlink NAS transport whose NAS-PDU has 16,400 octets: 16,384, then what is left.
    let nas: Vec<u8> = [&[0x7e, 0, 0x71][..], &[0x55; 16_397]].concat();
    let pdu = build_ngap!(InitiatingMessage, DownlinkNASTransport, IGNORE, DownlinkNASTransport,
        REJECT AMF_UE_NGAP_ID(1u64),
        REJECT RAN_UE_NGAP_ID(2u32),
        REJECT NAS_PDU(nas),
    );
    let messages = n2(&pdu.unwrap().encode().unwrap());
    assert_eq!(kinds(&messages), ["ngap.downlink_nas_transport", "nas.unknown_message"]);
    assert_fields(&messages[1], &[("fiveg.nas.message_type", "113"), ("fiveg.amf_ue_ngap_id", "1")]);
}

#[test]
fn a_security_mode_command_shows_the_chosen_algorithms() {
    let messages = n1("7e039e5234c5007e005d020004f0f0f0f0e1360100");
    assert_eq!(kinds(&messages), ["nas.security_mode_command"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.nas.cipher", "NEA0"),
            ("fiveg.nas.integrity", "NIA2"),
            ("fiveg.nas.ue_nea", "NEA0,NEA1,NEA2,NEA3"),
            ("fiveg.nas.mac", "9e5234c5"),
        ],
    );
}

#[test]
fn causes_have_their_names() {
    let messages = n1("7e005914");
    assert_eq!(kinds(&messages), ["nas.authentication_failure"]);
    assert_fields(&messages[0], &[("fiveg.nas.cause", "20"), ("fiveg.nas.cause_name", "mac_failure")]);
    let messages = n1("2e0101c31b");
    assert_fields(&messages[0], &[("fiveg.nas.cause", "27"), ("fiveg.nas.cause_name", "missing_or_unknown_dnn")]);
    assert_fields(&n1("7e0044fe")[0], &[("fiveg.nas.cause", "254"), ("fiveg.nas.cause_name", "-")]);
}

#[test]
fn identities_of_every_type() {
    let response = |identity: &str| n1(&format!("7e005c{:04x}{identity}", identity.len() / 2)).remove(0);
    const NAI: &str = "1174797065312e7269643637382e7363686964302e757365726964757365723137406578616d706c652e636f6d";
    assert_fields(
        &response("0199f9071032f101aabbcc"),
        &[("fiveg.suci", "suci-0-999-70-0123-1-1-aabbcc"), ("fiveg.suci.scheme", "1"), ("fiveg.supi", "-")],
    );
    assert_fields(&response("4b0951243032578127"), &[("fiveg.nas.identity_type", "imei")]);
    assert_fields(&response("f4004000000001"), &[("fiveg.nas.identity_type", "s_tmsi"), ("fiveg.tmsi", "0x00000001")]);
    assert_fields(&response("000000"), &[("fiveg.nas.identity_type", "no_identity")]);
    assert_fields(&response(NAI), &[("fiveg.suci", "suci-1-type1.rid678.schid0.useriduser17@example.com")]);
    assert_fields(&n1("7e005b03")[0], &[("fiveg.nas.identity_type", "imei")]);
}

#[test]
fn a_ciphered_message_says_so() {
    let messages = n1("7e02928a40a2018c51ee0213");
    assert_eq!(kinds(&messages), ["nas.protected"]);
    assert_fields(
        &messages[0],
        &[("fiveg.nas.ciphered", "true"), ("fiveg.nas.sequence", "1"), ("fiveg.nas.message_type", "-")],
    );
    // What looks like plain text with an unknown type may be that, or chance.
    let messages = n1("7e02ecf1a10a017e0073");
    assert_eq!(kinds(&messages), ["nas.protected"]);
    assert_fields(&messages[0], &[("fiveg.nas.message_type", "115")]);
}

#[test]
fn damaged_nas_keeps_what_was_read() {
    let messages = n1("7e0041");
    assert_eq!(kinds(&messages), ["nas.malformed"]);
    assert_fields(
        &messages[0],
        &[("fiveg.nas.epd", "126"), ("fiveg.nas.message_type", "65"), ("fiveg.nas.type", "registration_request")],
    );
    // A SUCI of the null scheme may have no key identifier; this one says 7.
    let messages = n1("7e005c000a0199f907000000070021");
    assert_eq!(kinds(&messages), ["nas.malformed"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.malformed.reason", "a mandatory IE is missing or invalid"),
            ("fiveg.suci", "suci-0-999-70-0000-0-7-0012"),
        ],
    );
    for pdu in ["", "7e", "7e00", "7e0f41", "7e02aabb", "2e0101", "0741", "ff"] {
        assert_eq!(kinds(&n1(pdu)), ["nas.malformed"], "{pdu}");
    }
    assert_eq!(kinds(&n1("7e0071")), ["nas.unknown_message"]);
    assert_eq!(kinds(&n1("2e0101ff")), ["nas.unknown_message"]);
}

#[test]
fn messages_in_messages_end_at_a_depth() {
    let mut pdu = "7e0043".to_owned();
    for _ in 0..8 {
        let container = format!("71{:04x}{pdu}", pdu.len() / 2);
        pdu = format!("7e005e{container}");
    }
    let messages = n1(&pdu);
    assert_eq!(messages.len(), 5);
    assert_eq!(messages[4].kind, "nas.malformed");
}

#[test]
fn a_session_establishment_joins_identity_address_and_tunnel() {
    let messages = n4(&octets(ESTABLISHMENT_REQUEST));
    assert_eq!(kinds(&messages), ["pfcp.session_establishment_request"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.pfcp.message", "session_establishment_request"),
            ("fiveg.pfcp.seid", "0x0000000000000000"),
            ("fiveg.pfcp.sequence", "3"),
            ("fiveg.pfcp.f_seid.seid", "0x0000000000000009"),
            ("fiveg.pfcp.f_seid.address", "10.11.4.30"),
            ("fiveg.pfcp.node_id", "10.11.4.30"),
            ("fiveg.pfcp.pdr.id", "1"),
            ("fiveg.pfcp.pdr.source_interface", "core"),
            ("fiveg.pdu_session.ue_ip", "10.45.0.2"),
            ("fiveg.pfcp.network_instance", "internet"),
            ("fiveg.pfcp.far.id", "1"),
            ("fiveg.pfcp.far.apply_action", "buff,nocp"),
            ("fiveg.supi", "999700000000001"),
            ("fiveg.pei", "4370816125816151"),
            ("fiveg.dnn", "internet"),
            ("fiveg.snssai.sst", "1"),
            ("fiveg.snssai.sd", ""),
        ],
    );
    let response = n4(&octets(ESTABLISHMENT_RESPONSE));
    assert_fields(
        &response[0],
        &[
            ("fiveg.pfcp.cause", "1"),
            ("fiveg.pfcp.cause_name", "request_accepted"),
            ("fiveg.pfcp.pdr.id", "2,3,4"),
            ("fiveg.pfcp.f_teid.teid", "0x00000d98,0x00000c20"),
            ("fiveg.pfcp.f_teid.address", "10.11.3.20,10.11.3.20"),
        ],
    );
    let modification = n4(&octets(MODIFICATION_REQUEST));
    assert_fields(
        &modification[0],
        &[
            ("fiveg.pfcp.seid", "0x0000000000000058"),
            ("fiveg.pfcp.far.apply_action", "forw"),
            ("fiveg.pfcp.far.destination_interface", "access"),
            ("fiveg.pfcp.outer_header.teid", "0x00000001"),
            ("fiveg.pfcp.outer_header.address", "10.11.3.101"),
        ],
    );
}

#[test]
fn heartbeats_have_the_recovery_time() {
    let messages = n4(&octets(HEARTBEAT));
    assert_eq!(kinds(&messages), ["pfcp.heartbeat_request"]);
    assert_fields(&messages[0], &[("fiveg.pfcp.recovery_time", "1795219779")]);
}

#[test]
fn bundled_messages_are_all_pushed() {
    // The FO flag, 0x04, says that another message follows.
    let bundle = octets(&format!("24{}{HEARTBEAT}00", &HEARTBEAT[2..]));
    let messages = n4(&bundle);
    assert_eq!(kinds(&messages), ["pfcp.heartbeat_request", "pfcp.heartbeat_request"]);
    assert_fields(&messages[1], &[("fiveg.pfcp.trailing_octets", "1")]);
}

#[test]
fn damaged_pfcp_keeps_what_was_read() {
    let messages = n4(&octets("2132fff00000000000000001000400ff003c"));
    assert_eq!(kinds(&messages), ["pfcp.malformed"]);
    assert_fields(
        &messages[0],
        &[
            ("fiveg.pfcp.message", "session_establishment_request"),
            ("fiveg.pfcp.seid", "0x0000000000000001"),
            ("fiveg.malformed.reason", "an IE ends inside its header"),
            ("fiveg.malformed.offset", "16"),
        ],
    );
    let cases = [
        ("4001000400000100", "version 2 is not 1"),
        ("2001", "the message ends inside its header"),
        ("2001000000000100", "the length field is shorter than the header"),
        ("2136000e00000000000000b100000e000015", "an IE ends inside its header"),
        ("2134001000000000000000b100000e0000540000", "IE 84 is too short"),
        ("2134001400000000000000b100000e00000a000400540009", "IE 84 is longer than what holds it"),
    ];
    for (payload, reason) in cases {
        let messages = n4(&octets(payload));
        assert_eq!(kinds(&messages), ["pfcp.malformed"], "{payload}");
        assert_fields(&messages[0], &[("fiveg.malformed.reason", reason)]);
    }
    assert_eq!(kinds(&n4(&octets("20c8000400000100"))), ["pfcp.unknown_message"]);
}

#[test]
fn grouped_ies_end_at_a_depth() {
    let nested = (0..10).fold(String::new(), |inner, _| format!("0002{:04x}{inner}", inner.len() / 2));
    let payload = octets(&format!("2132{:04x}{:016x}00000100{nested}", 12 + nested.len() / 2, 1));
    let messages = n4(&payload);
    assert_eq!(kinds(&messages), ["pfcp.malformed"]);
    assert_fields(&messages[0], &[("fiveg.malformed.reason", "grouped IEs are nested too deep")]);
}

/// A xorshift generator: the same mutants in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// Change one to four places: an octet, a bit, a cut, an insertion, a copy from elsewhere.
    fn mutate(&mut self, octets: &mut Vec<u8>) {
        for _ in 0..=self.roll(4) {
            let (at, value) = (self.roll(octets.len()), self.roll(256) as u8);
            match self.roll(6) {
                _ if octets.is_empty() => octets.push(value),
                0 => octets[at] = value,
                1 => octets[at] ^= 1 << self.roll(8),
                2 => octets.truncate(at),
                3 => octets.insert(at, value),
                4 => octets[at] = [0x00, 0x01, 0x7f, 0x80, 0xc1, 0xff][self.roll(6)],
                _ => {
                    let from = self.roll(octets.len());
                    let count = self.roll(octets.len() - from.max(at));
                    octets.copy_within(from..from + count, at);
                }
            }
        }
    }
}

#[test]
fn mutants_never_panic_and_always_show() {
    let mut dice = Dice(0x5eed_1234_5678_9abc);
    let n2_samples: Vec<Vec<u8>> = NGAP_SAMPLES.iter().map(|hex| octets(hex)).collect();
    let n4_samples: Vec<Vec<u8>> = PFCP_SAMPLES.iter().map(|hex| octets(hex)).collect();
    for round in 0..300_000 {
        let samples = if round % 3 == 0 { &n4_samples } else { &n2_samples };
        let mut octets = samples[dice.roll(samples.len())].clone();
        dice.mutate(&mut octets);
        let mut out = Vec::new();
        match round % 3 {
            0 => pfcp::decode(&octets, &mut out),
            1 => ngap::decode(&octets, &mut out),
            // The NAS message inside, wherever it starts.
            _ => nas::decode(octets.get(dice.roll(60)..).unwrap_or_default(), &Fields::default(), &mut out),
        }
        assert!(!out.is_empty());
    }
}
