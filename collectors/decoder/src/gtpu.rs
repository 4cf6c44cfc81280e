//! GTP-U, TS 29.281: the header, its extension headers (PDU Session Container of TS 38.415), path management messages.

use std::net::IpAddr;

use crate::octets::{Malformed, ipv4_at, ipv6_at, malformed, u8_at, u16_at, u32_at};

pub const PORT: u16 = 2152;
/// GTP-C (TS 29.060, TS 29.274) and GTP' (TS 32.295): what has no business inside a user's packet either.
pub const CONTROL_PORT: u16 = 2123;
pub const CHARGING_PORT: u16 = 3386;
pub const G_PDU: u8 = 255;

const EXTENSION: u8 = 0x04;
const OPTIONAL: u8 = 0x07;
const PDU_SESSION_CONTAINER: u8 = 0x85;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    pub message_type: u8,
    pub teid: u32,
    pub qfi: Option<u8>,
    /// 0 downlink, 1 uplink.
    pub pdu_type: Option<u8>,
    pub payload: &'a [u8],
}

/// Parse a datagram of which the capture lacks the last `missing` octets. Octets beyond Length are ignored.
pub fn parse(data: &[u8], missing: usize) -> Result<Header<'_>, Malformed> {
    let short = malformed("gtp-u header is cut short", data.len());
    let flags = u8_at(data, 0).ok_or(short)?;
    if flags & 0xf0 != 0x30 {
        return Err(malformed("not gtp version 1 with protocol type 1", 0));
    }
    let message_type = u8_at(data, 1).ok_or(short)?;
    let length = usize::from(u16_at(data, 2).ok_or(short)?) + 8;
    let teid = u32_at(data, 4).ok_or(short)?;
    if length > data.len().saturating_add(missing) {
        return Err(malformed("gtp-u length exceeds the datagram", 2));
    }
    let body = data.get(..length).unwrap_or(data);
    let mut header = Header { message_type, teid, qfi: None, pdu_type: None, payload: &[] };
    let start = if flags & OPTIONAL == 0 { 8 } else { extensions(flags, body, &mut header)? };
    header.payload = body.get(start..).ok_or(malformed("gtp-u length is shorter than its header", 2))?;
    Ok(header)
}

/// Walk the optional word and the extension headers; returns where the payload starts.
fn extensions(flags: u8, body: &[u8], header: &mut Header<'_>) -> Result<usize, Malformed> {
    let mut next = u8_at(body, 11).ok_or(malformed("gtp-u optional fields are cut short", body.len()))?;
    let mut at = 12;
    if flags & EXTENSION == 0 {
        return Ok(at);
    }
    while next != 0 {
        let octets = usize::from(u8_at(body, at).ok_or(malformed("extension header is cut short", at))?) * 4;
        if octets == 0 {
            return Err(malformed("extension header length is zero", at));
        }
        let extension = body.get(at..at + octets).ok_or(malformed("extension header exceeds the message", at))?;
        if next == PDU_SESSION_CONTAINER {
            header.pdu_type = u8_at(extension, 1).map(|octet| octet >> 4);
            header.qfi = u8_at(extension, 2).map(|octet| octet & 0x3f);
        }
        next = extension.last().copied().unwrap_or(0);
        at += octets;
    }
    Ok(at)
}

/// The event kind of a message; G-PDUs have none of their own.
pub fn kind(message_type: u8) -> &'static str {
    match message_type {
        1 => "gtpu.echo_request",
        2 => "gtpu.echo_response",
        26 => "gtpu.error_indication",
        31 => "gtpu.supported_extension_headers_notification",
        253 => "gtpu.tunnel_status",
        254 => "gtpu.end_marker",
        _ => "gtpu.unknown_message",
    }
}

/// What the information elements of a path or tunnel management message say, TS 29.281 clause 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elements {
    pub restart_counter: Option<u8>,
    pub teid: Option<u32>,
    pub peer: Option<IpAddr>,
}

pub fn elements(payload: &[u8]) -> Elements {
    let mut elements = Elements::default();
    let mut rest = payload;
    while let Some(kind) = u8_at(rest, 0) {
        let (value_at, octets) = match kind {
            14 => (1, 1),
            16 => (1, 4),
            kind if kind >= 128 => match u16_at(rest, 1) {
                Some(length) => (3, usize::from(length)),
                None => break,
            },
            _ => break, // a fixed-length element that is not known cannot be skipped
        };
        let Some(value) = rest.get(value_at..value_at + octets) else { break };
        match (kind, octets) {
            (14, _) => elements.restart_counter = u8_at(value, 0),
            (16, _) => elements.teid = u32_at(value, 0),
            (133, 4) => elements.peer = ipv4_at(value, 0),
            (133, 16) => elements.peer = ipv6_at(value, 0),
            _ => {}
        }
        rest = rest.get(value_at + octets..).unwrap_or(&[]);
    }
    elements
}

/// Message type and TEID of a GTP message (version 1 or 2, any interface) whose Length accounts for all of `data`.
pub fn nested(data: &[u8], missing: usize) -> Option<(u8, Option<u32>)> {
    let flags = u8_at(data, 0)?;
    let message_type = u8_at(data, 1)?;
    let length = usize::from(u16_at(data, 2)?);
    let whole = data.len().saturating_add(missing);
    match flags >> 5 {
        1 if flags & 0x10 != 0 => (length + 8 == whole).then_some((message_type, u32_at(data, 4))),
        1 => (length + 6 == whole || length + 8 == whole).then_some((message_type, None)), // GTP'
        2 => {
            let teid = if flags & 0x08 != 0 { u32_at(data, 4) } else { None };
            (length + 4 == whole).then_some((message_type, teid))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_headers_are_walked_in_any_order() {
        let data = [
            0x34, 255, 0, 17, 0, 0, 0, 7, 0, 0, 0, 0x40, 1, 0, 0, 0x85, 1, 0x10, 0x89, 0, 0x45, // payload
            0, 0, 0, 0, 0xff, 0xff,
        ];
        let header = parse(&data, 0).expect("well formed");
        assert_eq!((header.qfi, header.pdu_type), (Some(9), Some(1)));
        assert_eq!(header.payload, &[0x45, 0, 0, 0, 0]);
    }

    #[test]
    fn a_zero_extension_length_is_malformed() {
        let data = [0x34, 255, 0, 8, 0, 0, 0, 7, 0, 0, 0, 0x85, 0, 0, 0, 0];
        assert_eq!(parse(&data, 0).err(), Some(malformed("extension header length is zero", 12)));
    }

    #[test]
    fn an_error_indication_names_tunnel_and_peer() {
        let found = elements(&[16, 0, 0, 0, 5, 133, 0, 4, 10, 0, 0, 1]);
        assert_eq!((found.teid, found.peer), (Some(5), Some(IpAddr::from([10, 0, 0, 1]))));
    }

    #[test]
    fn gtp_in_gtp_needs_a_consistent_length() {
        assert_eq!(nested(&[0x32, 1, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0], 0), Some((1, Some(9))));
        assert_eq!(nested(&[0x32, 1, 0, 5, 0, 0, 0, 9, 0, 0, 0, 0], 0), None);
    }
}
