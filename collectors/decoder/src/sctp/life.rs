//! Chunks of association life, RFC 9260 clause 3.3 and RFC 5061: what an association announces, and how it ends.

use std::net::IpAddr;

use crate::message::{Fields, Value};
use crate::octets::{ipv4_at, ipv6_at, u16_at, u32_at};

/// Causes and addresses kept of a chunk.
const MOST: usize = 32;
const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const ABORT: u8 = 6;
const ERROR: u8 = 9;
const ASCONF: u8 = 0xc1;
const IPV4: u16 = 5;
const IPV6: u16 = 6;
const ADD_ADDRESS: u16 = 0xc001;
const DELETE_ADDRESS: u16 = 0xc002;

/// Error causes (3.3.10), from 1.
const CAUSES: [&str; 13] = [
    "invalid_stream_identifier",
    "missing_mandatory_parameter",
    "stale_cookie",
    "out_of_resource",
    "unresolvable_address",
    "unrecognized_chunk_type",
    "invalid_mandatory_parameter",
    "unrecognized_parameters",
    "no_user_data",
    "cookie_received_while_shutting_down",
    "restart_of_an_association_with_new_addresses",
    "user_initiated_abort",
    "protocol_violation",
];

/// A chunk of association life: its event kind, and the verification tag that INIT and INIT ACK announce.
#[derive(Clone, Copy, Debug)]
pub struct Life<'a> {
    pub kind: &'static str,
    pub tag: Option<u32>,
    chunk_type: u8,
    chunk: &'a [u8],
}

impl<'a> Life<'a> {
    /// `None` for a chunk that says nothing of the association's life.
    pub(super) fn of(chunk_type: u8, chunk: &'a [u8]) -> Option<Self> {
        let kind = match chunk_type {
            INIT => "sctp.init",
            INIT_ACK => "sctp.init_ack",
            4 => "sctp.heartbeat",
            5 => "sctp.heartbeat_ack",
            ABORT => "sctp.abort",
            7 => "sctp.shutdown",
            8 => "sctp.shutdown_ack",
            ERROR => "sctp.error",
            10 => "sctp.cookie_echo",
            11 => "sctp.cookie_ack",
            14 => "sctp.shutdown_complete",
            ASCONF => "sctp.asconf",
            _ => return None,
        };
        let tag = if matches!(chunk_type, INIT | INIT_ACK) { u32_at(chunk, 4) } else { None };
        Some(Self { kind, tag, chunk_type, chunk })
    }

    /// The addresses that INIT, INIT ACK and ASCONF announce beside the one that they come from.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let announced = self.parameters().filter_map(|parameter| match u16_at(parameter, 0)? {
            IPV4 | IPV6 => address(parameter),
            ADD_ADDRESS => address(parameter.get(8..)?),
            _ => None,
        });
        announced.take(MOST)
    }

    fn removed(&self) -> impl Iterator<Item = IpAddr> {
        let removed = self.parameters().filter(|parameter| u16_at(parameter, 0) == Some(DELETE_ADDRESS));
        removed.filter_map(|parameter| address(parameter.get(8..)?)).take(MOST)
    }

    /// What stands behind the fixed part of the chunk: type, length and value each.
    fn parameters(&self) -> impl Iterator<Item = &'a [u8]> {
        let start = match self.chunk_type {
            INIT | INIT_ACK => 20,
            ASCONF => 8,
            ABORT | ERROR => 4,
            _ => usize::MAX,
        };
        let mut rest = self.chunk.get(start..).unwrap_or(&[]);
        std::iter::from_fn(move || {
            let length = usize::from(u16_at(rest, 2)?);
            let parameter = rest.get(..length).filter(|_| length >= 4)?;
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
            Some(parameter)
        })
    }

    /// What the chunk says.
    pub fn describe(&self, fields: &mut Fields) {
        match self.chunk_type {
            INIT | INIT_ACK => self.announced(fields),
            ABORT | ERROR => self.causes(fields),
            _ => {}
        }
        fields.set_all("fiveg.sctp.address", self.addresses().map(Value::Ip).collect());
        fields.set_all("fiveg.sctp.removed_address", self.removed().map(Value::Ip).collect());
    }

    fn announced(&self, fields: &mut Fields) {
        let mut set =
            |field, value: Option<u64>| value.into_iter().for_each(|value| fields.set(field, Value::U64(value)));
        set("fiveg.sctp.a_rwnd", u32_at(self.chunk, 8).map(u64::from));
        set("fiveg.sctp.outbound_streams", u16_at(self.chunk, 12).map(u64::from));
        set("fiveg.sctp.inbound_streams", u16_at(self.chunk, 14).map(u64::from));
    }

    fn causes(&self, fields: &mut Fields) {
        let causes: Vec<u16> = self.parameters().filter_map(|cause| u16_at(cause, 0)).take(MOST).collect();
        let named = causes.iter().filter_map(|cause| CAUSES.get(usize::from(cause.checked_sub(1)?)));
        fields.set_all("fiveg.sctp.cause_name", named.map(|name| Value::Str(name)).collect());
        fields.set_all("fiveg.sctp.cause", causes.iter().map(|cause| Value::U64(u64::from(*cause))).collect());
    }
}

fn address(parameter: &[u8]) -> Option<IpAddr> {
    match u16_at(parameter, 0)? {
        IPV4 => ipv4_at(parameter, 4),
        IPV6 => ipv6_at(parameter, 4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(chunk: &[u8]) -> Fields {
        let mut fields = Fields::default();
        Life::of(chunk[0], chunk).expect("a chunk of life").describe(&mut fields);
        fields
    }

    #[test]
    fn init_announces_streams_window_and_addresses() {
        let fields = described(
            &[&[1, 0, 0, 28, 0, 0, 0, 9, 0, 1, 0, 0, 0, 10, 0, 12, 0, 0, 0, 5][..], &[0, 5, 0, 8, 10, 0, 1, 2]]
                .concat(),
        );
        let expected =
            [("a_rwnd", "65536"), ("outbound_streams", "10"), ("inbound_streams", "12"), ("address", "10.0.1.2")];
        for (name, value) in expected {
            assert_eq!(fields.get(&format!("fiveg.sctp.{name}")).map(Value::to_string).as_deref(), Some(value));
        }
    }

    #[test]
    fn an_abort_says_why() {
        let fields = described(&[6, 0, 0, 12, 0, 12, 0, 8, b'b', b'y', b'e', 0]);
        assert_eq!(fields.get("fiveg.sctp.cause_name"), Some(&Value::Str("user_initiated_abort")));
        assert_eq!(fields.get("fiveg.sctp.cause"), Some(&Value::U64(12)));
    }

    #[test]
    fn asconf_adds_and_takes_away_addresses() {
        let add = [0xc0, 1, 0, 16, 0, 0, 0, 1, 0, 5, 0, 8, 10, 0, 1, 3];
        let delete = [0xc0, 2, 0, 16, 0, 0, 0, 2, 0, 5, 0, 8, 10, 0, 1, 4];
        let chunk = [&[0xc1, 0, 0, 48, 0, 0, 0, 1][..], &[0, 5, 0, 8, 10, 0, 0, 1], &add, &delete].concat();
        let fields = described(&chunk);
        let shown = |name| fields.get(name).map(Value::to_string);
        assert_eq!(shown("fiveg.sctp.address").as_deref(), Some("10.0.0.1,10.0.1.3"));
        assert_eq!(shown("fiveg.sctp.removed_address").as_deref(), Some("10.0.1.4"));
    }
}
