use super::super::testing::{mutated, told};
use super::*;
use crate::message::Value;

fn frame(kind: u8, flags: u8, stream: u32, body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), body].concat()
}

/// A literal header field, kept in the table.
fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0x40, name.len() as u8][..], name.as_bytes(), &[value.len() as u8], value.as_bytes()].concat()
}

/// POST, a path of the AUSF, and an AMF as the agent.
fn block() -> Vec<u8> {
    let path = literal(":path", "/nausf-auth/v1/ue-authentications");
    [&[0x83][..], &path, &literal(":authority", "ausf.example:7777"), &literal("user-agent", "AMF-1 amf")].concat()
}

fn opening() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[0; 12]), &frame(WINDOW_UPDATE, 0, 0, &[0, 0, 1, 0])].concat()
}

fn request() -> Vec<u8> {
    [frame(HEADERS, END_HEADERS, 1, &block()), frame(DATA, 1, 1, b"{}")].concat()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

fn one(octets: &[u8]) -> Message {
    let (mut messages, error) = told(&PROTOCOL, Side::Client, octets);
    assert_eq!((messages.len(), error), (1, None));
    messages.remove(0)
}

fn refused(octets: &[u8]) -> &'static str {
    told(&PROTOCOL, Side::Client, octets).1.unwrap().reason
}

#[test]
fn a_request_of_the_service_based_interface() {
    let message = one(&[opening(), request()].concat());
    let field = |name| message.fields.get(name).cloned();
    assert_eq!(message.kind, "http.request");
    assert_eq!(field("http.version"), Some(Value::Str("2")));
    assert_eq!(field("http.request.method"), Some(Value::Str("POST")));
    assert_eq!(field("url.path"), text("/nausf-auth/v1/ue-authentications"));
    assert_eq!(field("url.domain"), text("ausf.example"));
    assert_eq!(field("url.port"), Some(Value::U64(7777)));
    assert_eq!(field("fiveg.sbi.service"), text("nausf-auth"));
    assert_eq!(field("fiveg.sbi.operation"), Some(Value::Str("Authenticate")));
    assert_eq!(field("fiveg.sbi.nf_type_src"), Some(Value::Str("AMF")));
    assert_eq!(field("fiveg.sbi.nf_type_dst"), Some(Value::Str("AUSF")));
}

#[test]
fn an_answer_knows_what_was_asked() {
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    talk.read(Side::Client, &frame(HEADERS, END_HEADERS, 1, &block()), &mut out);
    let answer = [&[0x08, 3][..], b"403"].concat();
    talk.read(Side::Server, &frame(HEADERS, END_HEADERS, 1, &answer), &mut out);
    talk.read(Side::Server, &frame(HEADERS, END_HEADERS, 1, &literal("grpc-status", "0")), &mut out);
    assert_eq!(out.len(), 2, "trailers are no response");
    assert_eq!(out[1].kind, "http.response");
    assert_eq!(out[1].fields.get("http.response.status_code"), Some(&Value::U64(403)));
    assert_eq!(out[1].fields.get("fiveg.sbi.operation"), Some(&Value::Str("Authenticate")));
}

#[test]
fn blocks_in_pieces_padded_and_prioritised() {
    let block = block();
    let (head, tail) = block.split_at(20);
    let padded = [&[3, 0, 0, 0, 0, 9][..], head, &[0; 3]].concat();
    let first = frame(HEADERS, PADDED | PRIORITISED, 1, &padded);
    let message = one(&[opening(), first, frame(CONTINUATION, END_HEADERS, 1, tail)].concat());
    assert_eq!(message.fields.get("user_agent.original").cloned(), text("AMF-1 amf"));
}

#[test]
fn a_later_request_points_back() {
    // POST; then the three entries of the first request, oldest first: path, authority, agent.
    let again = frame(HEADERS, END_HEADERS, 3, &[0x83, 0xc0, 0xbf, 0xbe]);
    let (messages, error) = told(&PROTOCOL, Side::Client, &[opening(), request(), again].concat());
    assert_eq!((messages.len(), error), (2, None));
    assert_eq!(messages[0].fields, messages[1].fields);
}

#[test]
fn data_need_not_be_there_to_be_passed_over() {
    let mut talk = (PROTOCOL.begin)();
    let head = frame(DATA, 0, 1, &[0; 300])[..FRAME_HEADER].to_vec();
    assert_eq!(talk.read(Side::Client, &head, &mut Vec::new()), Progress::Used(FRAME_HEADER + 300));
}

#[test]
fn after_a_loss_what_is_unknown_is_left_out() {
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    assert!(talk.lost(Side::Client));
    let progress = talk.read(Side::Client, &frame(HEADERS, END_HEADERS, 9, &[0x83, 0xc0, 0xbf]), &mut out);
    assert!(matches!(progress, Progress::Used(_)));
    assert_eq!(out[0].fields.get("http.request.method"), Some(&Value::Str("POST")));
    assert_eq!(out[0].fields.get("url.path"), None);
}

#[test]
fn what_is_pushed_keeps_the_table_right() {
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    let promise = [&[0, 0, 0, 2][..], &literal("x", "y"), &literal(":status", "418")].concat();
    talk.read(Side::Server, &frame(PUSH_PROMISE, END_HEADERS, 1, &promise), &mut out);
    talk.read(Side::Server, &frame(HEADERS, END_HEADERS, 1, &[0xbe]), &mut out);
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].fields.get("http.response.status_code"), Some(&Value::U64(418)));
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    let after = |octets: Vec<u8>| refused(&[opening(), octets].concat());
    assert_eq!(refused(b"PRI * HTTP/3.0"), "the preface is not HTTP/2's");
    assert_eq!(after(frame(PING, 0, 0, b"short")), "a frame's length or stream does not fit its type");
    assert_eq!(after(frame(HEADERS, 4, 0, &block())), "a frame's length or stream does not fit its type");
    assert_eq!(after(vec![0, 0x40, 1, HEADERS, 4, 0, 0, 0, 1]), "a frame is longer than 16 KiB");
    assert_eq!(after(frame(HEADERS, 4 | PADDED, 1, &[9, 0x83])), "a frame is shorter than its padding");
    assert_eq!(after(frame(CONTINUATION, 4, 1, &block())), "a header block goes on that did not begin");
    let open = frame(HEADERS, 0, 1, &block());
    assert_eq!(after([open.clone(), frame(DATA, 0, 1, b"x")].concat()), "another frame within a header block");
    assert_eq!(after([open.clone(), frame(CONTINUATION, 4, 3, b"x")].concat()), "another frame within a header block");
    let flood = frame(CONTINUATION, 0, 1, b"").repeat(MOST_CONTINUATIONS + 1);
    assert_eq!(after([open, flood].concat()), "a header block is longer than any may be");
    assert_eq!(after(frame(HEADERS, 4, 1, &[0x80])), "an index leads out of the header table");
}

#[test]
fn what_is_recognised() {
    let client = |octets: &[u8]| (PROTOCOL.recognise)(Side::Client, octets);
    let server = |octets: &[u8]| (PROTOCOL.recognise)(Side::Server, octets);
    assert!(client(&opening()));
    assert!(client(&request()), "who comes late sees a request");
    assert!(server(&frame(SETTINGS, 0, 0, &[0; 6])));
    assert!(server(&frame(HEADERS, END_HEADERS, 1, &[0x88])));
    assert!(!client(b"GET / HTTP/1.1\r\n\r\n"));
    assert!(!client(&[0; 64]));
    assert!(!client(b"\x00\x00\x05\x04\x00\x00\x00\x00\x00"), "settings of five octets");
}

#[test]
fn mutants_are_read_or_refused() {
    mutated(&PROTOCOL, Side::Client, &[opening(), request(), request()].concat());
    mutated(&PROTOCOL, Side::Server, &frame(HEADERS, END_HEADERS, 1, &[0x88]));
}
