//! GTP-U, TS 29.281: the header, its extension headers (PDU Session Container of TS 38.415), path management messages.

use std::net::IpAddr;

use crate::identifiers::hex_id;
use crate::ip;
use crate::message::{Fields, Message, Value};
use crate::octets::{Malformed, ipv4_at, ipv6_at, malformed, u8_at, u16_at, u32_at};

pub const PORT: u16 = 2152;
/// GTP-C (TS 29.060, TS 29.274) and GTP' (TS 32.295): what has no business inside a user's packet either.
pub const CONTROL_PORT: u16 = 2123;
pub const CHARGING_PORT: u16 = 3386;
pub const G_PDU: u8 = 255;

/// Whether one of a datagram's ports is one of GTP's.
pub fn has_port(ports: [u16; 2]) -> bool {
    ports.iter().any(|port| matches!(*port, PORT | CONTROL_PORT | CHARGING_PORT))
}

const EXTENSION: u8 = 0x04;
const OPTIONAL: u8 = 0x07;
pub const PDU_SESSION_CONTAINER: u8 = 0x85;

/// Types of extension headers kept of a message.
const MOST_EXTENSIONS: usize = 4;
/// Extension headers (5.2.1, and TS 29.281 figure 5.2.1-3) that a receiver must understand, as far as there are any.
const KNOWN: [u8; 8] = [0x81, 0x82, 0x83, 0x84, PDU_SESSION_CONTAINER, 0xc0, 0xc1, 0xc2];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    pub message_type: u8,
    pub teid: u32,
    pub qfi: Option<u8>,
    /// 0 downlink, 1 uplink.
    pub pdu_type: Option<u8>,
    pub extensions: Extensions,
    pub payload: &'a [u8],
}

impl Header<'_> {
    /// That of a G-PDU with a PDU Session Container of one word, and nothing else.
    pub fn contained(teid: u32, word: [u8; 4]) -> Self {
        let mut header = Self { message_type: G_PDU, teid, ..Self::default() };
        header.extensions.note(PDU_SESSION_CONTAINER);
        container(&word, &mut header);
        header
    }
}

/// What the extension headers say beside the QoS flow; small, as each packet has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Their types, 0 behind the last.
    types: [u8; MOST_EXTENSIONS],
    count: u8,
    /// Reflective QoS is indicated (TS 38.415, 5.5.3.4).
    rqi: bool,
    /// Paging policy indicator (TS 38.415, 5.5.3.7).
    ppi: Option<u8>,
}

impl Extensions {
    /// A G-PDU on N3 has a PDU Session Container, or nothing.
    pub fn are_usual(&self) -> bool {
        matches!(self.types, [0 | PDU_SESSION_CONTAINER, 0, ..])
    }

    fn note(&mut self, kind: u8) {
        if let Some(place) = self.types.get_mut(usize::from(self.count)) {
            *place = kind;
        }
        self.count = self.count.saturating_add(1);
    }

    pub fn describe(&self, fields: &mut Fields) {
        let there = self.types.iter().take_while(|kind| **kind != 0);
        fields.set_all("fiveg.gtpu.extension_headers", there.map(|kind| Value::U64(u64::from(*kind))).collect());
        if self.count > 1 {
            fields.set("fiveg.gtpu.extension_count", Value::U64(self.count.into()));
        }
        if self.rqi {
            fields.set("fiveg.gtpu.rqi", Value::Bool(true));
        }
        if let Some(ppi) = self.ppi {
            fields.set("fiveg.gtpu.ppi", Value::U64(ppi.into()));
        }
    }
}

/// Parse a datagram of which the capture lacks the last `missing` octets. Octets beyond Length are ignored.
pub fn parse(data: &[u8], missing: usize) -> Result<Header<'_>, Malformed> {
    let short = malformed("gtp-u header is cut short", data.len());
    let flags = u8_at(data, 0).ok_or(short)?;
    if flags & 0xf0 != 0x30 {
        return Err(malformed("not gtp version 1 with protocol type 1", 0));
    }
    let [_, message_type, high, low, teid @ ..] = *data.first_chunk::<8>().ok_or(short)?;
    let (length, teid) = (usize::from(u16::from_be_bytes([high, low])) + 8, u32::from_be_bytes(teid));
    if length > data.len().saturating_add(missing) {
        return Err(malformed("gtp-u length exceeds the datagram", 2));
    }
    let body = data.get(..length).unwrap_or(data);
    let mut header = Header { message_type, teid, ..Header::default() };
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
        if next >= 0x80 && !KNOWN.contains(&next) {
            return Err(malformed("an extension header that must be understood is not known", at));
        }
        header.extensions.note(next);
        let octets = usize::from(u8_at(body, at).ok_or(malformed("extension header is cut short", at))?) * 4;
        if octets == 0 {
            return Err(malformed("extension header length is zero", at));
        }
        let extension = body.get(at..at + octets).ok_or(malformed("extension header exceeds the message", at))?;
        if next == PDU_SESSION_CONTAINER {
            container(extension, header);
        }
        next = extension.last().copied().unwrap_or(0);
        at += octets;
    }
    Ok(at)
}

/// The PDU Session Container, TS 38.415 clauses 5.5.2.1 and 5.5.2.2, behind its length.
fn container(octets: &[u8], header: &mut Header<'_>) {
    header.pdu_type = u8_at(octets, 1).map(|octet| octet >> 4);
    let Some(flow) = u8_at(octets, 2) else { return };
    header.qfi = Some(flow & 0x3f);
    if header.pdu_type == Some(0) {
        header.extensions.rqi = flow & 0x40 != 0;
        // The last octet of the extension is the type of the next one.
        let policy = u8_at(octets, 3).filter(|_| flow & 0x80 != 0 && octets.len() > 4);
        header.extensions.ppi = policy.map(|octet| octet >> 5);
    }
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

/// Echo, error indication, end marker and the like.
pub fn path_message(header: &Header<'_>) -> Message {
    let mut message = Message::new(kind(header.message_type));
    let found = elements(header.payload);
    message.fields.set("fiveg.gtpu.message_type", Value::U64(header.message_type.into()));
    message.fields.set("fiveg.gtpu.teid", hex_id(found.teid.unwrap_or(header.teid).into(), 8));
    header.extensions.describe(&mut message.fields);
    if let Some(peer) = found.peer {
        message.fields.set("fiveg.gtpu.peer", Value::Ip(peer));
    }
    if let Some(counter) = found.restart_counter {
        message.fields.set("fiveg.gtpu.restart_counter", Value::U64(counter.into()));
    }
    message
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

/// Message type and TEID of a GTP message (version 1 or 2, any interface) in a datagram of which the last `missing` octets
/// are not at hand. Its Length accounts for all of the datagram; or for less, as receivers let pass, where everything else
/// is as it must be: a datagram that only happens to look so is not one.
pub fn nested(data: &[u8], missing: usize) -> Option<(u8, Option<u32>)> {
    let flags = u8_at(data, 0)?;
    let message_type = u8_at(data, 1)?;
    let length = usize::from(u16_at(data, 2)?);
    let whole = data.len().saturating_add(missing);
    match flags >> 5 {
        1 if flags & 0x10 != 0 => {
            let found = length + 8 == whole || length + 8 < whole && plausible(data, flags, message_type, length);
            found.then_some((message_type, u32_at(data, 4)))
        }
        1 => (length + 6 == whole || length + 8 == whole).then_some((message_type, None)), // GTP'
        2 => {
            let teid = if flags & 0x08 != 0 { u32_at(data, 4) } else { None };
            let found = length + 4 == whole || length + 4 < whole && plausible_v2(data, flags, message_type, length);
            found.then_some((message_type, teid))
        }
        _ => None,
    }
}

/// Whether a header of version 1 in front of other octets is meant (TS 29.281, 5.1; TS 29.060, 6): its spare bit, a type
/// that we know, as long as such a message may be, and an IP packet in a G-PDU.
fn plausible(data: &[u8], flags: u8, message_type: u8, length: usize) -> bool {
    let optional = if flags & OPTIONAL == 0 { 0 } else { 4 };
    flags & 0x08 == 0
        && length >= optional
        && match message_type {
            1 | 2 | 26 | 31 | 254 => length <= 64,
            16..=20 => flags & 0x02 != 0 && length <= 512, // with a sequence number, always
            G_PDU => parse(data, length).is_ok_and(|header| {
                let there = data.len().min(length + 8);
                let later = length + 8 - there; // octets, in other fragments
                let version = u8_at(header.payload, 0).map(|octet| octet >> 4);
                let begun = later > 0 && header.payload.len() < 20 && matches!(version, None | Some(4 | 6));
                begun || ip::parse(header.payload, later).is_ok()
            }),
            _ => false,
        }
}

/// The same of version 2 (TS 29.274, 5.1): the IEs fill the length.
fn plausible_v2(data: &[u8], flags: u8, message_type: u8, length: usize) -> bool {
    let known = matches!(message_type, 1..=3 | 32..=39 | 64..=73 | 95..=103 | 160..=171 | 176 | 177 | 179 | 211 | 212);
    if !known || flags & 0x03 != 0 {
        return false;
    }
    let mut at = if flags & 0x08 != 0 { 12 } else { 8 };
    while at < length + 4 {
        match u16_at(data, at + 1) {
            Some(octets) => at += 4 + usize::from(octets),
            None => return data.len() < length + 4, // in a later fragment
        }
    }
    at == length + 4
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
        assert_eq!((header.qfi, header.pdu_type, header.extensions.rqi), (Some(9), Some(1), false));
        assert_eq!((header.extensions.types, header.extensions.count), ([0x40, 0x85, 0, 0], 2));
        assert!(!header.extensions.are_usual());
        assert_eq!(header.payload, &[0x45, 0, 0, 0, 0]);
    }

    #[test]
    fn reflective_qos_is_indicated_downlink() {
        let data = [0x34, 255, 0, 8, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0x00, 0x49, 0];
        let header = parse(&data, 0).expect("well formed");
        assert_eq!((header.qfi, header.pdu_type, header.extensions.rqi), (Some(9), Some(0), true));
        assert!(header.extensions.are_usual());
    }

    #[test]
    fn a_paging_policy_is_indicated_where_it_is_present() {
        let container = [2, 0x00, 0x89, 0x60, 0, 0, 0, 0]; // PPP, QFI 9, PPI 3, padding
        let data = [&[0x34, 255, 0, 12, 0, 0, 0, 7, 0, 0, 0, 0x85][..], &container].concat();
        let header = parse(&data, 0).expect("well formed");
        assert_eq!((header.qfi, header.extensions.ppi), (Some(9), Some(3)));
        let mut absent = data.clone();
        absent[14] = 0x09;
        assert_eq!(parse(&absent, 0).expect("well formed").extensions.ppi, None);
        let mut uplink = data;
        uplink[13] = 0x10;
        assert_eq!(parse(&uplink, 0).expect("well formed").extensions.ppi, None);
    }

    #[test]
    fn many_extension_headers_are_counted() {
        let chain = [1, 0, 0, 0x40].repeat(5);
        let data = [&[0x34, 255, 0, 28, 0, 0, 0, 7, 0, 0, 0, 0x40][..], &chain, &[1, 0, 0, 0]].concat();
        let header = parse(&data, 0).expect("well formed");
        let mut fields = Fields::default();
        header.extensions.describe(&mut fields);
        assert_eq!(fields.get("fiveg.gtpu.extension_count"), Some(&Value::U64(6)));
        let kept = Value::List(vec![Value::U64(0x40); 4].into());
        assert_eq!(fields.get("fiveg.gtpu.extension_headers"), Some(&kept));
    }

    #[test]
    fn an_unknown_extension_must_not_be_one_that_must_be_understood() {
        let data = |kind| [0x34, 255, 0, 8, 0, 0, 0, 7, 0, 0, 0, kind, 1, 0, 0, 0];
        assert!(parse(&data(0x7f), 0).is_ok());
        let reason = "an extension header that must be understood is not known";
        assert_eq!(parse(&data(0xff), 0).err(), Some(malformed(reason, 12)));
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

    #[test]
    fn gtp_in_gtp_may_have_octets_behind_it_where_it_is_meant() {
        let ping = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 45, 0, 1, 10, 0, 0, 1, 8, 0, 0, 0, 0, 1, 0, 1];
        let user = [&[0x30, 255, 0, 28, 0, 0, 0, 9][..], &ping].concat();
        let create = [0x48, 32, 0, 13, 0, 0, 0, 9, 0, 0, 1, 0, 3, 0, 1, 0, 7];
        for meant in [&[0x30, 1, 0, 0, 0, 0, 0, 9][..], &user, &create] {
            for behind in 0..40 {
                let found = nested(&[meant, &vec![0xaa; behind]].concat(), 0);
                assert_eq!(found, Some((meant[1], Some(9))), "{behind} octets behind {meant:?}");
            }
        }
        let fragment = &user[..16];
        assert_eq!(nested(fragment, 20), Some((255, Some(9))));
        assert_eq!(nested(fragment, 30), Some((255, Some(9))));
        let odd = [0x30, 99, 0, 0, 0, 0, 0, 9, 0];
        assert_eq!(nested(&odd, 0), None);
    }

    #[test]
    fn text_and_chance_are_no_gtp() {
        for text in ["0123456789", "3.1 of them", "HTTP/1.1 200 OK", "@@@@@@@@@@", "GET / HTTP/1.1", "{}", "@ @ @ @ @ "]
        {
            for octets in [text.as_bytes().to_vec(), text.repeat(100).into_bytes()] {
                assert_eq!(nested(&octets, 0), None, "{text}");
            }
        }
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut data = vec![0; 1400];
        let mut found = 0;
        for round in 0..1_000_000_usize {
            let at = round * 8 % 1400;
            data[at..at + 8].copy_from_slice(&next().to_be_bytes());
            data[..8].copy_from_slice(&next().to_be_bytes());
            found += usize::from(nested(&data, 0).is_some());
        }
        assert!(found <= 10, "{found} of a million");
    }
}
