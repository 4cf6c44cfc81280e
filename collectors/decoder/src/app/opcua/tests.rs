use super::*;
use crate::app::Reading;
use crate::app::testing::{mutated, survives, told};

const NONE: &str = "http://opcfoundation.org/UA/SecurityPolicy#None";
const BASIC: &str = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";
/// The authentication token of a request's header, a secret.
const TOKEN: [u8; 7] = [2, 0, 0, 0xaa, 0xbb, 0xcc, 0xdd];

fn s(text: &str) -> Vec<u8> {
    [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn null() -> Vec<u8> {
    vec![0xff; 4]
}

fn n(value: u32) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [kind, &((HEADER + body.len()) as u32).to_le_bytes()[..], body].concat()
}

/// A numeric node identifier of four octets.
fn node(id: u16) -> Vec<u8> {
    [&[1, 0][..], &id.to_le_bytes()].concat()
}

fn hello() -> Vec<u8> {
    chunk(b"HELF", &[vec![0; 20], s("opc.tcp://plc:4840")].concat())
}

fn request(id: u16, body: &[u8]) -> Vec<u8> {
    let header = [TOKEN.to_vec(), vec![0; 16], null(), n(1000), vec![0, 0, 0]].concat();
    [node(id), header, body.to_vec()].concat()
}

fn response(id: u16, result: u32, body: &[u8]) -> Vec<u8> {
    let header = [vec![0; 12], n(result), vec![0], n(0), vec![0, 0, 0]].concat();
    [node(id), header, body.to_vec()].concat()
}

fn open(policy: &str, mode: u32) -> Vec<u8> {
    let body = [n(0), n(0), n(mode), null(), n(3_600_000)].concat();
    let ends = [n(0), s(policy), null(), null(), n(1), n(1)].concat();
    chunk(b"OPNF", &[ends, request(446, &body)].concat())
}

fn message_chunk(kind: &[u8; 4], request_id: u32, body: &[u8]) -> Vec<u8> {
    chunk(kind, &[n(7), n(1), n(2), n(request_id), body.to_vec()].concat())
}

fn message(body: &[u8]) -> Vec<u8> {
    message_chunk(b"MSGF", 5, body)
}

fn create_session() -> Vec<u8> {
    let name = [vec![2], s("HMI")].concat();
    let application = [s("urn:hmi:1"), s("urn:product"), name, n(1), null(), null(), n(0)].concat();
    request(461, &[application, null(), s("opc.tcp://plc:4840"), s("session 1"), null(), null(), vec![0; 12]].concat())
}

fn activate(token: &[u8]) -> Vec<u8> {
    request(467, &[null(), null(), n(0), n(1), s("en"), token.to_vec(), null(), null()].concat())
}

fn write() -> Vec<u8> {
    let speed = [vec![3, 2, 0], s("Pump.Speed"), n(13), null(), vec![1, 10], 42.5_f32.to_le_bytes().to_vec()].concat();
    let mode = [vec![1, 4], 77_u16.to_le_bytes().to_vec(), n(13), null(), vec![1, 0x84], n(2), vec![1, 0, 0xff, 0xff]];
    request(673, &[n(2), speed, mode.concat()].concat())
}

#[track_caller]
fn check(message: &Message, kind: &str, expected: &[(&str, &str)]) {
    assert_eq!(message.kind, kind);
    for (field, value) in expected {
        assert_eq!(message.fields.get(field).map(Value::to_string).as_deref(), Some(*value), "{field}");
    }
}

fn client(chunks: &[Vec<u8>]) -> Vec<Message> {
    let (messages, error) = told(&PROTOCOL, Side::Client, &chunks.concat());
    assert_eq!(error, None);
    messages
}

#[test]
fn a_channel_without_security_is_told() {
    let messages = client(&[hello(), open(NONE, 1)]);
    check(&messages[0], "opcua.hello", &[("opcua.endpoint_url", "opc.tcp://plc:4840")]);
    let expected =
        [("opcua.security_policy", NONE), ("opcua.security_mode", "none"), ("opcua.certificate_present", "false")];
    check(&messages[1], "opcua.open_secure_channel", &expected);
}

#[test]
fn a_write_is_told_with_nodes_values_and_who() {
    let messages = client(&[open(NONE, 1), message(&create_session()), message(&write())]);
    check(
        &messages[1],
        "opcua.create_session",
        &[("opcua.application_uri", "urn:hmi:1"), ("opcua.application_name", "HMI")],
    );
    let expected = [
        ("ot.register", "ns=2;s=Pump.Speed,ns=4;i=77"),
        ("ot.value", "42.5,1,-1"),
        ("opcua.value", "42.5,1,-1"),
        ("ot.count", "2"),
        ("ot.operation", "write"),
        ("ot.transaction_id", "5"),
        ("opcua.attribute_id", "13,13"),
        ("opcua.application_uri", "urn:hmi:1"),
    ];
    check(&messages[2], "opcua.write", &expected);
}

#[test]
fn users_are_told_and_never_what_proves_them() {
    let password = [s("policy"), s("ann"), s("hunter2"), null()].concat();
    let token = [node(324), vec![1], n(password.len() as u32), password].concat();
    let messages = client(&[open(NONE, 1), message(&activate(&token)), message(&activate(&[0, 0, 0]))]);
    let expected = [("user.name", "ann"), ("opcua.user_token", "user_name"), ("opcua.password_in_clear", "true")];
    check(&messages[1], "opcua.activate_session", &expected);
    check(&messages[2], "opcua.activate_session", &[("opcua.user_token", "anonymous")]);
    let everything = format!("{messages:?}");
    assert!(!everything.contains("hunter2") && !everything.contains("ddccbbaa") && !everything.contains("3721182122"));
}

#[test]
fn calls_and_nodes_are_told() {
    let argument = [vec![12], s("fast")].concat();
    let theirs = [vec![1, 2, 9, 0], vec![1, 2, 10, 0], n(1), argument.clone()].concat();
    let own = [node(2253), node(11492), n(1), argument].concat();
    let delete = [n(1), vec![1, 2, 9, 0, 1]].concat();
    let reads = [vec![0; 12], n(1), vec![0, 85], n(13), null(), vec![0, 0], null()].concat();
    let messages = client(&[
        open(NONE, 1),
        message(&request(712, &[n(1), theirs].concat())),
        message(&request(712, &[n(1), own].concat())),
        message(&request(500, &delete)),
        message(&request(631, &reads)),
    ]);
    check(
        &messages[1],
        "opcua.call",
        &[("ot.register", "ns=2;i=9"), ("opcua.method", "ns=2;i=10"), ("ot.value", "fast")],
    );
    check(&messages[2], "opcua.call", &[("opcua.method", "i=11492"), ("ot.operation", "control")]);
    assert_eq!(messages[2].fields.get("ot.value"), None, "the server's own methods may be given passwords");
    check(&messages[3], "opcua.delete_nodes", &[("ot.register", "ns=2;i=9"), ("ot.operation", "program")]);
    check(&messages[4], "opcua.read", &[("ot.register", "i=85"), ("ot.count", "1")]);
}

#[test]
fn answers_have_a_result() {
    let ends = [n(9), s(NONE), null(), null(), n(1), n(1)].concat();
    let opened = chunk(b"OPNF", &[ends, response(449, 0, &[])].concat());
    let written = message(&response(676, 0, &[n(2), n(0), n(0x803b_0000)].concat()));
    let fault = message(&response(397, 0x801f_0000, &[]));
    let read = message(&response(634, 0, &[n(1), vec![1, 6], n(7)].concat()));
    let refused = chunk(b"ERRF", &[n(0x8055_0000), s("no")].concat());
    let (messages, error) = told(&PROTOCOL, Side::Server, &[opened, written, fault, read, refused].concat());
    assert_eq!(error, None);
    check(&messages[0], "opcua.open_secure_channel_response", &[("ot.status", "success")]);
    check(&messages[1], "opcua.write_response", &[("ot.status", "bad_not_writable"), ("ot.direction", "response")]);
    check(&messages[2], "opcua.service_fault", &[("ot.status", "bad_user_access_denied")]);
    check(&messages[3], "opcua.read_response", &[("ot.value", "7"), ("ot.status", "success")]);
    check(&messages[4], "opcua.error", &[("ot.status", "bad_security_policy_rejected"), ("opcua.reason", "no")]);
}

#[test]
fn what_is_encrypted_is_quiet_and_what_is_only_signed_is_told() {
    let encrypted: Vec<u8> = (0..200_u8).map(|octet| octet.wrapping_mul(151) ^ 0x5c).collect();
    let messages = client(&[open(BASIC, 3), message(&encrypted), message(&write())]);
    let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["opcua.open_secure_channel", "opcua.write"]);
    assert_eq!(messages[0].fields.get("opcua.security_mode"), None);
}

#[test]
fn a_message_of_several_chunks_is_told_once() {
    let long = write();
    let (head, tail) = long.split_at(long.len() - 3);
    let chunks = [
        open(NONE, 1),
        message_chunk(b"MSGC", 5, head),
        message_chunk(b"MSGC", 5, &[0; 50]),
        message_chunk(b"MSGF", 5, tail),
        message_chunk(b"MSGF", 6, &write()),
        message_chunk(b"MSGA", 7, &[n(0x8080_0000), s("too long")].concat()),
    ];
    let messages = client(&chunks);
    let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["opcua.open_secure_channel", "opcua.write", "opcua.write", "opcua.abort"]);
    check(&messages[1], "opcua.write", &[("ot.register", "ns=2;s=Pump.Speed,ns=4;i=77")]);
}

#[test]
fn a_long_chunk_is_told_from_its_head_and_passed_over() {
    let body = [write(), vec![0; 200_000]].concat();
    let octets = [open(NONE, 1), message(&body), hello()].concat();
    let (mut talk, mut reading, mut out) = ((PROTOCOL.begin)(), Reading::default(), Vec::new());
    for piece in octets.chunks(1_400) {
        reading.feed(talk.as_mut(), Side::Client, piece, &mut out).unwrap();
        assert!(reading.held() <= 3 * MOST_READ);
    }
    let kinds: Vec<_> = out.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["opcua.open_secure_channel", "opcua.write", "opcua.hello"]);
}

#[test]
fn what_cannot_be_read_is_told() {
    for octets in [&b"GET / HTTP"[..], b"HELC\x20\0\0\0", b"MSGX\x20\0\0\0", b"MSGF\x04\0\0\0", b"MSGF\xff\xff\xff\xff"]
    {
        assert!(told(&PROTOCOL, Side::Client, octets).1.is_some(), "{octets:?}");
    }
    let cut = &write()[..40];
    let endless = request(673, &[n(1), vec![0, 85], n(13), null(), vec![1, 0x80], n(0x7fff_ffff)].concat());
    for body in [cut.to_vec(), endless, request(673, &n(0x7fff_ffff))] {
        let messages = client(&[open(NONE, 1), message(&body), hello()]);
        let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
        assert_eq!(kinds, ["opcua.open_secure_channel", "opcua.write", "opcua.malformed", "opcua.hello"]);
    }
    let unknown = client(&[open(NONE, 1), message(&request(9999, &[]))]);
    check(&unknown[1], "opcua.unknown_service", &[("ot.function_code", "9999")]);
}

#[test]
fn only_the_beginning_of_a_channel_is_recognised() {
    assert!((PROTOCOL.recognise)(Side::Client, &hello()));
    assert!((PROTOCOL.recognise)(Side::Client, &open(NONE, 1)));
    assert!((PROTOCOL.recognise)(Side::Server, &chunk(b"ACKF", &[0; 20])));
    assert!(!(PROTOCOL.recognise)(Side::Server, &hello()));
    assert!(!(PROTOCOL.recognise)(Side::Client, b"HELFHELFHELF"));
    assert!(!(PROTOCOL.recognise)(Side::Client, b"HELO mail"));
}

#[test]
fn mutants_never_panic() {
    let deep = (0..40).fold(vec![1, 1], |inner, _| [vec![24], inner].concat());
    let nested = request(673, &[n(1), vec![0, 85], n(13), null(), vec![1], deep].concat());
    let values = message(&response(634, 0, &[n(3), vec![1, 6], n(7), vec![0x3f, 12], s("x"), vec![0]].concat()));
    for body in [create_session(), activate(&[0, 0, 0]), write(), nested] {
        mutated(&PROTOCOL, Side::Client, &[open(NONE, 1), message(&body)].concat());
    }
    survives(&PROTOCOL, &[hello(), open(NONE, 1), message(&write()), values]);
}
