//! DHCPv6, RFC 8415: who gives which address or prefix, and which resolver with it. What a relay carries is read as well.

use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::identifiers::{hex_id, hex_text};
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, ipv6_at, malformed, u32_at};

pub static PROTOCOL: Protocol = Protocol {
    name: "dhcpv6",
    malformed: "dhcpv6.malformed",
    carrier: Carrier::Udp,
    ports: &[546, 547],
    begins: |_| false,
    recognise: |_, _| false,
    begin: || Box::new(Talk),
};

const RELAY_FORWARD: u8 = 12;
const RELAY_REPLY: u8 = 13;
/// Relays in relays, RFC 8415 7.6, and options in options.
const MOST_NESTED: u8 = 8;
/// Values told of one field.
const MOST_TOLD: usize = 8;

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
    let mut at = Cursor::new(octets);
    let code = at.u8().ok_or(Progress::More)?;
    let kind = name(code).ok_or(Progress::Malformed(malformed("the message type is none of DHCPv6", 0)))?;
    let mut message = Message::new(kind);
    let mut values = Values::default();
    if matches!(code, RELAY_FORWARD | RELAY_REPLY) {
        relay(&mut at, &mut message.fields).ok_or(Progress::More)?;
    } else {
        let [high, middle, low] = at.fixed().ok_or(Progress::More)?;
        let transaction = u32::from_be_bytes([0, high, middle, low]);
        message.fields.set("dhcp.transaction_id", hex_id(u64::from(transaction), 6));
    }
    values.options(&mut at, &mut message.fields, 0).ok_or(Progress::More)?;
    values.tell(&mut message.fields);
    Ok(message)
}

/// Hop count, link and peer address, RFC 8415 9.
fn relay(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    at.u8()?;
    fields.set("dhcp.relay_ip", Value::Ip(ipv6_at(at.take(16)?, 0)?));
    fields.set("dhcp.client_ip", Value::Ip(ipv6_at(at.take(16)?, 0)?));
    Some(())
}

fn name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "dhcpv6.solicit",
        2 => "dhcpv6.advertise",
        3 => "dhcpv6.request",
        4 => "dhcpv6.confirm",
        5 => "dhcpv6.renew",
        6 => "dhcpv6.rebind",
        7 => "dhcpv6.reply",
        8 => "dhcpv6.release",
        9 => "dhcpv6.decline",
        10 => "dhcpv6.reconfigure",
        11 => "dhcpv6.information_request",
        RELAY_FORWARD => "dhcpv6.relay_forward",
        RELAY_REPLY => "dhcpv6.relay_reply",
        _ => return None,
    })
}

/// What options say that may be there more than once.
#[derive(Default)]
struct Values {
    addresses: Vec<Value>,
    prefixes: Vec<Value>,
    dns_servers: Vec<Value>,
}

impl Values {
    fn options(&mut self, at: &mut Cursor, fields: &mut Fields, depth: u8) -> Option<()> {
        while !at.rest().is_empty() {
            let (code, length) = (at.u16()?, at.u16()?);
            let mut value = at.within(usize::from(length))?;
            // An option that is too short for what it should be says nothing.
            let _ = self.option(code, &mut value, fields, depth);
        }
        Some(())
    }

    fn option(&mut self, code: u16, value: &mut Cursor, fields: &mut Fields, depth: u8) -> Option<()> {
        match code {
            1 => fields.set("dhcp.client_id", hex_text(value.rest())),
            2 => fields.set("dhcp.server_id", hex_text(value.rest())),
            3 | 25 => self.nested(12, value, fields, depth)?, // addresses, prefixes: after an id and two times
            4 => self.nested(4, value, fields, depth)?,
            5 => keep(&mut self.addresses, Value::Ip(ipv6_at(value.rest(), 0)?)),
            9 => self.relayed(value, fields, depth)?,
            13 => fields.set("dhcp.status", Value::U64(u64::from(value.u16()?))),
            23 => {
                while let Some(octets) = value.take(16) {
                    keep(&mut self.dns_servers, Value::Ip(ipv6_at(octets, 0)?));
                }
            }
            26 => {
                value.take(8)?; // lifetimes
                let length = value.u8()?;
                let prefix = ipv6_at(value.rest(), 0)?;
                keep(&mut self.prefixes, Value::Text(format!("{prefix}/{length}").into()));
            }
            _ => {}
        }
        Some(())
    }

    fn nested(&mut self, before: usize, value: &mut Cursor, fields: &mut Fields, depth: u8) -> Option<()> {
        value.take(before)?;
        if depth < MOST_NESTED { self.options(value, fields, depth + 1) } else { None }
    }

    /// The message that a relay passes on.
    fn relayed(&mut self, value: &mut Cursor, fields: &mut Fields, depth: u8) -> Option<()> {
        let head = u32_at(value.rest(), 0)?;
        let code = value.rest().first().copied()?;
        if matches!(code, RELAY_FORWARD | RELAY_REPLY) {
            return self.nested(34, value, fields, depth);
        }
        fields.set("dhcp.relayed", Value::Str(name(code)?));
        fields.set("dhcp.transaction_id", hex_id(u64::from(head & 0x00ff_ffff), 6));
        self.nested(4, value, fields, depth)
    }

    fn tell(self, fields: &mut Fields) {
        fields.set_all("dhcp.assigned_ip", self.addresses);
        fields.set_all("dhcp.assigned_prefix", self.prefixes);
        fields.set_all("dhcp.dns_server", self.dns_servers);
    }
}

fn keep(values: &mut Vec<Value>, value: Value) {
    if values.len() < MOST_TOLD {
        values.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::mutants;
    use super::*;

    const ADDRESS: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

    fn option(code: u8, value: &[u8]) -> Vec<u8> {
        [&[0, code, 0, value.len() as u8][..], value].concat()
    }

    /// A reply with an address, a prefix and a resolver.
    fn reply() -> Vec<u8> {
        let address = option(3, &[&[0; 12][..], &option(5, &[&ADDRESS[..], &[0; 8]].concat())].concat());
        let prefix = option(25, &[&[0; 12][..], &option(26, &[&[0; 8][..], &[56], &ADDRESS].concat())].concat());
        [
            &[7, 0x12, 0x34, 0x56][..],
            &option(1, b"\0\x01"),
            &option(2, b"\0\x02"),
            &address,
            &prefix,
            &option(23, &ADDRESS),
        ]
        .concat()
    }

    fn one(octets: &[u8]) -> Message {
        let mut out = Vec::new();
        assert_eq!(Talk.read(Side::Client, octets, &mut out), Progress::Used(octets.len()));
        assert_eq!(out.len(), 1);
        out.remove(0)
    }

    fn text(value: &str) -> Option<Value> {
        Some(Value::Text(value.into()))
    }

    #[test]
    fn a_reply() {
        let message = one(&reply());
        let field = |name| message.fields.get(name).cloned();
        assert_eq!(message.kind, "dhcpv6.reply");
        assert_eq!(field("dhcp.transaction_id"), Some(hex_id(0x12_3456, 6)));
        assert_eq!(
            (field("dhcp.client_id"), field("dhcp.server_id")),
            (Some(hex_text(b"\0\x01")), Some(hex_text(b"\0\x02")))
        );
        assert_eq!(field("dhcp.assigned_ip"), Some(Value::Ip(ADDRESS.into())));
        assert_eq!(field("dhcp.assigned_prefix"), text("2001:db8::7/56"));
        assert_eq!(field("dhcp.dns_server"), Some(Value::Ip(ADDRESS.into())));
    }

    #[test]
    fn what_a_relay_passes_on() {
        let message = one(&[&[13, 0][..], &ADDRESS, &[0xfe; 16], &option(9, &reply())].concat());
        assert_eq!(message.kind, "dhcpv6.relay_reply");
        assert_eq!(message.fields.get("dhcp.relayed"), Some(&Value::Str("dhcpv6.reply")));
        assert_eq!(message.fields.get("dhcp.relay_ip"), Some(&Value::Ip(ADDRESS.into())));
        assert_eq!(message.fields.get("dhcp.transaction_id"), Some(&hex_id(0x12_3456, 6)));
        assert_eq!(message.fields.get("dhcp.assigned_ip"), Some(&Value::Ip(ADDRESS.into())));
    }

    #[test]
    fn what_is_nested_without_end_is_left() {
        let mut octets = option(5, &ADDRESS);
        for _ in 0..12 {
            octets = option(4, &[&[0; 4][..], &octets].concat());
        }
        assert_eq!(one(&[&[1, 0, 0, 1][..], &octets].concat()).fields.get("dhcp.assigned_ip"), None);
    }

    #[test]
    fn what_does_not_fit_is_refused_or_cut_short() {
        let reason = malformed("the message type is none of DHCPv6", 0);
        assert_eq!(Talk.read(Side::Client, &[99], &mut Vec::new()), Progress::Malformed(reason));
        for octets in [&[1, 0][..], &[1, 0, 0, 1, 0, 1, 0, 9, 0], &[12, 0, 1]] {
            assert_eq!(Talk.read(Side::Client, octets, &mut Vec::new()), Progress::More);
        }
    }

    #[test]
    fn mutants_are_read_or_refused() {
        mutants(&reply(), |mutant| drop(read(mutant)));
    }
}
