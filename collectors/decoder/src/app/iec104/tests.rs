//! APDUs made by hand.

use super::*;
use crate::app::Reading;
use crate::app::testing::{survives, told};

fn apdu(control: [u8; 4], asdu: &[u8]) -> Vec<u8> {
    [&[0x68, u8::try_from(asdu.len() + 4).unwrap()][..], &control, asdu].concat()
}

/// I-format with send sequence number `sent`.
fn numbered(sent: u8, asdu: &[u8]) -> Vec<u8> {
    apdu([sent << 1, 0, 0, 0], asdu)
}

fn one(side: Side, octets: &[u8]) -> Message {
    let (mut messages, error) = told(&PROTOCOL, side, octets);
    assert_eq!((messages.len(), error), (1, None));
    messages.remove(0)
}

fn all(message: &Message, names: &[&str]) -> Vec<String> {
    let text = |name: &&str| message.fields.get(name).map_or_else(|| "None".into(), ToString::to_string);
    names.iter().map(text).collect()
}

/// C_SC_NA_1, activation, originator 3, common address 10, object 5000: execute on.
const COMMAND: [u8; 10] = [45, 1, 6, 3, 10, 0, 0x88, 0x13, 0, 0x01];

#[test]
fn start_stop_and_test_are_told_and_acknowledgements_are_not() {
    let formats = [0x07, 0x0b, 0x13, 0x23, 0x43, 0x83, 0x01].map(|control| apdu([control, 0, 0, 0], &[])).concat();
    let (messages, error) = told(&PROTOCOL, Side::Client, &formats);
    let kinds: Vec<&str> = messages.iter().map(|message| &message.kind["iec104.".len()..]).collect();
    let expected = ["start_dt_act", "start_dt_con", "stop_dt_act", "stop_dt_con", "test_fr_act", "test_fr_con"];
    assert_eq!((kinds, error), (expected.to_vec(), None));
}

#[test]
fn a_command_says_whom_where_and_what() {
    let command = one(Side::Client, &numbered(0, &COMMAND));
    assert_eq!(command.kind, "iec104.command");
    let names = ["iec104.type", "ot.function", "ot.operation", "ot.direction", "iec104.cause", "iec104.originator"];
    assert_eq!(all(&command, &names), ["C_SC_NA_1", "single_command", "control", "request", "activation", "3"]);
    let names = ["ot.unit_id", "ot.register", "ot.value", "iec104.select", "iec104.qualifier"];
    assert_eq!(all(&command, &names), ["10", "5000", "1", "false", "0"]);
}

#[test]
fn set_points_and_resets_are_told() {
    let point = [&[50, 1, 6, 0, 1, 0, 7, 0, 0][..], &21.5_f32.to_le_bytes(), &[0x80]].concat();
    let point = one(Side::Client, &numbered(0, &point));
    assert_eq!(all(&point, &["ot.value", "iec104.select"]), ["21.5", "true"]);
    assert_eq!(point.fields.get("iec104.value"), Some(&Value::F64(21.5)));
    let reset = one(Side::Client, &numbered(0, &[105, 1, 6, 0, 1, 0, 0, 0, 0, 1]));
    assert_eq!((reset.kind, all(&reset, &["ot.operation"])), ("iec104.reset_process", vec!["mode".to_owned()]));
    let all_of_it = one(Side::Client, &numbered(0, &[100, 1, 6, 0, 1, 0, 0, 0, 0, 20]));
    assert_eq!((all_of_it.kind, all(&all_of_it, &["iec104.qualifier"])), ("iec104.interrogation", vec!["20".into()]));
}

#[test]
fn measurements_say_addresses_values_and_quality() {
    // in sequence from object 100: 1, -2 (invalid)
    let scaled = [11, 0x82, 3, 0, 1, 0, 100, 0, 0, 1, 0, 0, 0xfe, 0xff, 0x80];
    let scaled = one(Side::Server, &numbered(0, &scaled));
    assert_eq!(scaled.kind, "iec104.monitor");
    let names = ["ot.register", "ot.value", "iec104.quality", "ot.direction", "ot.count"];
    assert_eq!(all(&scaled, &names), ["100,101", "1,-2", "invalid", "unsolicited", "2"]);
    let numbers = Value::List([Value::F64(1.0), Value::F64(-2.0)].into());
    assert_eq!(scaled.fields.get("iec104.value"), Some(&numbers));
    // each with its address: a double point that is on, one that is off
    let points = one(Side::Server, &numbered(0, &[3, 2, 20, 0, 1, 0, 9, 0, 0, 2, 12, 0, 0, 1]));
    assert_eq!(all(&points, &["ot.register", "ot.value", "ot.direction"]), ["9,12", "2,1", "response"]);
    let normalized = one(Side::Server, &numbered(0, &[9, 1, 3, 0, 1, 0, 9, 0, 0, 0, 0xc0, 0]));
    assert_eq!(all(&normalized, &["ot.value"]), ["-0.5"]);
    let step = one(Side::Server, &numbered(0, &[5, 1, 3, 0, 1, 0, 9, 0, 0, 0x7f, 0]));
    assert_eq!(all(&step, &["ot.value"]), ["-1"]);
}

#[test]
fn confirmations_that_do_not_fit_say_so() {
    let confirmation = |cause, sent| {
        let mut asdu = COMMAND;
        asdu[2] = cause;
        numbered(sent, &asdu)
    };
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    let answers = [confirmation(7, 0), confirmation(0x47, 1), confirmation(10, 2), confirmation(7, 9)].concat();
    Reading::default().feed(talk.as_mut(), Side::Client, &numbered(0, &COMMAND), &mut out).unwrap();
    Reading::default().feed(talk.as_mut(), Side::Server, &answers, &mut out).unwrap();
    let found: Vec<_> = out[1..].iter().map(|message| all(message, &["iec104.mismatch", "ot.status"])).collect();
    assert_eq!(found[0], ["None", "success"]);
    assert_eq!(found[1], ["repeated", "negative"]);
    assert_eq!(found[2], ["None", "success"]);
    assert_eq!(found[3], ["repeated", "success"]);
}

#[test]
fn a_sequence_number_that_is_not_the_next_says_so() {
    let octets = [numbered(0, &COMMAND), numbered(1, &COMMAND), numbered(3, &COMMAND)].concat();
    let (messages, _) = told(&PROTOCOL, Side::Client, &octets);
    let found: Vec<_> = messages.iter().map(|message| all(message, &["iec104.mismatch"]).concat()).collect();
    assert_eq!(found, ["None", "None", "sequence"]);
}

#[test]
fn what_does_not_hold_what_it_says_is_malformed_and_reading_goes_on() {
    for broken in [
        numbered(0, &[45, 1, 6]),
        numbered(0, &[45, 0, 6, 0, 1, 0]),
        numbered(0, &[45, 2, 6, 0, 1, 0, 1, 0, 0, 1]),
        numbered(0, &[13, 0xff, 3, 0, 1, 0, 1, 0, 0, 1]),
        apdu([0x0f, 0, 0, 0], &[]),
        apdu([0x07, 0, 0, 0], &[1]),
    ] {
        let octets = [broken.clone(), apdu([0x43, 0, 0, 0], &[])].concat();
        let (messages, error) = told(&PROTOCOL, Side::Client, &octets);
        let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
        assert_eq!((kinds, error), (vec!["iec104.malformed", "iec104.test_fr_act"], None), "{broken:?}");
    }
}

#[test]
fn octets_after_the_objects_do_not_hide_them() {
    let command = one(Side::Client, &numbered(0, &[&COMMAND[..], &[1, 2]].concat()));
    assert_eq!((command.kind, all(&command, &["iec104.trailing_octets"])), ("iec104.command", vec!["2".into()]));
}

#[test]
fn what_is_no_apdu_ends_it() {
    for (octets, offset) in [(&b"GET"[..], 0), (&[0x68, 3], 1), (&[0x68, 254], 1)] {
        assert_eq!(told(&PROTOCOL, Side::Client, octets).1.map(|error| error.offset), Some(offset));
    }
}

#[test]
fn it_is_recognised_by_its_start_only() {
    assert!((PROTOCOL.recognise)(Side::Client, &START_DT_ACT));
    assert!(!(PROTOCOL.recognise)(Side::Client, &numbered(0, &COMMAND)));
}

#[test]
fn the_types_are_in_order() {
    assert_eq!((1..=127).filter(|code| types::known(*code).code == *code).count(), 67);
}

#[test]
fn no_mutant_stops_it() {
    let asdus: [&[u8]; 6] = [
        &COMMAND,
        &[11, 0x82, 3, 0, 1, 0, 100, 0, 0, 1, 0, 0, 0xfe, 0xff, 0x80],
        &[3, 2, 20, 0, 1, 0, 9, 0, 0, 2, 12, 0, 0, 1],
        &[36, 1, 3, 0, 1, 0, 9, 0, 0, 0, 0, 0, 65, 0, 1, 2, 3, 4, 5, 6, 7],
        &[125, 1, 13, 0, 1, 0, 9, 0, 0, 1, 0, 1, 2, 3, 4],
        &[100, 1, 6, 0, 1, 0, 0, 0, 0, 20],
    ];
    let mut seeds: Vec<Vec<u8>> = asdus.iter().map(|asdu| numbered(0, asdu)).collect();
    seeds.push(START_DT_ACT.to_vec());
    survives(&PROTOCOL, &seeds);
}
