//! Frames made by hand, of master 1 and outstation 10, with the CRCs of `link::crc`.

use super::*;
use crate::app::Reading;
use crate::app::testing::{survives, told};

const FROM_MASTER: u8 = 0xc4;
const FROM_OUTSTATION: u8 = 0x44;

fn framed(control: u8, data: &[u8]) -> Vec<u8> {
    let (to, from) = if control & 0x80 != 0 { (10, 1) } else { (1, 10) };
    let mut octets = vec![0x05, 0x64, u8::try_from(data.len() + 5).unwrap(), control, to, 0, from, 0];
    octets.extend(link::crc(&octets).to_le_bytes());
    for block in data.chunks(16) {
        octets.extend_from_slice(block);
        octets.extend(link::crc(block).to_le_bytes());
    }
    octets
}

/// A fragment of one segment.
fn request(fragment: &[u8]) -> Vec<u8> {
    framed(FROM_MASTER, &[&[0xc0], fragment].concat())
}

fn response(fragment: &[u8]) -> Vec<u8> {
    framed(FROM_OUTSTATION, &[&[0xc0], fragment].concat())
}

fn one(side: Side, octets: &[u8]) -> Message {
    let (mut messages, error) = told(&TCP, side, octets);
    assert_eq!((messages.len(), error), (1, None));
    messages.remove(0)
}

fn all(message: &Message, names: &[&str]) -> Vec<String> {
    let text = |name: &&str| message.fields.get(name).map_or_else(|| "None".into(), ToString::to_string);
    names.iter().map(text).collect()
}

fn talk(octets: &[(Side, Vec<u8>)]) -> Vec<Message> {
    let (mut talk, mut out) = ((TCP.begin)(), Vec::new());
    for (side, octets) in octets {
        Reading::default().feed(talk.as_mut(), *side, octets, &mut out).unwrap();
    }
    out
}

/// Direct operate: g12v1, one octet of index: point 3, close, once, 100 ms on and off.
const OPERATE: [u8; 18] = [0xc2, 5, 12, 1, 0x17, 1, 3, 0x41, 1, 100, 0, 0, 0, 100, 0, 0, 0, 0];

#[test]
fn the_crc_is_that_of_the_standard() {
    assert_eq!(link::crc(b"123456789"), 0xea82); // the check value of CRC-16/DNP
}

#[test]
fn a_control_says_whom_where_and_what() {
    let operate = one(Side::Client, &request(&OPERATE));
    assert_eq!(operate.kind, "dnp3.direct_operate");
    let names = ["ot.operation", "ot.direction", "ot.unit_id", "dnp3.source", "dnp3.from_master"];
    assert_eq!(all(&operate, &names), ["control", "request", "10", "1", "true"]);
    let names = ["dnp3.object", "ot.register", "ot.value", "ot.count"];
    assert_eq!(all(&operate, &names), ["g12v1", "binary_output:3", "pulse_on_close", "1"]);
    assert_eq!(operate.fields.get("dnp3.value"), None, "a control is no number");
}

#[test]
fn a_delay_is_told_in_milliseconds() {
    let restart = |variation, low| response(&[0xc0, 129, 0, 0, 52, variation, 7, 1, low, 0]);
    for (variation, expected) in [(1, "5000"), (2, "5")] {
        let message = one(Side::Server, &restart(variation, 5));
        assert_eq!(all(&message, &["ot.value", "dnp3.value"]), [expected, expected]);
    }
}

#[test]
fn a_set_point_is_a_number() {
    // g41v3, index 6: 0.1 in 32 bits, status 0
    let set = [&[0xc0, 5, 41, 3, 0x28, 1, 0, 6, 0][..], &0.1_f32.to_le_bytes(), &[0]].concat();
    let set = one(Side::Client, &request(&set));
    assert_eq!(all(&set, &["ot.register", "ot.value"]), ["analog_output:6", "0.1"]);
    assert_eq!(set.fields.get("dnp3.value"), Some(&Value::F64(0.1)));
    // g41v2, index 5: -2
    let set = one(Side::Client, &request(&[0xc0, 5, 41, 2, 0x28, 1, 0, 5, 0, 0xfe, 0xff, 0]));
    assert_eq!(set.fields.get("dnp3.value"), Some(&Value::F64(-2.0)));
}

#[test]
fn a_refused_control_says_why() {
    let mut answer = [&OPERATE[..1], &[129, 0, 0], &OPERATE[2..]].concat();
    *answer.last_mut().unwrap() = 7;
    let messages = talk(&[
        (Side::Client, request(&OPERATE)),
        (Side::Server, response(&answer)),
        (Side::Server, response(&answer)),
        (Side::Server, response(&[0xcf, 129, 0, 0])),
    ]);
    let found: Vec<_> =
        messages[1..].iter().map(|message| all(message, &["dnp3.answers", "ot.status", "dnp3.mismatch"])).collect();
    assert_eq!(found[0], ["direct_operate", "local", "None"]);
    assert_eq!(found[1], ["None", "local", "repeated"]);
    assert_eq!(found[2], ["None", "success", "no_request"]);
}

#[test]
fn a_poll_and_its_answer_say_objects_and_values() {
    let poll = one(Side::Client, &request(&[0xc0, 1, 60, 2, 6, 60, 3, 6, 60, 4, 6, 60, 1, 6]));
    assert_eq!((poll.kind, all(&poll, &["dnp3.object"])), ("dnp3.read", vec!["g60v2,g60v3,g60v4,g60v1".to_owned()]));
    // indications: restart; g1v1 0 to 2 packed, g30v2 5 to 5 with flags, g2v1 index 9
    let octets = [0xc0, 129, 0x80, 0, 1, 1, 0, 0, 2, 0b101, 30, 2, 0, 5, 5, 1, 0xfe, 0xff, 2, 1, 0x17, 1, 9, 0x81];
    let answer = one(Side::Server, &response(&octets));
    let names = ["dnp3.iin", "dnp3.object", "ot.value", "ot.count"];
    assert_eq!(all(&answer, &names), ["device_restart", "g1v1,g30v2,g2v1", "1,0,1,-2,1", "5"]);
    let points = "binary_input:0,binary_input:1,binary_input:2,analog_input:5,binary_input:9";
    assert_eq!(all(&answer, &["ot.register"]), [points]);
    let range = one(Side::Client, &request(&[0xc0, 1, 30, 0, 1, 0, 1, 9, 1]));
    assert_eq!(all(&range, &["ot.register", "ot.count"]), ["analog_input:256-265", "10"]);
}

#[test]
fn restarts_and_unsolicited_responses_are_told() {
    let restart = one(Side::Client, &request(&[0xc0, 13]));
    assert_eq!((restart.kind, all(&restart, &["ot.operation"])), ("dnp3.cold_restart", vec!["mode".to_owned()]));
    let refused = one(Side::Server, &response(&[0xc0, 129, 0, 1]));
    assert_eq!(all(&refused, &["ot.status"]), ["no_function_code_support"]);
    let report = one(Side::Server, &response(&[0xf0, 130, 0, 0]));
    assert_eq!(
        (report.kind, all(&report, &["ot.direction"])),
        ("dnp3.unsolicited_response", vec!["unsolicited".into()])
    );
    assert_eq!(all(&report, &["dnp3.mismatch"]), ["None"]);
}

#[test]
fn a_file_is_named() {
    // g70v3 with its size: name at 26, of 4 octets; mode write
    let mut file = vec![26, 0, 4, 0];
    file.extend([0; 16]);
    file.extend([2, 0, 0, 4, 0, 0]);
    file.extend(b"/cfg");
    let octets = [&[0xc0, 25, 70, 3, 0x5b, 1, 30, 0], &file[..]].concat();
    let open = one(Side::Client, &request(&octets));
    assert_eq!(all(&open, &["ot.operation", "dnp3.file_name", "dnp3.file_mode"]), ["program", "/cfg", "write"]);
}

#[test]
fn segments_are_put_together() {
    let (head, tail) = OPERATE.split_at(7);
    let first = framed(FROM_MASTER, &[&[0x45], head].concat());
    let last = framed(FROM_MASTER, &[&[0x86], tail].concat());
    assert_eq!(one(Side::Client, &[first.clone(), last.clone()].concat()), one(Side::Client, &request(&OPERATE)));
    let (messages, _) = told(&TCP, Side::Client, &[first.clone(), first, last.clone(), last].concat());
    let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["dnp3.direct_operate", "dnp3.malformed"]);
}

#[test]
fn a_fragment_without_end_is_not_kept() {
    let segments = (0..80_u8)
        .map(|at| framed(FROM_MASTER, &[&[at & 0x3f | if at == 0 { 0x40 } else { 0 }], &[0; 249][..]].concat()));
    let messages = talk(&segments.map(|segment| (Side::Client, segment)).collect::<Vec<_>>());
    assert_eq!(messages[0].fields.get("fiveg.malformed.reason"), Some(&Value::Text("a fragment has no end".into())));
}

#[test]
fn frames_of_the_link_layer_say_what_they_are_for() {
    let status = one(Side::Client, &framed(0xc9, &[]));
    assert_eq!((status.kind, all(&status, &["ot.function"])), ("dnp3.link", vec!["request_link_status".to_owned()]));
    let (messages, _) = told(&TCP, Side::Server, &framed(0, &[]));
    assert_eq!(messages.len(), 0, "an acknowledgement");
}

#[test]
fn a_wrong_crc_is_malformed_and_reading_goes_on_at_the_next_start() {
    for at in [4, 8, 12, 30] {
        let mut broken = request(&OPERATE);
        broken[at] ^= 0x10;
        let (messages, error) = told(&TCP, Side::Client, &[broken, request(&[0xc0, 13])].concat());
        let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
        assert_eq!((kinds, error), (vec!["dnp3.malformed", "dnp3.cold_restart"], None), "octet {at}");
    }
}

#[test]
fn objects_that_do_not_hold_what_they_say_are_malformed_and_reading_goes_on() {
    for fragment in [
        &[0xc0][..],
        &[0xc0, 2, 50],
        &[0xc0, 2, 50, 1, 7, 9, 1, 2, 3],
        &[0xc0, 2, 1, 1, 0, 9, 3],
        &[0xc0, 2, 1, 1, 9, 0xff, 0xff, 0xff, 0xff],
        &[0xc0, 2, 1, 1, 0x0d],
        &[0xc0, 25, 70, 3, 0x5b, 1, 0xff, 0xff, 0],
        &[0xc0, 129, 0],
    ] {
        let (messages, error) = told(&TCP, Side::Client, &[request(fragment), request(&[0xc0, 13])].concat());
        let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
        assert_eq!((kinds, error), (vec!["dnp3.malformed", "dnp3.cold_restart"], None), "{fragment:?}");
    }
}

#[test]
fn what_is_no_frame_ends_it() {
    assert_eq!(told(&TCP, Side::Client, b"GET / HTTP").1.map(|error| error.offset), Some(0));
}

#[test]
fn it_is_recognised_by_a_header_with_its_crc() {
    let whole = request(&OPERATE);
    assert!((TCP.recognise)(Side::Client, &whole) && (UDP.recognise)(Side::Client, &whole[..10]));
    let mut broken = whole;
    broken[9] ^= 1;
    assert!(!(TCP.recognise)(Side::Client, &broken));
}

#[test]
fn a_datagram_holds_frames() {
    let (mut talk, mut out) = ((UDP.begin)(), Vec::new());
    let datagram = [framed(0xc9, &[]), request(&OPERATE)].concat();
    assert_eq!(talk.read(Side::Client, &datagram, &mut out), Progress::Used(datagram.len()));
    let kinds: Vec<&str> = out.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["dnp3.link", "dnp3.direct_operate"]);
    assert_eq!(talk.read(Side::Client, &datagram[..20], &mut out), Progress::More);
}

#[test]
fn no_mutant_stops_it() {
    let octets = [0xc0, 129, 0x80, 0, 1, 1, 0, 0, 2, 0b101, 30, 2, 0, 5, 5, 1, 0xfe, 0xff, 2, 1, 0x17, 1, 9, 0x81];
    let (head, tail) = OPERATE.split_at(7);
    let seeds = [
        request(&OPERATE),
        response(&octets),
        framed(0xc9, &[]),
        [framed(FROM_MASTER, &[&[0x45], head].concat()), framed(FROM_MASTER, &[&[0x86], tail].concat())].concat(),
    ];
    survives(&TCP, &seeds);
    survives(&UDP, &seeds);
}

/// Mutants of what is inside: the CRCs would keep them all out.
#[test]
fn no_mutant_of_a_fragment_stops_it() {
    for seed in [
        &OPERATE[..],
        &[0xc0, 129, 0x80, 0, 1, 1, 0, 0, 2, 0b101, 30, 2, 0, 5, 5, 1, 0xfe, 0xff, 2, 1, 0x17, 1, 9, 0x81],
        &[0xc0, 25, 70, 3, 0x5b, 1, 6, 0, 26, 0, 4, 0, 1, 2],
        &[0xc0, 1, 60, 2, 6, 30, 0, 1, 0, 1, 9, 1],
    ] {
        crate::app::testing::mutants(seed, |mutant| {
            let mut fields = Fields::default();
            let _ = objects::read(mutant, 2, true, &mut fields);
            let _ = objects::read(mutant, 4, false, &mut fields);
        });
    }
}
