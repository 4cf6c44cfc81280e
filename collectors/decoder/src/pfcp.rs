//! PFCP, TS 29.244: the N4 interface.
//!
//! Theory of operation: one walk over the TLVs, without a table of what a message must carry. A message that lacks a
//! mandatory IE, or has an IE where the standard knows none, is what an attacker sends, so it is shown and not refused.
//! Grouped IEs are entered to a bounded depth; the first TLV that does not fit ends the walk, and the message becomes
//! `pfcp.malformed` with everything that was read before.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::identifiers::{hex_id, name, slice_differentiator, tbcd, teid, text};
use crate::message::{Fields, Message, Value};

/// Deeper than any nesting of TS 29.244 (a PDR in a session, a PDI in it, a filter in that).
const MAX_DEPTH: u8 = 6;
/// Messages bundled in one datagram with the FO flag.
const MAX_BUNDLED: usize = 32;
/// Values kept of a field that may be repeated.
const MAX_VALUES: usize = 256;

/// Seconds from 1900, the epoch of NTP, to 1970.
const NTP_TO_UNIX: u64 = 2_208_988_800;

/// Push one message for each message in the datagram: more than one when they are bundled.
pub fn decode(payload: &[u8], out: &mut Vec<Message>) {
    let mut start = 0;
    for _ in 0..MAX_BUNDLED {
        let Some(next) = decode_one(payload, start, out) else { return };
        start = next;
    }
}

/// Push the message at `start`; where the next one starts, if this one says that one follows.
fn decode_one(payload: &[u8], start: usize, out: &mut Vec<Message>) -> Option<usize> {
    let octets = payload.get(start..).unwrap_or_default();
    let mut message = Reading::default();
    let end = match message.header(octets) {
        Ok(header) => {
            let body = octets.get(..header.end).unwrap_or(octets);
            message.ies(body, header.body, NO_GROUP, 0);
            if header.end > octets.len() {
                message.fail("the message is shorter than its length field", octets.len());
            }
            if !header.follow_on && header.end < octets.len() {
                message.fields.set("fiveg.pfcp.trailing_octets", Value::U64((octets.len() - header.end) as u64));
            }
            header.follow_on.then_some(header.end)
        }
        Err(fault) => {
            message.fault = Some(fault);
            None
        }
    };
    out.push(message.finish(octets, start));
    end.map(|end| start + end)
}

/// What the header says about the octets: where the IEs start, where they end, and whether a message follows.
struct Header {
    body: usize,
    end: usize,
    follow_on: bool,
}

/// Why the walk stopped, and at which octet of the message.
struct Fault {
    reason: String,
    offset: usize,
}

/// A message being read: its fields, and the values of the fields that may be repeated.
#[derive(Default)]
struct Reading {
    kind: Option<&'static str>,
    fields: Fields,
    fault: Option<Fault>,
    pdrs: Vec<Value>,
    source_interfaces: Vec<Value>,
    fars: Vec<Value>,
    apply_actions: Vec<Value>,
    destination_interfaces: Vec<Value>,
    network_instances: Vec<Value>,
    teids: Vec<Value>,
    tunnel_addresses: Vec<Value>,
    outer_teids: Vec<Value>,
    outer_addresses: Vec<Value>,
    ue_addresses: Vec<Value>,
    framed_routes: Vec<Value>,
    qfis: Vec<Value>,
    report_types: Vec<Value>,
}

impl Reading {
    fn fail(&mut self, reason: &str, offset: usize) {
        if self.fault.is_none() {
            self.fault = Some(Fault { reason: reason.into(), offset });
        }
    }

    fn header(&mut self, octets: &[u8]) -> Result<Header, Fault> {
        let short = |offset| Fault { reason: "the message ends inside its header".into(), offset };
        let [flags, message_type, high, low] = array(octets, 0).ok_or(short(octets.len()))?;
        self.fields.set("fiveg.pfcp.message_type", Value::U64(u64::from(message_type)));
        if flags >> 5 != 1 {
            return Err(Fault { reason: format!("version {} is not 1", flags >> 5), offset: 0 });
        }
        self.kind = Some(kind(message_type));
        let has_seid = flags & 0x01 != 0;
        if has_seid {
            let seid = u64::from_be_bytes(array(octets, 4).ok_or(short(octets.len()))?);
            self.fields.set("fiveg.pfcp.seid", hex_id(seid, 16));
        }
        let at = if has_seid { 12 } else { 4 };
        let [first, second, third, last] = array(octets, at).ok_or(short(octets.len()))?;
        self.fields.set("fiveg.pfcp.sequence", Value::U64(u64::from(u32::from_be_bytes([0, first, second, third]))));
        if has_seid && flags & 0x02 != 0 {
            self.fields.set("fiveg.pfcp.priority", Value::U64(u64::from(last >> 4)));
        }
        let end = 4 + usize::from(u16::from_be_bytes([high, low]));
        if end < at + 4 {
            return Err(Fault { reason: "the length field is shorter than the header".into(), offset: 2 });
        }
        Ok(Header { body: at + 4, end, follow_on: flags & 0x04 != 0 })
    }

    /// Walk the TLVs of `octets` from `at`. `group` is the grouped IE whose value they are.
    fn ies(&mut self, octets: &[u8], mut at: usize, group: u16, depth: u8) {
        while at < octets.len() && self.fault.is_none() {
            let Some([type_high, type_low, high, low]) = array(octets, at) else {
                return self.fail("an IE ends inside its header", at);
            };
            let id = u16::from_be_bytes([type_high, type_low]);
            let (value, end) = (at + 4, at + 4 + usize::from(u16::from_be_bytes([high, low])));
            let Some(inside) = octets.get(..end) else {
                return self.fail(&format!("IE {id} is longer than what holds it"), at);
            };
            if is_grouped(id) {
                if depth == MAX_DEPTH {
                    return self.fail("grouped IEs are nested too deep", at);
                }
                self.ies(inside, value, id, depth + 1);
                self.end_of_group(id);
            } else if self.ie(id, inside.get(value..).unwrap_or_default(), group).is_none() {
                return self.fail(&format!("IE {id} is too short"), at);
            }
            at = end;
        }
    }

    /// Keep what is read of each PDR and FAR aligned with their ids.
    fn end_of_group(&mut self, id: u16) {
        match id {
            CREATE_PDR | CREATED_PDR | UPDATE_PDR | REMOVE_PDR => pad(&mut self.source_interfaces, self.pdrs.len()),
            CREATE_FAR | UPDATE_FAR | REMOVE_FAR => pad(&mut self.destination_interfaces, self.fars.len()),
            _ => {}
        }
    }

    /// Read an IE that is not grouped; `None` when its value is too short for what it says it holds.
    fn ie(&mut self, id: u16, value: &[u8], group: u16) -> Option<()> {
        match id {
            19 => self.cause(byte(value, 0)?),
            20 => keep(&mut self.source_interfaces, interface(byte(value, 0)?, &SOURCE_INTERFACES)),
            21 => self.f_teid(value, group)?,
            22 => keep_new(&mut self.network_instances, name(value)),
            39 => flags(byte(value, 0)?, &REPORT_TYPES, &mut self.report_types),
            40 => {
                self.fields.set("fiveg.pfcp.offending_ie", Value::U64(u64::from(u16::from_be_bytes(array(value, 0)?))))
            }
            42 => keep(&mut self.destination_interfaces, interface(byte(value, 0)?, &DESTINATION_INTERFACES)),
            38 => self.redirect(value)?,
            44 => flags(byte(value, 0)?, &APPLY_ACTIONS, &mut self.apply_actions),
            56 => keep(&mut self.pdrs, Value::U64(u64::from(u16::from_be_bytes(array(value, 0)?)))),
            57 => self.f_seid(value)?,
            60 => self.node_id(value)?,
            84 => self.outer_header(value)?,
            93 => self.ue_address(value, group)?,
            96 => self.recovery_time(u32::from_be_bytes(array(value, 0)?)),
            108 => self.far(u32::from_be_bytes(array(value, 0)?), group),
            113 => self.pdn_type(byte(value, 0)?),
            124 => keep_new(&mut self.qfis, Value::U64(u64::from(byte(value, 0)? & 0x3f))),
            141 => self.user_id(value)?,
            153 | 155 => keep_new(&mut self.framed_routes, Value::Text(text(value).into())),
            159 => self.fields.set("fiveg.dnn", name(value)),
            257 => self.snssai(value)?,
            _ => {}
        }
        Some(())
    }

    fn cause(&mut self, cause: u8) {
        self.fields.set("fiveg.pfcp.cause", Value::U64(u64::from(cause)));
        if let Some(name) = named(&CAUSES, cause) {
            self.fields.set("fiveg.pfcp.cause_name", Value::Str(name));
        }
    }

    fn f_teid(&mut self, value: &[u8], group: u16) -> Option<()> {
        let flags = byte(value, 0)?;
        if flags & 0x04 != 0 {
            self.fields.set("fiveg.pfcp.f_teid.choose", Value::Bool(true));
            return Some(());
        }
        let number = array(value, 1)?;
        let address = address(value, 5, flags & 0x01 != 0, flags & 0x02 != 0)?;
        // Elsewhere, as in an Error Indication Report, the F-TEID is not the UPF's own.
        if matches!(group, PDI | CREATED_PDR | 127 | 128) && self.teids.len() < MAX_VALUES {
            self.tunnel(teid(number), address);
        }
        Some(())
    }

    /// Keep a tunnel once: the PDRs of a session mostly share one.
    fn tunnel(&mut self, teid: Value, address: Value) {
        let mut known = self.teids.iter().zip(&self.tunnel_addresses);
        if !known.any(|(known, at)| *known == teid && *at == address) {
            self.teids.push(teid);
            self.tunnel_addresses.push(address);
        }
    }

    fn f_seid(&mut self, value: &[u8]) -> Option<()> {
        let flags = byte(value, 0)?;
        let seid = u64::from_be_bytes(array(value, 1)?);
        self.fields.set("fiveg.pfcp.f_seid.seid", hex_id(seid, 16));
        if let address @ Value::Ip(_) = address(value, 9, flags & 0x02 != 0, flags & 0x01 != 0)? {
            self.fields.set("fiveg.pfcp.f_seid.address", address);
        }
        Some(())
    }

    fn node_id(&mut self, value: &[u8]) -> Option<()> {
        let text = match byte(value, 0)? & 0x0f {
            0 => Value::Text(Ipv4Addr::from(array::<4>(value, 1)?).to_string().into()),
            1 => Value::Text(Ipv6Addr::from(array::<16>(value, 1)?).to_string().into()),
            _ => name(value.get(1..)?),
        };
        self.fields.set("fiveg.pfcp.node_id", text);
        Some(())
    }

    fn outer_header(&mut self, value: &[u8]) -> Option<()> {
        let [kinds, _] = array(value, 0)?;
        let tunnel = kinds & 0x03 != 0;
        let number = if tunnel { teid(array(value, 2)?) } else { Value::Str("") };
        let at = if tunnel { 6 } else { 2 };
        let address = address(value, at, kinds & 0x15 != 0, kinds & 0x2a != 0)?;
        keep(&mut self.outer_teids, number);
        keep(&mut self.outer_addresses, address);
        Some(())
    }

    fn ue_address(&mut self, value: &[u8], group: u16) -> Option<()> {
        let flags = byte(value, 0)?;
        let mut at = 1;
        if flags & 0x02 != 0 {
            self.ue(IpAddr::from(array::<4>(value, at)?), group);
            at += 4;
        }
        if flags & 0x01 != 0 {
            self.ue(IpAddr::from(array::<16>(value, at)?), group);
        }
        Some(())
    }

    fn ue(&mut self, address: IpAddr, group: u16) {
        if matches!(group, PDI | CREATED_PDR | 127 | 128) {
            keep_new(&mut self.ue_addresses, Value::Ip(address));
        }
    }

    fn recovery_time(&mut self, seconds: u32) {
        // The 32 bits of NTP wrap in 2036; what lies before 1970 is of the next era.
        let seconds = u64::from(seconds);
        let era = if seconds < NTP_TO_UNIX { 1 << 32 } else { 0 };
        self.fields.set("fiveg.pfcp.recovery_time", Value::U64(seconds + era - NTP_TO_UNIX));
    }

    fn far(&mut self, id: u32, group: u16) {
        // A PDR names its FAR too: that is a reference, and the rule itself is elsewhere.
        if !matches!(group, CREATE_PDR | UPDATE_PDR) {
            keep(&mut self.fars, Value::U64(u64::from(id)));
        }
    }

    fn pdn_type(&mut self, value: u8) {
        if let Some(name) = named(&PDN_TYPES, value & 0x07) {
            self.fields.set("fiveg.pdu_session.type", Value::Str(name));
        }
    }

    fn redirect(&mut self, value: &[u8]) -> Option<()> {
        let length = usize::from(u16::from_be_bytes(array(value, 1)?));
        let server = value.get(3..3 + length)?;
        self.fields.set("fiveg.pfcp.redirect_address", Value::Text(text(server).into()));
        Some(())
    }

    fn user_id(&mut self, value: &[u8]) -> Option<()> {
        let flags = byte(value, 0)?;
        let mut rest = value.get(1..)?;
        for bit in 0..7_u8 {
            if flags >> bit & 1 == 0 {
                continue;
            }
            let (length, after) = rest.split_first()?;
            let (identity, after) = after.split_at_checked(usize::from(*length))?;
            self.identity(bit, identity);
            rest = after;
        }
        Some(())
    }

    /// One identity of the User ID, by the place of its flag (8.2.101).
    fn identity(&mut self, bit: u8, octets: &[u8]) {
        let (field, digits) = match bit {
            0 => ("fiveg.supi", tbcd(octets)),
            1 => ("fiveg.pei", tbcd(octets)),
            2 => ("fiveg.gpsi", tbcd(octets)),
            4 => ("fiveg.supi", unprefixed(octets)),
            5 => ("fiveg.gpsi", unprefixed(octets)),
            6 => ("fiveg.pei", unprefixed(octets)),
            _ => return,
        };
        if self.fields.get(field).is_none() {
            self.fields.set(field, Value::Text(digits.into()));
        }
    }

    fn snssai(&mut self, value: &[u8]) -> Option<()> {
        let [sst, sd @ ..]: [u8; 4] = array(value, 0)?;
        self.fields.set("fiveg.snssai.sst", Value::U64(u64::from(sst)));
        self.fields.set("fiveg.snssai.sd", slice_differentiator(Some(sd)));
        Some(())
    }

    /// The message: well formed, or not.
    fn finish(mut self, octets: &[u8], start: usize) -> Message {
        let mut fields = std::mem::take(&mut self.fields);
        if let Some(kind) = self.kind {
            fields.set("fiveg.pfcp.message", Value::Str(kind.strip_prefix("pfcp.").unwrap_or(kind)));
        }
        let fault = self.fault.take();
        let kind = self.kind.unwrap_or("pfcp.unknown_message");
        self.lists(&mut fields);
        let Some(fault) = fault else { return Message { kind, fields } };
        let mut message = Message::malformed("pfcp.malformed", &fault.reason, start + fault.offset, octets);
        fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
        message
    }

    fn lists(self, fields: &mut Fields) {
        for (name, values) in [
            ("fiveg.pfcp.pdr.id", self.pdrs),
            ("fiveg.pfcp.pdr.source_interface", self.source_interfaces),
            ("fiveg.pfcp.f_teid.teid", self.teids),
            ("fiveg.pfcp.f_teid.address", self.tunnel_addresses),
            ("fiveg.pfcp.far.id", self.fars),
            ("fiveg.pfcp.far.apply_action", self.apply_actions),
            ("fiveg.pfcp.far.destination_interface", self.destination_interfaces),
            ("fiveg.pfcp.outer_header.teid", self.outer_teids),
            ("fiveg.pfcp.outer_header.address", self.outer_addresses),
            ("fiveg.pfcp.network_instance", self.network_instances),
            ("fiveg.pfcp.report_type", self.report_types),
            ("fiveg.pdu_session.ue_ip", self.ue_addresses),
            ("fiveg.pdu_session.framed_route", self.framed_routes),
            ("fiveg.pdu_session.qfi", self.qfis),
        ] {
            if values.iter().any(|value| *value != Value::Str("")) {
                fields.set_all(name, values);
            }
        }
    }
}

fn byte(octets: &[u8], at: usize) -> Option<u8> {
    octets.get(at).copied()
}

fn array<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..)?.first_chunk().copied()
}

/// The IPv4 address at `at`, else the IPv6 address, else an empty string; `None` when the octets end before it.
fn address(octets: &[u8], at: usize, v4: bool, v6: bool) -> Option<Value> {
    Some(match (v4, v6) {
        (true, _) => Value::Ip(IpAddr::from(array::<4>(octets, at)?)),
        (false, true) => Value::Ip(IpAddr::from(array::<16>(octets, at)?)),
        (false, false) => Value::Str(""),
    })
}

fn keep(values: &mut Vec<Value>, value: Value) {
    if values.len() < MAX_VALUES {
        values.push(value);
    }
}

fn keep_new(values: &mut Vec<Value>, value: Value) {
    if values.len() < MAX_VALUES && !values.contains(&value) {
        values.push(value);
    }
}

/// Make `values` as long as its rules, so that the next rule's value stands at the right place.
fn pad(values: &mut Vec<Value>, length: usize) {
    values.resize(length, Value::Str(""));
}

fn flags(octet: u8, names: &[&'static str; 8], values: &mut Vec<Value>) {
    for (bit, name) in names.iter().enumerate() {
        if octet >> bit & 1 == 1 && !name.is_empty() {
            keep_new(values, Value::Str(name));
        }
    }
}

fn interface(octet: u8, names: &[&'static str]) -> Value {
    Value::Str(names.get(usize::from(octet & 0x0f)).copied().unwrap_or("other"))
}

/// The digits of an identity that is written as `imsi-…`, `msisdn-…`, `imei-…`.
fn unprefixed(octets: &[u8]) -> String {
    let text = text(octets);
    match text.split_once('-') {
        Some(("imsi" | "msisdn" | "imei" | "imeisv", digits)) => digits.into(),
        _ => text,
    }
}

fn named(table: &[(u8, &'static str)], number: u8) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

fn kind(message_type: u8) -> &'static str {
    named(&KINDS, message_type).unwrap_or("pfcp.unknown_message")
}

const NO_GROUP: u16 = 0;
const CREATE_PDR: u16 = 1;
const PDI: u16 = 2;
const CREATE_FAR: u16 = 3;
const CREATED_PDR: u16 = 8;
const UPDATE_PDR: u16 = 9;
const UPDATE_FAR: u16 = 10;
const REMOVE_PDR: u16 = 15;
const REMOVE_FAR: u16 = 16;

/// The IEs whose value is IEs (table 8.1.2-1), as far as a session needs them.
fn is_grouped(id: u16) -> bool {
    matches!(id, 1..=18 | 51 | 54 | 58 | 59 | 68 | 77..=80 | 83 | 85..=87 | 99 | 102 | 105 | 118 | 127..=130 | 132 | 143)
}

/// Message types (table 7.3-1).
const KINDS: [(u8, &str); 25] = [
    (1, "pfcp.heartbeat_request"),
    (2, "pfcp.heartbeat_response"),
    (3, "pfcp.pfd_management_request"),
    (4, "pfcp.pfd_management_response"),
    (5, "pfcp.association_setup_request"),
    (6, "pfcp.association_setup_response"),
    (7, "pfcp.association_update_request"),
    (8, "pfcp.association_update_response"),
    (9, "pfcp.association_release_request"),
    (10, "pfcp.association_release_response"),
    (11, "pfcp.version_not_supported_response"),
    (12, "pfcp.node_report_request"),
    (13, "pfcp.node_report_response"),
    (14, "pfcp.session_set_deletion_request"),
    (15, "pfcp.session_set_deletion_response"),
    (16, "pfcp.session_set_modification_request"),
    (17, "pfcp.session_set_modification_response"),
    (50, "pfcp.session_establishment_request"),
    (51, "pfcp.session_establishment_response"),
    (52, "pfcp.session_modification_request"),
    (53, "pfcp.session_modification_response"),
    (54, "pfcp.session_deletion_request"),
    (55, "pfcp.session_deletion_response"),
    (56, "pfcp.session_report_request"),
    (57, "pfcp.session_report_response"),
];

/// Causes (table 8.2.1-1).
const CAUSES: [(u8, &str); 26] = [
    (1, "request_accepted"),
    (2, "more_usage_report_to_send"),
    (3, "request_partially_accepted"),
    (64, "request_rejected"),
    (65, "session_context_not_found"),
    (66, "mandatory_ie_missing"),
    (67, "conditional_ie_missing"),
    (68, "invalid_length"),
    (69, "mandatory_ie_incorrect"),
    (70, "invalid_forwarding_policy"),
    (71, "invalid_f_teid_allocation_option"),
    (72, "no_established_pfcp_association"),
    (73, "rule_creation_modification_failure"),
    (74, "pfcp_entity_in_congestion"),
    (75, "no_resources_available"),
    (76, "service_not_supported"),
    (77, "system_failure"),
    (78, "redirection_requested"),
    (79, "all_dynamic_addresses_are_occupied"),
    (80, "unknown_pre_defined_rule"),
    (81, "unknown_application_id"),
    (82, "l2tp_tunnel_establishment_failure"),
    (83, "l2tp_session_establishment_failure"),
    (84, "l2tp_tunnel_release"),
    (85, "l2tp_session_release"),
    (86, "session_restoration_failure_due_to_requested_resource_not_available"),
];

/// Flags of octet 5 of Apply Action (8.2.26), from bit 1.
const APPLY_ACTIONS: [&str; 8] = ["drop", "forw", "buff", "nocp", "dupl", "ipma", "ipmd", "dfrt"];
/// Flags of Report Type (8.2.21), from bit 1.
const REPORT_TYPES: [&str; 8] = ["dldr", "usar", "erir", "upir", "tmir", "sesr", "uisr", ""];
/// Source interfaces (8.2.2).
const SOURCE_INTERFACES: [&str; 6] =
    ["access", "core", "sgi_lan_n6_lan", "cp_function", "5g_vn_internal", "sgi_n6_edge"];
/// Destination interfaces (8.2.24).
const DESTINATION_INTERFACES: [&str; 6] =
    ["access", "core", "sgi_lan_n6_lan", "cp_function", "li_function", "5g_vn_internal"];
/// PDN types (8.2.79).
const PDN_TYPES: [(u8, &str); 5] = [(1, "ipv4"), (2, "ipv6"), (3, "ipv4v6"), (4, "unstructured"), (5, "ethernet")];
