use super::super::testing::{mutated, told};
use super::*;

/// A vector behind its length of `width` octets.
fn vector(width: usize, octets: &[u8]) -> Vec<u8> {
    [&(octets.len() as u32).to_be_bytes()[4 - width..], octets].concat()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &vector(2, body)].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector(3, body)].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector(2, data)].concat()
}

/// TLS 1.3 and 1.2, GREASE in each list, `Historian.example`, h2 and http/1.1.
fn client_hello() -> Vec<u8> {
    let name = vector(2, &[&[0][..], &vector(2, b"Historian.example")].concat());
    let protocols = vector(2, &[vector(1, b"h2"), vector(1, b"http/1.1")].concat());
    let extensions = [
        extension(0x1a1a, b""),
        extension(0, &name),
        extension(16, &protocols),
        extension(43, &vector(1, &[0x3a, 0x3a, 3, 4, 3, 3])),
        extension(13, &vector(2, &[4, 3, 8, 4])),
    ]
    .concat();
    let ciphers = vector(2, &[0x2a, 0x2a, 0x13, 1, 0xc0, 0x2f, 0x12, 0x34]);
    let parts = [&[3, 3][..], &[7; 32], &vector(1, &[9; 32]), &ciphers, &vector(1, &[0]), &vector(2, &extensions)];
    handshake(CLIENT_HELLO, &parts.concat())
}

fn server_hello(extensions: &[u8]) -> Vec<u8> {
    let parts = [&[3, 3][..], &[8; 32], &[0], &[0xc0, 0x2f], &[0], &vector(2, extensions)];
    handshake(SERVER_HELLO, &parts.concat())
}

/// DER made by hand: tag, length (of at most two octets), value.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = match value.len() {
        0..0x80 => vec![value.len() as u8],
        0x80..0x100 => vec![0x81, value.len() as u8],
        _ => [&[0x82][..], &(value.len() as u16).to_be_bytes()].concat(),
    };
    [&[tag][..], &length, value].concat()
}

fn common_name(name: &str) -> Vec<u8> {
    let attribute = [der(6, &[0x55, 4, 3]), der(0x0c, name.as_bytes())].concat();
    der(0x30, &der(0x31, &der(0x30, &attribute)))
}

/// A certificate of P-256 with a signature that nobody checks, for `subject`, by `issuer`.
fn certificate(subject: &str, issuer: &str) -> Vec<u8> {
    let algorithm = der(0x30, &der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]));
    let curve = [der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7])];
    let key = der(0x30, &[der(0x30, &curve.concat()), der(3, &[&[0, 4][..], &[5; 64]].concat())].concat());
    let validity = der(0x30, &[der(0x17, b"240102030405Z"), der(0x17, b"250102030405Z")].concat());
    let alternatives = der(0x30, &[der(0x82, b"PLC.example"), der(0x87, &[10, 11, 6, 50])].concat());
    let extension = der(0x30, &[der(6, &[0x55, 0x1d, 0x11]), der(4, &alternatives)].concat());
    let tbs = [
        der(0xa0, &der(2, &[2])),
        der(2, &[1]),
        algorithm.clone(),
        common_name(issuer),
        validity,
        common_name(subject),
        key,
        der(0xa3, &der(0x30, &extension)),
    ]
    .concat();
    der(0x30, &[der(0x30, &tbs), algorithm, der(3, &[0, 1, 2, 3])].concat())
}

fn chain(certificates: &[Vec<u8>]) -> Vec<u8> {
    let chain: Vec<u8> = certificates.iter().flat_map(|der| vector(3, der)).collect();
    handshake(CERTIFICATE, &vector(3, &chain))
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn refused(octets: &[u8]) -> &'static str {
    told(&PROTOCOL, Side::Client, octets).1.unwrap().reason
}

#[test]
fn a_client_hello() {
    let (messages, error) = told(&PROTOCOL, Side::Client, &record(HANDSHAKE, &client_hello()));
    assert_eq!((messages.len(), error), (1, None));
    let field = |name| messages[0].all().get(name).cloned();
    let list = |values: Vec<Value>| Some(Value::List(values.into()));
    assert_eq!(messages[0].kind, "tls.client_hello");
    assert_eq!(field("tls.client.server_name"), Some(text("historian.example")));
    assert_eq!(field("tls.client.alpn"), list(vec![text("h2"), text("http/1.1")]));
    assert_eq!(field("tls.client.supported_versions"), list(vec![Value::Str("1.3"), Value::Str("1.2")]));
    let ciphers = [Value::Str("TLS_AES_128_GCM_SHA256"), Value::Str("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")];
    assert_eq!(field("tls.client.supported_ciphers"), list([&ciphers[..], &[text("0x1234")]].concat()));
    // sha256 of 1234,1301,c02f and of 000d,002b_0403,0804
    assert_eq!(field("tls.client.ja4"), Some(text("t13d0304h2_6e90458ac754_ef5f37ab036a")));
}

#[test]
fn a_hello_in_two_records() {
    let hello = client_hello();
    let (head, tail) = hello.split_at(50);
    let (messages, error) = told(&PROTOCOL, Side::Client, &[record(HANDSHAKE, head), record(HANDSHAKE, tail)].concat());
    assert_eq!((messages.len(), error), (1, None));
}

#[test]
fn what_the_server_chooses() {
    let old = server_hello(&extension(16, &vector(2, &vector(1, b"h2"))));
    let (messages, _) = told(&PROTOCOL, Side::Server, &record(HANDSHAKE, &old));
    assert_eq!(messages[0].kind, "tls.server_hello");
    assert_eq!(messages[0].all().get("tls.version"), Some(&Value::Str("1.2")));
    assert_eq!(messages[0].all().get("tls.cipher"), Some(&Value::Str("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")));
    assert_eq!(messages[0].all().get("tls.next_protocol"), Some(&text("h2")));
    let new = record(HANDSHAKE, &server_hello(&extension(43, &[3, 4])));
    let secret = record(APPLICATION_DATA, &[0x5a; 40]);
    let (messages, error) = told(&PROTOCOL, Side::Server, &[&new[..], &secret, b"anything at all"].concat());
    assert_eq!((messages.len(), error), (1, None));
    assert_eq!(messages[0].all().get("tls.version"), Some(&Value::Str("1.3")));
}

#[test]
fn a_servers_certificate_beside_the_name_that_was_asked_for() {
    let answer = [server_hello(b""), chain(&[certificate("plc", "plc"), certificate("ca", "ca")])].concat();
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    talk.read(Side::Client, &record(HANDSHAKE, &client_hello()), &mut out);
    talk.read(Side::Server, &record(HANDSHAKE, &answer), &mut out);
    let fields = &out[2].fields;
    assert_eq!(out[2].kind, "tls.certificate");
    assert_eq!(fields.get("tls.client.server_name"), Some(&text("historian.example")));
    assert_eq!(fields.get("tls.server.subject"), Some(&text("CN=plc")));
    assert_eq!(fields.get("tls.server.issuer"), Some(&text("CN=plc")));
    assert_eq!(fields.get("tls.server.self_signed"), Some(&Value::Bool(true)));
    assert_eq!(fields.get("tls.server.not_before"), Some(&text("2024-01-02T03:04:05Z")));
    assert_eq!(fields.get("tls.server.not_after"), Some(&text("2025-01-02T03:04:05Z")));
    let names = Value::List([text("plc.example"), text("10.11.6.50")].into());
    assert_eq!(fields.get("tls.server.x509.alternative_names"), Some(&names));
    assert!(matches!(fields.get("tls.server.hash.sha256"), Some(Value::Text(hash)) if hash.len() == 64));
}

#[test]
fn a_clients_certificate_is_the_clients() {
    let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
    let octets = [client_hello(), chain(&[certificate("hmi", "ca")]), chain(&[])].concat();
    talk.read(Side::Client, &record(HANDSHAKE, &octets), &mut out);
    assert_eq!(out.len(), 2);
    assert_eq!(out[1].all().get("tls.client.subject"), Some(&text("CN=hmi")));
    assert_eq!(out[1].all().get("tls.client.self_signed"), Some(&Value::Bool(false)));
}

#[test]
fn alerts() {
    let (messages, _) = told(&PROTOCOL, Side::Server, &record(ALERT, &[2, 40]));
    assert_eq!(messages[0].kind, "tls.alert");
    assert_eq!(messages[0].all().get("tls.alert.level"), Some(&Value::Str("fatal")));
    assert_eq!(messages[0].all().get("tls.alert.description"), Some(&Value::Str("handshake_failure")));
    assert!(told(&PROTOCOL, Side::Server, &record(ALERT, &[0x5a; 26])).0.is_empty());
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    assert_eq!(refused(b"SSH-2.0-x\r\n"), "the content type is none of TLS");
    assert_eq!(refused(&[22, 2, 0]), "the version is none of TLS");
    assert_eq!(refused(&[22, 3, 1, 0x50, 0]), "the record is longer than any may be");
    assert_eq!(refused(&record(HANDSHAKE, &[1, 0x10, 0, 0])), "the handshake message is longer than any may be");
    let mut hello = client_hello();
    hello[3] -= 1;
    assert_eq!(refused(&record(HANDSHAKE, &hello)), "a ClientHello is shorter than its lengths say");
    assert_eq!(refused(&record(HANDSHAKE, &handshake(2, &[3, 3]))), "a ServerHello is shorter than its lengths say");
    assert_eq!(refused(&record(HANDSHAKE, &chain(&[vec![0x30, 0]]))), "a certificate is no X.509 certificate");
    assert_eq!(
        refused(&record(HANDSHAKE, &handshake(CERTIFICATE, &[0, 0, 9]))),
        "a Certificate is shorter than its lengths say"
    );
}

#[test]
fn only_a_hello_is_recognised() {
    let hello = record(HANDSHAKE, &client_hello());
    assert!((PROTOCOL.recognise)(Side::Client, &hello));
    assert!(!(PROTOCOL.recognise)(Side::Server, &hello));
    assert!((PROTOCOL.recognise)(Side::Server, &record(HANDSHAKE, &server_hello(b""))));
    assert!(!(PROTOCOL.recognise)(Side::Client, &hello[..5]));
    assert!(!(PROTOCOL.recognise)(Side::Client, &record(HANDSHAKE, &[16, 0, 0, 0])));
    assert!(!(PROTOCOL.recognise)(Side::Client, b"GET / HTTP/1.1"));
}

#[test]
fn mutants_are_read_or_refused() {
    let server = [server_hello(b""), chain(&[certificate("plc", "ca")])].concat();
    mutated(&PROTOCOL, Side::Client, &record(HANDSHAKE, &client_hello()));
    mutated(&PROTOCOL, Side::Server, &record(HANDSHAKE, &server));
}
