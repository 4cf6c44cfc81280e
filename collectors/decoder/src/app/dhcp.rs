//! DHCP, RFC 2131, with the options of RFC 2132: who gives which address, and which router and resolver with it.
//!
//! A message ends with its end option; what the overload option puts into `sname` and `file` is read too. BOOTP without a
//! message type (RFC 951) is told as a request or a reply.

use std::net::Ipv4Addr;

use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::identifiers::{hex_id, hex_text, mac};
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, array, ipv4_at, malformed, u32_at};

pub static PROTOCOL: Protocol = Protocol {
    name: "dhcp",
    malformed: "dhcp.malformed",
    carrier: Carrier::Udp,
    ports: &[67, 68],
    begins: |octet| matches!(octet, 1 | 2),
    recognise: |_, octets| matches!(octets.first(), Some(1 | 2)) && u32_at(octets, COOKIE_AT) == Some(COOKIE),
    begin: || Box::new(Talk),
};

const COOKIE: u32 = 0x6382_5363;
const COOKIE_AT: usize = 236;
const OPTIONS_AT: usize = COOKIE_AT + 4;
const SERVER_NAME_AT: usize = 44;
const FILE_AT: usize = 108;

/// Addresses told of one option, and octets of a text.
const MOST_ADDRESSES: usize = 8;
const LONGEST_TEXT: usize = 255;

#[derive(Debug)]
struct Talk;

impl Conversation for Talk {
    fn read(&mut self, _side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        match read(octets) {
            Ok(message) => out.push(message),
            Err(progress) => return progress,
        }
        Progress::Used(octets.len())
    }
}

fn read(octets: &[u8]) -> Result<Message, Progress> {
    let wrong = |reason, offset| Progress::Malformed(malformed(reason, offset));
    let operation = octets.first().ok_or(Progress::More)?;
    let mut message = Message::new(match operation {
        1 => "dhcp.bootp_request",
        2 => "dhcp.bootp_reply",
        _ => return Err(wrong("it is neither a request nor a reply", 0)),
    });
    if u32_at(octets, COOKIE_AT).ok_or(Progress::More)? != COOKIE {
        return Err(wrong("the magic cookie is not there", COOKIE_AT));
    }
    head(octets, &mut message.fields).ok_or(Progress::More)?;
    let mut kind = None;
    let mut overload = 0;
    options(&mut Cursor::new(octets).moved(OPTIONS_AT), |code, value| match (code, value) {
        (MESSAGE_TYPE, [code]) => kind = name(*code),
        (OVERLOAD, [bits]) => overload = *bits,
        _ => option(code, value, &mut message.fields),
    })
    .ok_or(Progress::More)?;
    for (bit, at, length) in [(1, FILE_AT, 128), (2, SERVER_NAME_AT, 64)] {
        let field = octets.get(at..at + length).filter(|_| overload & bit != 0).unwrap_or_default();
        let _ = options(&mut Cursor::new(field), |code, value| option(code, value, &mut message.fields));
    }
    message.kind = kind.unwrap_or(message.kind);
    Ok(message)
}

/// RFC 2131 2; of the addresses those that are given.
fn head(octets: &[u8], fields: &mut Fields) -> Option<()> {
    fields.set("dhcp.transaction_id", hex_id(u64::from(u32_at(octets, 4)?), 8));
    for (name, at) in
        [("dhcp.client_ip", 12), ("dhcp.assigned_ip", 16), ("dhcp.next_server", 20), ("dhcp.relay_ip", 24)]
    {
        let address = ipv4_at(octets, at)?;
        if !address.is_unspecified() {
            fields.set(name, Value::Ip(address));
        }
    }
    if octets.get(1..3) == Some(&[1, 6]) {
        fields.set("dhcp.client_mac", mac(array(octets, 28)?));
    }
    Some(())
}

/// Walk options until the end option, RFC 2132 2; `None` when there is none.
fn options(at: &mut Cursor, mut each: impl FnMut(u8, &[u8])) -> Option<()> {
    loop {
        match at.u8()? {
            PAD => {}
            END => return Some(()),
            code => {
                let length = at.u8()?;
                each(code, at.take(usize::from(length))?);
            }
        }
    }
}

const PAD: u8 = 0;
const OVERLOAD: u8 = 52;
const MESSAGE_TYPE: u8 = 53;
const END: u8 = 255;

fn option(code: u8, value: &[u8], fields: &mut Fields) {
    match code {
        1 => address(value).map(|mask| fields.set("dhcp.subnet_mask", mask)).unwrap_or_default(),
        3 => fields.set_all("dhcp.router", addresses(value)),
        6 => fields.set_all("dhcp.dns_server", addresses(value)),
        12 => fields.set("dhcp.hostname", text(value)),
        15 => fields.set("dhcp.domain", text(value)),
        33 | 121 | 249 => fields.set("dhcp.static_routes", Value::Bool(true)),
        50 => address(value).map(|asked| fields.set("dhcp.requested_ip", asked)).unwrap_or_default(),
        51 => u32_at(value, 0).map(|time| fields.set("dhcp.lease", Value::U64(u64::from(time)))).unwrap_or_default(),
        54 => address(value).map(|server| fields.set("dhcp.server_id", server)).unwrap_or_default(),
        55 => fields.set("dhcp.parameters", Value::Text(listed(value).into())),
        56 => fields.set("dhcp.message", text(value)),
        60 => fields.set("dhcp.vendor_class", text(value)),
        61 => fields.set("dhcp.client_id", hex_text(value)),
        66 => fields.set("dhcp.tftp_server", text(value)),
        67 => fields.set("dhcp.boot_file", text(value)),
        82 => fields.set("dhcp.relay_information", hex_text(value)),
        _ => {}
    }
}

/// RFC 2132 9.6 and its successors in IANA's registry.
fn name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "dhcp.discover",
        2 => "dhcp.offer",
        3 => "dhcp.request",
        4 => "dhcp.decline",
        5 => "dhcp.ack",
        6 => "dhcp.nak",
        7 => "dhcp.release",
        8 => "dhcp.inform",
        9 => "dhcp.force_renew",
        10 => "dhcp.lease_query",
        11 => "dhcp.lease_unassigned",
        12 => "dhcp.lease_unknown",
        13 => "dhcp.lease_active",
        _ => return None,
    })
}

fn address(value: &[u8]) -> Option<Value> {
    ipv4_at(value, 0).map(Value::Ip)
}

fn addresses(value: &[u8]) -> Vec<Value> {
    let (whole, _) = value.as_chunks::<4>();
    whole.iter().take(MOST_ADDRESSES).map(|octets| Value::Ip(Ipv4Addr::from(*octets).into())).collect()
}

fn text(value: &[u8]) -> Value {
    let plain = value.get(..LONGEST_TEXT).unwrap_or(value);
    Value::Text(String::from_utf8_lossy(plain).trim_end_matches('\0').into())
}

/// `1,3,6,15`: the order is the client's own, and tells clients apart.
fn listed(value: &[u8]) -> String {
    let numbers: Vec<String> = value.iter().map(u8::to_string).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mutated, told};
    use super::*;

    /// A message of 02-00-00-00-00-07, of transaction 0x1234abcd; the addresses are of client, assigned, next, relay.
    fn message(operation: u8, addresses: [[u8; 4]; 4], options: &[u8]) -> Vec<u8> {
        let head = [operation, 1, 6, 0, 0x12, 0x34, 0xab, 0xcd, 0, 0, 0, 0];
        let hardware = [2, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        [&head[..], &addresses.concat(), &hardware, &[0; 192], &COOKIE.to_be_bytes(), options, &[END]].concat()
    }

    fn offer() -> Vec<u8> {
        let options = [
            &[53, 1, 2, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 0x0e, 0x10, 1, 4, 255, 255, 255, 0][..],
            &[0, 3, 4, 10, 0, 0, 1, 6, 8, 10, 0, 0, 2, 10, 0, 0, 3, 121, 1, 0],
        ];
        message(2, [[0; 4], [10, 0, 0, 77], [0; 4], [10, 0, 0, 254]], &options.concat())
    }

    fn one(octets: &[u8]) -> Message {
        let (mut messages, error) = told(&PROTOCOL, Side::Client, octets);
        assert_eq!((messages.len(), error), (1, None));
        messages.remove(0)
    }

    fn ip(octets: [u8; 4]) -> Value {
        Value::Ip(octets.into())
    }

    fn text(value: &str) -> Option<Value> {
        Some(Value::Text(value.into()))
    }

    #[test]
    fn an_offer() {
        let message = one(&offer());
        let field = |name| message.fields.get(name).cloned();
        assert_eq!(message.kind, "dhcp.offer");
        assert_eq!(field("dhcp.transaction_id"), Some(hex_id(0x1234_abcd, 8)));
        assert_eq!(field("dhcp.client_mac"), text("02-00-00-00-00-07"));
        assert_eq!(field("dhcp.client_ip"), None);
        assert_eq!(field("dhcp.assigned_ip"), Some(ip([10, 0, 0, 77])));
        assert_eq!(field("dhcp.relay_ip"), Some(ip([10, 0, 0, 254])));
        assert_eq!(field("dhcp.server_id"), Some(ip([10, 0, 0, 1])));
        assert_eq!(field("dhcp.lease"), Some(Value::U64(3600)));
        assert_eq!(field("dhcp.router"), Some(ip([10, 0, 0, 1])));
        assert_eq!(field("dhcp.dns_server"), Some(Value::List([ip([10, 0, 0, 2]), ip([10, 0, 0, 3])].into())));
        assert_eq!(field("dhcp.static_routes"), Some(Value::Bool(true)));
    }

    #[test]
    fn a_request_says_who_asks() {
        let options = [&[53, 1, 3, 50, 4, 10, 0, 0, 77][..], b"\x0c\x04plc7", b"\x3c\x02ab", &[55, 3, 1, 3, 6]];
        let message = one(&message(1, [[0; 4]; 4], &options.concat()));
        assert_eq!(message.kind, "dhcp.request");
        assert_eq!(message.fields.get("dhcp.requested_ip"), Some(&ip([10, 0, 0, 77])));
        assert_eq!(message.fields.get("dhcp.hostname").cloned(), text("plc7"));
        assert_eq!(message.fields.get("dhcp.vendor_class").cloned(), text("ab"));
        assert_eq!(message.fields.get("dhcp.parameters").cloned(), text("1,3,6"));
    }

    #[test]
    fn options_in_the_fields_of_bootp() {
        let mut octets = message(2, [[0; 4]; 4], &[53, 1, 5, 52, 1, 3]);
        octets[FILE_AT..FILE_AT + 7].copy_from_slice(&[3, 4, 10, 0, 0, 9, END]);
        octets[SERVER_NAME_AT..SERVER_NAME_AT + 7].copy_from_slice(&[6, 4, 10, 0, 0, 8, END]);
        let message = one(&octets);
        assert_eq!(message.kind, "dhcp.ack");
        assert_eq!(message.fields.get("dhcp.router"), Some(&ip([10, 0, 0, 9])));
        assert_eq!(message.fields.get("dhcp.dns_server"), Some(&ip([10, 0, 0, 8])));
    }

    #[test]
    fn without_a_type_it_is_bootp() {
        assert_eq!(one(&message(1, [[0; 4]; 4], &[])).kind, "dhcp.bootp_request");
        assert_eq!(one(&message(2, [[0; 4]; 4], &[53, 1, 99])).kind, "dhcp.bootp_reply");
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        let refused = |octets: &[u8]| told(&PROTOCOL, Side::Client, octets).1.unwrap().reason;
        assert_eq!(refused(&[7]), "it is neither a request nor a reply");
        let mut octets = offer();
        octets[COOKIE_AT] = 0;
        assert_eq!(refused(&octets), "the magic cookie is not there");
    }

    #[test]
    fn without_its_end_it_is_cut_short() {
        let octets = offer();
        let mut out = Vec::new();
        assert_eq!(Talk.read(Side::Client, &octets[..octets.len() - 1], &mut out), Progress::More);
        assert!(out.is_empty());
    }

    #[test]
    fn it_is_recognised_on_any_port() {
        assert!((PROTOCOL.recognise)(Side::Client, &offer()));
        assert!(!(PROTOCOL.recognise)(Side::Client, &[1; 300]));
    }

    #[test]
    fn mutants_are_read_or_refused() {
        mutated(&PROTOCOL, Side::Server, &offer());
    }
}
