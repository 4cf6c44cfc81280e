//! Neighbour Discovery, RFC 4861: what ARP and much of DHCP are in IPv6. ICMPv6 types 133 to 137.

use std::net::IpAddr;

use crate::identifiers::mac;
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, Malformed, ipv6_at, malformed};

const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOR_SOLICITATION: u8 = 135;
const NEIGHBOR_ADVERTISEMENT: u8 = 136;
const REDIRECT: u8 = 137;

const SOURCE_LINK_ADDRESS: u8 = 1;
const TARGET_LINK_ADDRESS: u8 = 2;
const PREFIX: u8 = 3;
const MTU: u8 = 5;
const ROUTE: u8 = 24;
const DNS_SERVERS: u8 = 25;

/// Values told of one field.
const MOST_TOLD: usize = 16;

/// Read an ICMPv6 message from its type on. One that is not of Neighbour Discovery says nothing.
pub fn read(icmp: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
    let mut at = Cursor::new(icmp);
    let short = malformed("the message ends inside its header", icmp.len());
    let Some(kind) = at.u8().and_then(kind) else { return Ok(()) };
    let code = at.u8().ok_or(short)?;
    if code != 0 {
        return Err(malformed("the code is not 0", 1));
    }
    at.take(2).ok_or(short)?; // checksum
    let mut message = Message::new(kind);
    head(icmp.first().copied().unwrap_or_default(), &mut at, &mut message.fields).ok_or(short)?;
    let mut options = Options::default();
    while !at.rest().is_empty() {
        options.option(&mut at, &mut message.fields)?;
    }
    options.tell(&mut message.fields);
    out.push(message);
    Ok(())
}

fn kind(code: u8) -> Option<&'static str> {
    Some(match code {
        ROUTER_SOLICITATION => "nd.router_solicitation",
        ROUTER_ADVERTISEMENT => "nd.router_advertisement",
        NEIGHBOR_SOLICITATION => "nd.neighbor_solicitation",
        NEIGHBOR_ADVERTISEMENT => "nd.neighbor_advertisement",
        REDIRECT => "nd.redirect",
        _ => return None,
    })
}

/// What stands before the options, RFC 4861 4.
fn head(kind: u8, at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    let mut flag = |name, set: bool| fields.set(name, Value::Bool(set));
    match kind {
        ROUTER_ADVERTISEMENT => {
            let (hop_limit, flags, lifetime) = (at.u8()?, at.u8()?, at.u16()?);
            at.take(8)?; // reachable time and retransmission timer
            flag("nd.managed", flags & 0x80 != 0);
            flag("nd.other_configuration", flags & 0x40 != 0);
            fields.set("nd.hop_limit", Value::U64(u64::from(hop_limit)));
            fields.set("nd.router_lifetime", Value::U64(u64::from(lifetime)));
        }
        NEIGHBOR_ADVERTISEMENT => {
            let flags = at.u32()?;
            flag("nd.router", flags & 1 << 31 != 0);
            flag("nd.solicited", flags & 1 << 30 != 0);
            flag("nd.override", flags & 1 << 29 != 0);
        }
        _ => drop(at.u32()?),
    }
    if matches!(kind, NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT | REDIRECT) {
        fields.set("nd.target", Value::Ip(address(at)?));
    }
    if kind == REDIRECT {
        fields.set("nd.destination", Value::Ip(address(at)?));
    }
    Some(())
}

fn address(at: &mut Cursor) -> Option<IpAddr> {
    ipv6_at(at.take(16)?, 0)
}

/// Options that may be there more than once.
#[derive(Default)]
struct Options {
    prefixes: Vec<Value>,
    routes: Vec<Value>,
    dns_servers: Vec<Value>,
}

impl Options {
    /// RFC 4861 4.6: a type, and a length in units of eight octets.
    fn option(&mut self, at: &mut Cursor, fields: &mut Fields) -> Result<(), Malformed> {
        let start = at.at();
        let too_long = malformed("an option is longer than what holds it", start);
        let kind = at.u8().ok_or(too_long)?;
        let length = usize::from(at.u8().ok_or(too_long)?) * 8;
        let body = length.checked_sub(2).ok_or(malformed("an option has no length", start + 1))?;
        let mut body = at.within(body).ok_or(too_long)?;
        self.value(kind, &mut body, fields).ok_or(malformed("an option is too short", start))
    }

    fn value(&mut self, kind: u8, body: &mut Cursor, fields: &mut Fields) -> Option<()> {
        match kind {
            SOURCE_LINK_ADDRESS => fields.set("nd.source_link_address", mac(body.fixed()?)),
            TARGET_LINK_ADDRESS => fields.set("nd.target_link_address", mac(body.fixed()?)),
            PREFIX => {
                let length = body.u8()?;
                body.take(13)?; // flags, lifetimes
                keep(&mut self.prefixes, Value::Text(format!("{}/{length}", address(body)?).into()));
            }
            MTU => {
                body.u16()?;
                fields.set("nd.mtu", Value::U64(u64::from(body.u32()?)));
            }
            ROUTE => {
                let length = body.u8()?;
                body.take(5)?; // preference, lifetime
                keep(&mut self.routes, route(body.rest(), length));
            }
            DNS_SERVERS => {
                body.take(6)?; // lifetime
                while let Some(server) = address(body) {
                    keep(&mut self.dns_servers, Value::Ip(server));
                }
            }
            _ => {}
        }
        Some(())
    }

    fn tell(self, fields: &mut Fields) {
        fields.set_all("nd.prefix", self.prefixes);
        fields.set_all("nd.route", self.routes);
        fields.set_all("nd.dns_server", self.dns_servers);
    }
}

fn keep(values: &mut Vec<Value>, value: Value) {
    if values.len() < MOST_TOLD {
        values.push(value);
    }
}

/// A prefix whose octets may be left out where they are zero, RFC 4191 2.3.
fn route(octets: &[u8], length: u8) -> Value {
    let mut whole = [0; 16];
    whole.iter_mut().zip(octets).for_each(|(octet, known)| *octet = *known);
    Value::Text(format!("{}/{length}", IpAddr::from(whole)).into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::mutants;
    use super::*;

    const TARGET: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

    fn one(octets: &[u8]) -> Message {
        let mut out = Vec::new();
        read(octets, &mut out).unwrap();
        assert_eq!(out.len(), 1);
        out.remove(0)
    }

    fn text(value: &str) -> Option<Value> {
        Some(Value::Text(value.into()))
    }

    /// Lifetime 1800, managed; its link address, one prefix, MTU, a route, a DNS server.
    fn router() -> Vec<u8> {
        [
            &[134, 0, 0, 0, 64, 0x80, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &[1, 1, 2, 0, 0, 0, 0, 1],
            &[3, 4, 64, 0xc0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0],
            &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[5, 1, 0, 0, 0, 0, 5, 0xdc],
            &[24, 2, 32, 0, 0, 0, 0, 1, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0],
            &[25, 3, 0, 0, 0, 0, 0, 1],
            &TARGET,
        ]
        .concat()
    }

    #[test]
    fn a_router_that_advertises_itself() {
        let message = one(&router());
        let field = |name| message.fields.get(name).cloned();
        assert_eq!(message.kind, "nd.router_advertisement");
        assert_eq!(field("nd.router_lifetime"), Some(Value::U64(1800)));
        assert_eq!(field("nd.managed"), Some(Value::Bool(true)));
        assert_eq!(field("nd.other_configuration"), Some(Value::Bool(false)));
        assert_eq!(field("nd.source_link_address"), text("02-00-00-00-00-01"));
        assert_eq!(field("nd.prefix"), text("2001:db8::/64"));
        assert_eq!(field("nd.route"), text("2001:db8::/32"));
        assert_eq!(field("nd.mtu"), Some(Value::U64(1500)));
        assert_eq!(field("nd.dns_server"), Some(Value::Ip(TARGET.into())));
    }

    #[test]
    fn neighbours() {
        let asked = one(&[&[135, 0, 0, 0, 0, 0, 0, 0][..], &TARGET, &[1, 1, 2, 0, 0, 0, 0, 1]].concat());
        assert_eq!(asked.kind, "nd.neighbor_solicitation");
        assert_eq!(asked.fields.get("nd.target"), Some(&Value::Ip(TARGET.into())));
        let told = one(&[&[136, 0, 0, 0, 0x60, 0, 0, 0][..], &TARGET, &[2, 1, 2, 0, 0, 0, 0, 9]].concat());
        assert_eq!(told.kind, "nd.neighbor_advertisement");
        assert_eq!(told.fields.get("nd.target_link_address").cloned(), text("02-00-00-00-00-09"));
        let flags = ["nd.router", "nd.solicited", "nd.override"].map(|name| told.fields.get(name).cloned());
        assert_eq!(flags, [false, true, true].map(|set| Some(Value::Bool(set))));
    }

    #[test]
    fn a_redirect_and_a_solicitation() {
        let redirect = one(&[&[137, 0, 0, 0, 0, 0, 0, 0][..], &TARGET, &[1; 16]].concat());
        assert_eq!(redirect.kind, "nd.redirect");
        assert_eq!(redirect.fields.get("nd.destination"), Some(&Value::Ip([1; 16].into())));
        assert_eq!(one(&[133, 0, 0, 0, 0, 0, 0, 0]).kind, "nd.router_solicitation");
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        let refused = |octets: &[u8]| read(octets, &mut Vec::new()).unwrap_err().reason;
        assert_eq!(refused(&[135, 0, 0, 0, 0, 0, 0, 0, 1]), "the message ends inside its header");
        assert_eq!(refused(&[133, 7]), "the code is not 0");
        assert_eq!(refused(&[133, 0, 0, 0, 0, 0, 0, 0, 1, 0]), "an option has no length");
        assert_eq!(refused(&[133, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2]), "an option is longer than what holds it");
        assert_eq!(refused(&[133, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0]), "an option is too short");
    }

    #[test]
    fn other_icmp_says_nothing() {
        for octets in [&[128, 0, 0, 0][..], &[]] {
            let mut out = Vec::new();
            assert_eq!(read(octets, &mut out), Ok(()));
            assert!(out.is_empty());
        }
    }

    #[test]
    fn mutants_are_read_or_refused() {
        mutants(&router(), |mutant| {
            let _ = read(mutant, &mut Vec::new());
        });
    }
}
