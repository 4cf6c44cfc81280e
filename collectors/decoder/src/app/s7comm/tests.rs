//! PDUs made by hand, as STEP 7 and its PLCs send them.

use super::*;
use crate::app::Reading;
use crate::app::testing::{survives, told};

/// In a DT TPDU and a TPKT.
fn tpkt(pdu: &[u8]) -> Vec<u8> {
    piece(pdu, 0x80)
}

fn piece(pdu: &[u8], last: u8) -> Vec<u8> {
    [&[3, 0], &u16::try_from(pdu.len() + 7).unwrap().to_be_bytes()[..], &[2, 0xf0, last], pdu].concat()
}

fn pdu(rosctr: u8, error: &[u8], parameters: &[u8], data: &[u8]) -> Vec<u8> {
    let lengths = [parameters.len(), data.len()].map(|length| u16::try_from(length).unwrap().to_be_bytes()).concat();
    [&[0x32, rosctr, 0, 0, 0, 9], &lengths[..], error, parameters, data].concat()
}

fn job(parameters: &[u8], data: &[u8]) -> Vec<u8> {
    pdu(1, &[], parameters, data)
}

fn acknowledgement(parameters: &[u8], data: &[u8]) -> Vec<u8> {
    pdu(3, &[0, 0], parameters, data)
}

fn one(side: Side, pdu: &[u8]) -> Message {
    let (mut messages, error) = told(&PROTOCOL, side, &tpkt(pdu));
    assert_eq!((messages.len(), error), (1, None));
    messages.remove(0)
}

/// What these PDUs are read as, one after the other.
fn talk(pdus: &[(Side, Vec<u8>)]) -> Vec<Message> {
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    for (side, pdu) in pdus {
        Reading::default().feed(talk.as_mut(), *side, &tpkt(pdu), &mut out).unwrap();
    }
    out
}

fn text(message: &Message, name: &str) -> String {
    message.fields.get(name).map_or_else(|| "None".into(), ToString::to_string)
}

fn all(message: &Message, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| text(message, name)).collect()
}

/// DB1.DBW8, one INT.
const DB1_DBW8: [u8; 14] = [0x04, 1, 0x12, 10, 0x10, 5, 0, 1, 0, 1, 0x84, 0, 0, 64];

fn write() -> Vec<u8> {
    job(&[&[5], &DB1_DBW8[1..]].concat(), &[0, 4, 0, 16, 0xff, 0xfe])
}

const CONNECT: &[u8] = &[3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2];

#[test]
fn a_connection_request_says_rack_and_slot() {
    let (messages, error) = told(&PROTOCOL, Side::Client, CONNECT);
    assert_eq!(error, None);
    assert_eq!(messages[0].kind, "cotp.connection_request");
    let names = ["cotp.called_tsap", "s7comm.connection_type", "s7comm.rack", "s7comm.slot"];
    assert_eq!(all(&messages[0], &names), ["0102", "pg", "0", "2"]);
}

#[test]
fn it_is_recognised_by_a_connection_request_with_tsaps_only() {
    assert!((PROTOCOL.recognise)(Side::Client, CONNECT));
    // RDP's: a negotiation request instead of TSAPs
    let rdp = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0];
    assert!(!(PROTOCOL.recognise)(Side::Client, &rdp));
}

#[test]
fn a_read_and_its_answer_say_where_and_what() {
    let data = [0xff, 4, 0, 16, 0xff, 0xfe];
    let messages = talk(&[(Side::Client, job(&DB1_DBW8, &[])), (Side::Server, acknowledgement(&[4, 1], &data))]);
    assert_eq!((messages[0].kind, messages[1].kind), ("s7comm.read_var", "s7comm.response"));
    assert_eq!(
        all(&messages[0], &["ot.register", "s7comm.area", "s7comm.db_number", "s7comm.byte_address"]),
        ["DB1.DBW8", "data_block", "1", "8"]
    );
    assert_eq!(all(&messages[1], &["ot.register", "ot.value", "ot.status"]), ["DB1.DBW8", "-2", "success"]);
}

#[test]
fn a_write_says_what_and_its_answer_whether() {
    let answer = acknowledgement(&[5, 1], &[0x0a]);
    let messages = talk(&[(Side::Client, write()), (Side::Server, answer.clone()), (Side::Server, answer)]);
    assert_eq!(messages[0].kind, "s7comm.write_var");
    assert_eq!(all(&messages[0], &["ot.operation", "ot.register", "ot.value"]), ["write", "DB1.DBW8", "-2"]);
    assert_eq!(messages[0].fields.get("s7comm.value"), Some(&Value::F64(-2.0)));
    assert_eq!(text(&messages[0], "ot.status"), "None", "a request does not say how it ends");
    assert_eq!(all(&messages[1], &["ot.register", "ot.status"]), ["DB1.DBW8", "object_does_not_exist"]);
    assert_eq!(text(&messages[1], "s7comm.mismatch"), "None");
    assert_eq!(text(&messages[2], "s7comm.mismatch"), "repeated");
}

#[test]
fn values_are_numbers_only_where_all_of_them_are() {
    let item = |kind, count| [0x12, 10, 0x10, kind, 0, count, 0, 1, 0x84, 0, 0, 64];
    let numbers = job(
        &[&[5, 2][..], &item(8, 1), &item(5, 1)].concat(),
        &[&[0, 7, 0, 4][..], &0.1_f32.to_be_bytes(), &[0, 4, 0, 16, 0, 7]].concat(),
    );
    let both = Value::List([Value::F64(0.1), Value::F64(7.0)].into());
    assert_eq!(one(Side::Client, &numbers).fields.get("s7comm.value"), Some(&both));
    let octets = job(&[&[5, 2][..], &item(2, 3), &item(5, 1)].concat(), &[0, 4, 0, 24, 1, 2, 3, 0, 0, 4, 0, 16, 0, 7]);
    let octets = one(Side::Client, &octets);
    assert_eq!(all(&octets, &["ot.value", "s7comm.value"]), ["010203,7", "None"]);
}

#[test]
fn addresses_are_written_as_siemens_does() {
    for (kind, block, area, bits, expected) in [
        (1, 5, 0x84, 19, "DB5.DBX2.3"),
        (8, 5, 0x84, 32, "DB5.DBD4"),
        (1, 0, 0x81, 3, "I0.3"),
        (2, 0, 0x82, 8, "QB1"),
        (4, 0, 0x83, 800, "MW100"),
        (0x1d, 0, 0x1d, 5, "T5"),
    ] {
        let item = items::Item::Any { area, block, bits, kind, count: 1 };
        assert_eq!(item.text(), expected);
    }
}

#[test]
fn stop_and_start_are_changes_of_mode() {
    let stop = one(Side::Client, &job(&[&[0x29, 0, 0, 0, 0, 0, 9][..], b"P_PROGRAM"].concat(), &[]));
    assert_eq!((stop.kind, &*text(&stop, "ot.operation")), ("s7comm.plc_stop", "mode"));
    let job_start = job(&[&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 9][..], b"P_PROGRAM"].concat(), &[]);
    let start = one(Side::Client, &job_start);
    assert_eq!(start.kind, "s7comm.plc_control");
    let names = ["ot.operation", "s7comm.pi_service"];
    assert_eq!(all(&start, &names), ["mode", "P_PROGRAM"]);
    let answered = talk(&[(Side::Client, job_start), (Side::Server, acknowledgement(&[0x28], &[]))]);
    assert_eq!(all(&answered[1], &names), ["mode", "P_PROGRAM"], "an answer says what it answers");
    let insert = [&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 10, 1, 0][..], b"0A00007P", &[5], b"_INSE"].concat();
    let insert = one(Side::Client, &job(&insert, &[]));
    assert_eq!(all(&insert, &["ot.operation", "s7comm.block"]), ["program", "DB7"]);
}

#[test]
fn a_download_and_an_upload_say_which_block() {
    let download = [&[0x1a, 0, 1, 0, 0, 0, 0, 0, 9][..], b"_0800001P", &[13], b"1000348000214"].concat();
    let download = one(Side::Client, &job(&download, &[]));
    assert_eq!(download.kind, "s7comm.request_download");
    let names = ["s7comm.block", "s7comm.file_system", "s7comm.load_memory_length", "s7comm.code_length"];
    assert_eq!(all(&download, &names), ["OB1", "passive", "348", "214"]);
    let start = [&[0x1d, 0, 0, 0, 0, 0, 0, 0, 9][..], b"_0A00001A"].concat();
    let messages = talk(&[
        (Side::Client, job(&start, &[])),
        (Side::Server, acknowledgement(&[0x1d, 0, 1, 0, 0, 0, 0, 7, 3, b'1', b'0', b'0'], &[])),
        (Side::Client, job(&[0x1e, 0, 0, 0, 0, 0, 0, 7], &[])),
        (Side::Server, acknowledgement(&[0x1e, 0], &[0, 4, 0, 0xfb, 1, 2, 3, 4])),
        (Side::Client, job(&[0x1f, 0, 0, 0, 0, 0, 0, 7], &[])),
    ]);
    let told: Vec<_> = messages.iter().map(|message| (message.kind, text(message, "s7comm.block"))).collect();
    let kinds = ["s7comm.start_upload", "s7comm.response", "s7comm.upload", "s7comm.response", "s7comm.end_upload"];
    assert_eq!(told, kinds.map(|kind| (kind, "DB1".to_owned())));
}

#[test]
fn userdata_says_group_and_function() {
    let read = one(Side::Client, &pdu(7, &[], &[0, 1, 0x12, 4, 0x11, 0x44, 1, 0], &[0xff, 9, 0, 4, 0, 0x11, 0, 1]));
    let names = ["ot.function", "ot.operation", "s7comm.function_group", "s7comm.szl_id", "s7comm.szl_index"];
    assert_eq!(all(&read, &names), ["read_szl", "discover", "cpu_functions", "0x0011", "1"]);
    let refused = &[0, 1, 0x12, 8, 0x12, 0x85, 1, 0, 0, 0, 0xd6, 2];
    let refused = one(Side::Server, &pdu(7, &[], refused, &[]));
    assert_eq!(all(&refused, &["ot.function", "ot.status"]), ["plc_password", "wrong_password"]);
}

#[test]
fn a_pdu_in_pieces_is_read_when_it_is_whole() {
    let (head, tail) = (&write()[..12], &write()[12..]);
    let octets = [piece(head, 0), tpkt(tail)].concat();
    let (messages, error) = told(&PROTOCOL, Side::Client, &octets);
    assert_eq!((messages.len(), error), (1, None));
    assert_eq!(messages[0].kind, "s7comm.write_var");
}

#[test]
fn pieces_without_end_are_not_kept() {
    let octets = piece(&[0x32; 60_000], 0).repeat(3);
    let (messages, error) = told_whole(&octets);
    assert_eq!((messages[0].kind, error), ("s7comm.malformed", None));
}

fn told_whole(octets: &[u8]) -> (Vec<Message>, Option<Malformed>) {
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    let error = Reading::default().feed(talk.as_mut(), Side::Client, octets, &mut out).err();
    (out, error)
}

#[test]
fn what_does_not_hold_what_it_says_is_malformed_and_reading_goes_on() {
    for broken in [
        vec![0x32, 1, 0, 0],
        vec![0x32, 9, 0, 0, 0, 1, 0, 0, 0, 0],
        vec![0x32, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0],
        job(&[4, 200, 0x12, 10, 0x10], &[]),
        job(&[&[5], &DB1_DBW8[1..]].concat(), &[0, 4, 0xff, 0xff, 1]),
        job(&[0x29, 0, 0, 0, 0, 0, 99, b'P'], &[]),
        job(&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0xff, 0xff], &[]),
        pdu(7, &[], &[0, 1, 0x12], &[]),
    ] {
        let (messages, error) = told(&PROTOCOL, Side::Client, &[tpkt(&broken), tpkt(&write())].concat());
        let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
        assert_eq!((kinds, error), (vec!["s7comm.malformed", "s7comm.write_var"], None), "{broken:?}");
    }
}

#[test]
fn what_is_no_tpkt_ends_it() {
    for (octets, offset) in [(&b"GET /"[..], 0), (&[3, 0, 0, 5], 2), (&[3, 0, 0, 7, 99, 0xf0, 0x80], 4)] {
        assert_eq!(told(&PROTOCOL, Side::Client, octets).1.map(|error| error.offset), Some(offset));
    }
}

/// An S7comm-plus PDU with its trailer.
fn plus(version: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [&[0x72, version], &length[..], data, &[0x72, version, 0, 0]].concat()
}

/// SetVariable of the operating state, in session 0x3e8.
fn set_state(state: u8) -> Vec<u8> {
    let head = [0x31, 0, 0, 0x04, 0xf2, 0, 0, 0, 5, 0, 0, 3, 0xe8, 0x34];
    [&head[..], &[0, 0, 0, 0x34, 1, 0x90, 0x77, 0, 8, state, 0, 0]].concat()
}

#[test]
fn s7comm_plus_says_opcode_function_and_what_stops_the_cpu() {
    let stop = one(Side::Client, &plus(2, &set_state(1)));
    assert_eq!(stop.kind, "s7comm_plus.set_variable");
    let names = ["ot.operation", "s7comm_plus.operating_state", "s7comm_plus.session_id", "ot.transaction_id"];
    assert_eq!(all(&stop, &names), ["mode", "stop", "1000", "5"]);
    let integrity = [&[0x20][..], &[0xaa; 32], &set_state(3)].concat();
    assert_eq!(text(&one(Side::Client, &plus(3, &integrity)), "s7comm_plus.operating_state"), "run");
    let answer = plus(2, &[0x32, 0, 0, 0x04, 0xf2, 0, 0, 0, 5, 0x34, 0]);
    let other = plus(2, &[0x32, 0, 0, 0x04, 0xbb, 0, 0, 0, 5, 0x34, 0]);
    let asked = || (Side::Client, plus(2, &set_state(1)));
    let messages = talk(&[asked(), (Side::Server, answer), asked(), (Side::Server, other)]);
    let found: Vec<_> = [1, 3].map(|at| text(&messages[at], "s7comm_plus.mismatch")).into();
    assert_eq!(found, ["None", "other_function"]);
    let report = one(Side::Server, &plus(2, &[0x33, 0, 0, 1, 2]));
    assert_eq!((report.kind, &*text(&report, "ot.direction")), ("s7comm_plus.notification", "unsolicited"));
}

#[test]
fn a_message_of_s7comm_plus_that_goes_on_is_told_once() {
    let head = &plus(2, &set_state(1))[..4 + set_state(1).len()];
    let messages = talk(&[
        (Side::Client, head.to_vec()),
        (Side::Client, plus(2, &[1, 2, 3])),
        (Side::Client, plus(2, &set_state(3))),
        (Side::Client, plus(2, &[0x99])),
        (Side::Client, vec![0x72, 2, 0xff, 0xff]),
    ]);
    let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
    let set = "s7comm_plus.set_variable";
    assert_eq!(kinds, [set, set, "s7comm_plus.malformed", "s7comm_plus.malformed"]);
}

#[test]
fn mms_and_tls_are_passed_over() {
    let octets = [tpkt(&[1, 0, 1, 0, 0x61]), tpkt(&[0x16, 3, 1, 0, 1]), tpkt(&[]), tpkt(&write())].concat();
    let (messages, error) = told(&PROTOCOL, Side::Client, &octets);
    assert_eq!((messages.len(), error), (1, None));
}

#[test]
fn no_mutant_stops_it() {
    let pdus = [
        job(&DB1_DBW8, &[]),
        acknowledgement(&[4, 1], &[0xff, 4, 0, 16, 0xff, 0xfe]),
        write(),
        acknowledgement(&[5, 1], &[0xff]),
        job(&[&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 10, 1, 0][..], b"0A00007P", &[5], b"_INSE"].concat(), &[]),
        job(&[&[0x1a, 0, 1, 0, 0, 0, 0, 0, 9][..], b"_0800001P", &[13], b"1000348000214"].concat(), &[]),
        pdu(7, &[], &[0, 1, 0x12, 4, 0x11, 0x44, 1, 0], &[0xff, 9, 0, 4, 0, 0x11, 0, 1]),
        plus(2, &set_state(1)),
        plus(3, &[&[0x20][..], &[0xaa; 32], &set_state(3)].concat()),
    ];
    let mut seeds: Vec<Vec<u8>> = pdus.iter().map(|pdu| tpkt(pdu)).collect();
    seeds.push(CONNECT.to_vec());
    seeds.push([piece(&write()[..12], 0), tpkt(&write()[12..])].concat());
    survives(&PROTOCOL, &seeds);
}
