use super::*;
use crate::app::enip::{IO, TCP, UDP};
use crate::app::testing::{mutated, told};
use crate::app::{Reading, Side};

const SESSION: u32 = 7;
const CONTEXT: u64 = 0x1122_3344_5566_7788;

/// An encapsulation packet, made by hand after volume 2, 2-3.
fn packet(command: u16, session: u32, body: &[u8]) -> Vec<u8> {
    let mut octets = [command.to_le_bytes(), (body.len() as u16).to_le_bytes()].concat();
    octets.extend(session.to_le_bytes());
    octets.extend([0; 4]);
    octets.extend(CONTEXT.to_le_bytes());
    octets.extend([0; 4]);
    octets.extend(body);
    octets
}

fn items(items: &[(u16, &[u8])]) -> Vec<u8> {
    let mut octets = (items.len() as u16).to_le_bytes().to_vec();
    for (kind, data) in items {
        octets.extend(kind.to_le_bytes());
        octets.extend((data.len() as u16).to_le_bytes());
        octets.extend(*data);
    }
    octets
}

/// SendRRData with an unconnected message.
fn unconnected(cip: &[u8]) -> Vec<u8> {
    packet(0x6f, SESSION, &[&[0; 6][..], &items(&[(0, &[]), (0xb2, cip)])].concat())
}

/// SendUnitData with a connected message, sequence number 5.
fn connected(cip: &[u8]) -> Vec<u8> {
    let data = [&[5, 0], cip].concat();
    packet(0x70, SESSION, &[&[0; 6][..], &items(&[(0xa1, &[1, 2, 3, 4]), (0xb1, &data)])].concat())
}

fn register() -> Vec<u8> {
    packet(0x65, 0, &[1, 0, 0, 0])
}

/// A read of one element of `tag`.
fn read_tag(tag: &str) -> Vec<u8> {
    let mut path = [&[0x91, tag.len() as u8], tag.as_bytes()].concat();
    path.resize(path.len().next_multiple_of(2), 0);
    [&[0x4c, (path.len() / 2) as u8], &path[..], &[1, 0]].concat()
}

fn multiple(head: &[u8], parts: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = [head, &(parts.len() as u16).to_le_bytes()].concat();
    let mut offset = 2 + 2 * parts.len();
    for part in parts {
        octets.extend((offset as u16).to_le_bytes());
        offset += part.len();
    }
    octets.extend(parts.concat());
    octets
}

fn talk(turns: &[(Side, Vec<u8>)]) -> Vec<Message> {
    let (mut talk, mut out) = ((TCP.begin)(), Vec::new());
    for (side, octets) in turns {
        Reading::default().feed(talk.as_mut(), *side, octets, &mut out).unwrap();
    }
    out
}

fn one(octets: &[u8]) -> Message {
    let (mut messages, error) = told(&TCP, Side::Client, octets);
    assert_eq!((messages.len(), error), (1, None), "{messages:?}");
    messages.remove(0)
}

#[track_caller]
fn check(message: &Message, kind: &str, expected: &[(&str, Value)]) {
    assert_eq!(message.kind, kind);
    for (field, value) in expected {
        assert_eq!(message.fields.get(field).map(Value::to_string), Some(value.to_string()), "{field}");
    }
}

fn t(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_stop_and_a_reset_are_told_with_their_object() {
    let stop = one(&connected(&[0x07, 2, 0x20, 0x8e, 0x24, 0x01]));
    let object =
        [("cip.class", Value::U64(0x8e)), ("cip.instance", Value::U64(1)), ("ot.operation", Value::Str("mode"))];
    check(&stop, "cip.stop", &object);
    check(&stop, "cip.stop", &[("ot.transaction_id", Value::U64(5)), ("ot.register", t("0x8e/1"))]);
    let reset = one(&unconnected(&[0x05, 3, 0x20, 0x01, 0x25, 0, 0x02, 0x01, 1]));
    check(&reset, "cip.reset", &[("cip.reset_type", Value::U64(1)), ("cip.instance", Value::U64(0x0102))]);
}

#[test]
fn an_attribute_set_is_told_with_its_value() {
    let message = one(&unconnected(&[0x10, 3, 0x20, 0xf5, 0x24, 1, 0x30, 5, 10, 0, 0, 1]));
    let expected = [("cip.attribute", Value::U64(5)), ("ot.value", t("0a000001")), ("ot.register", t("0xf5/1/5"))];
    check(&message, "cip.set_attribute_single", &expected);
}

#[test]
fn a_forward_open_says_who_opens() {
    let mut cip = vec![0x54, 2, 0x20, 6, 0x24, 1, 10, 5, 0, 0, 0, 0, 1, 0, 0, 0];
    cip.extend([0x34, 0x12, 0x4d, 0, 0xef, 0xbe, 0xad, 0xde, 3, 0, 0, 0]);
    cip.extend([0x40, 0x0d, 3, 0, 0xf4, 0x43, 0x40, 0x0d, 3, 0, 0xf4, 0x43, 0xa3, 2, 0x20, 2, 0x24, 1]);
    let expected = [
        ("cip.connection_serial_number", Value::U64(0x1234)),
        ("cip.originator_vendor_id", Value::U64(0x4d)),
        ("cip.originator_serial_number", Value::U64(0xdead_beef)),
        ("cip.transport_class", Value::U64(3)),
    ];
    check(&one(&unconnected(&cip)), "cip.forward_open", &expected);
}

#[test]
fn a_write_of_a_tag_is_told_with_its_values() {
    let mut cip = vec![0x4d, 7, 0x91, 5, b'S', b'p', b'e', b'e', b'd', 0, 0x28, 3, 0x91, 2, b'S', b'P'];
    cip.extend([0xca, 0, 2, 0, 0, 0, 0x28, 0x42, 0, 0, 0x80, 0xbf]);
    let message = one(&connected(&cip));
    check(&message, "cip.write_tag", &[("cip.symbol", t("Speed[3].SP")), ("ot.count", Value::U64(2))]);
    check(&message, "cip.write_tag", &[("ot.value", Value::List([t("42"), t("-1")].into()))]);
    let numbers = Value::List([Value::F64(42.0), Value::F64(-1.0)].into());
    check(&message, "cip.write_tag", &[("cip.value", numbers)]);
}

#[test]
fn masks_of_a_tag_are_told() {
    let message = one(&connected(&[0x4e, 2, 0x91, 1, b'L', 0, 1, 0, 0x01, 0xff]));
    check(&message, "cip.read_modify_write_tag", &[("ot.value", Value::List([t("01"), t("ff")].into()))]);
}

#[test]
fn an_unconnected_send_is_opened_and_says_its_route() {
    let carried = [0x07, 2, 0x20, 0x8e, 0x24, 0x01];
    let mut cip = vec![0x52, 2, 0x20, 6, 0x24, 1, 5, 0x9d, 6, 0];
    cip.extend(carried);
    cip.extend([1, 0, 1, 2]);
    check(&one(&unconnected(&cip)), "cip.stop", &[("cip.route", t("1/2")), ("cip.class", Value::U64(0x8e))]);
}

#[test]
fn a_list_is_opened_and_its_reads_are_told_as_one() {
    let stop = vec![0x07, 2, 0x20, 0x8e, 0x24, 0x01];
    let head = [0x0a, 2, 0x20, 2, 0x24, 1];
    let request = connected(&multiple(&head, &[read_tag("A"), read_tag("B"), stop, read_tag("C")]));
    let value = |value: u8| vec![0xcc, 0, 0, 0, 0xc2, 0, value];
    let answers = [value(1), value(2), vec![0x87, 0, 0x0f, 0], value(3)];
    let answer = connected(&multiple(&[0x8a, 0, 0x1e, 0], &answers));
    let messages = talk(&[(Side::Client, request), (Side::Server, answer)]);
    let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds[..3], ["cip.read_tag", "cip.stop", "cip.read_tag"]);
    check(
        &messages[0],
        "cip.read_tag",
        &[("ot.count", Value::U64(2)), ("ot.register", Value::List([t("A"), t("B")].into()))],
    );
    check(
        &messages[3],
        "cip.response",
        &[("ot.value", Value::List([t("1"), t("2")].into())), ("ot.count", Value::U64(2))],
    );
    check(&messages[3], "cip.response", &[("ot.register", Value::List([t("A"), t("B")].into()))]);
    let refused = [("ot.function", Value::Str("stop")), ("ot.status", Value::Str("privilege_violation"))];
    check(&messages[4], "cip.response", &refused);
    check(&messages[4], "cip.response", &[("cip.class", Value::U64(0x8e))]);
    assert_eq!(messages.len(), 6);
}

#[test]
fn pccc_inside_cip_is_named() {
    let mut cip = vec![0x4b, 2, 0x20, 0x67, 0x24, 1, 7, 0x4d, 0, 1, 2, 3, 4];
    cip.extend([0x0f, 0, 0x34, 0x12, 0x80, 1]);
    let expected = [("cip.pccc.function", Value::Str("change_mode")), ("ot.operation", Value::Str("mode"))];
    check(&one(&unconnected(&cip)), "cip.execute_pccc", &expected);
}

#[test]
fn sessions_and_identities_are_told() {
    check(&one(&register()), "enip.register_session", &[("ot.operation", Value::Str("session"))]);
    check(&one(&packet(0x63, 0, &[])), "enip.list_identity", &[("ot.direction", Value::Str("request"))]);
    let mut identity = vec![1, 0, 0, 2, 0xaf, 0x12, 10, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0];
    identity.extend([1, 0, 14, 0, 54, 0, 20, 11, 0x60, 0x31, 4, 3, 2, 1, 4, b'1', b'7', b'5', b'6', 3]);
    let (messages, error) = told(&UDP, Side::Client, &packet(0x63, 0, &items(&[(0x0c, &identity)])));
    assert_eq!(error, None);
    let expected = [
        ("cip.vendor_id", Value::U64(1)),
        ("cip.revision", t("20.11")),
        ("cip.serial_number", Value::U64(0x0102_0304)),
        ("cip.product_name", t("1756")),
        ("ot.direction", Value::Str("response")),
    ];
    check(&messages[0], "enip.list_identity_response", &expected);
}

#[test]
fn implicit_io_is_told_once() {
    let datagram = items(&[(0x8002, &[9, 0, 0, 0, 1, 0, 0, 0]), (0xb1, &[1, 0, 2, 0])]);
    let (messages, error) = told(&IO, Side::Client, &[datagram.clone(), datagram].concat());
    assert_eq!((messages.len(), error), (1, None));
    check(&messages[0], "cip.implicit_io", &[("cip.connection_id", Value::U64(9)), ("ot.count", Value::U64(4))]);
    assert!(told(&IO, Side::Client, b"GET / HTTP/1.1").1.is_some());
}

#[test]
fn what_cannot_be_read_is_told_and_reading_goes_on() {
    let bad = [
        vec![0x07, 9, 0x20],                      // a path longer than the message
        vec![0x07, 1, 0xc3, 0],                   // a data type as a segment
        vec![0x0a, 2, 0x20, 2, 0x24, 1, 9, 0, 1], // a list cut short
        vec![0x52, 2, 0x20, 6, 0x24, 1, 5, 5, 9], // an Unconnected Send cut short
        vec![0x87, 0, 0],                         // an answer cut short
        vec![],
    ];
    for cip in bad {
        let (messages, error) = told(&TCP, Side::Client, &[unconnected(&cip), register()].concat());
        let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
        assert_eq!((kinds, error), (vec!["cip.malformed", "enip.register_session"], None), "{cip:?}");
    }
    let lying = packet(0x6f, SESSION, &[&[0; 6][..], &[1, 0, 0xb2, 0, 99, 0, 1]].concat());
    assert_eq!(one(&lying).kind, "enip.malformed");
    assert_eq!(one(&packet(0x6e, 0, &[])).kind, "enip.unknown_command");
    let mut refused = packet(0x4321, 0, &[]);
    refused[8] = 0xff;
    assert!(told(&TCP, Side::Client, &refused).1.is_some());
    let mut options = register();
    options[20] = 1;
    assert!(told(&TCP, Side::Client, &options).1.is_some());
}

#[test]
fn lists_in_lists_end() {
    let head = [0x0a, 2, 0x20, 2, 0x24, 1];
    let nested = (0..9).fold(read_tag("A"), |inner, _| multiple(&head, &[inner]));
    assert_eq!(one(&connected(&nested)).kind, "cip.multiple_service_packet");
    let many: Vec<Vec<u8>> = (0..200).map(|n| vec![if n % 2 == 0 { 6 } else { 7 }, 1, 0x20, 0x8e]).collect();
    let (messages, _) = told(&TCP, Side::Client, &connected(&multiple(&head, &many)));
    assert_eq!(messages.len(), many.len());
}

#[test]
fn only_a_registration_is_recognised() {
    assert!((TCP.recognise)(Side::Client, &register()));
    assert!(!(TCP.recognise)(Side::Client, &packet(0x65, SESSION, &[1, 0, 0, 0])));
    assert!(!(TCP.recognise)(Side::Client, &register()[..20]));
    assert!((UDP.recognise)(Side::Client, &packet(0x63, 0, &[])));
    assert!(!(UDP.recognise)(Side::Client, &[0; 24]));
}

#[test]
fn mutants_never_panic() {
    let list = multiple(&[0x0a, 2, 0x20, 2, 0x24, 1], &[read_tag("A"), read_tag("Program:Main.B")]);
    let mut send = vec![0x52, 2, 0x20, 6, 0x24, 1, 5, 0x9d, list.len() as u8, 0];
    send.extend(&list);
    send.extend(vec![0; list.len() % 2]);
    send.extend([5, 0, 0x12, 7, b'1', b'0', b'.', b'0', b'.', b'0', b'.', 0]);
    mutated(&TCP, Side::Client, &[register(), unconnected(&send), connected(&list)].concat());
    mutated(&TCP, Side::Server, &connected(&[0xd4, 0, 1, 2, 0x13, 1, 0, 0]));
    mutated(&IO, Side::Client, &items(&[(0x8002, &[9, 0, 0, 0, 1, 0, 0, 0]), (0xb1, &[1, 0, 2, 0])]));
}
