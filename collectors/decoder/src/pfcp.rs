//! PFCP, TS 29.244: the N4 interface.
//!
//! Theory of operation: one walk over the TLVs, without a table of what a message must carry. A message that lacks a
//! mandatory IE, or has an IE where the standard knows none, is what an attacker sends, so it is shown and not refused.
//! Grouped IEs are entered to a bounded depth; the first TLV that does not fit ends the walk, and the message becomes
//! `pfcp.malformed` with everything that was read before.

mod columns;
mod ies;
mod names;

use crate::identifiers::hex_id;
use crate::message::{Fields, Message, Value};
use columns::{Column, Columns};
use names::{is_grouped, kind};

/// Deeper than any nesting of TS 29.244 (a PDR in a session, a PDI in it, a filter in that).
const MAX_DEPTH: u8 = 6;
/// Messages bundled in one datagram with the FO flag.
const MAX_BUNDLED: usize = 32;

const NO_GROUP: u16 = 0;
const CREATE_PDR: u16 = 1;
const PDI: u16 = 2;
const CREATE_FAR: u16 = 3;
const DUPLICATING: u16 = 5;
const CREATE_URR: u16 = 6;
const CREATE_QER: u16 = 7;
const CREATED_PDR: u16 = 8;
const UPDATE_PDR: u16 = 9;
const UPDATE_FAR: u16 = 10;
const UPDATE_URR: u16 = 13;
const UPDATE_QER: u16 = 14;
const REMOVE_PDR: u16 = 15;
const REMOVE_FAR: u16 = 16;
const REMOVE_URR: u16 = 17;
const REMOVE_QER: u16 = 18;
const ERROR_INDICATION: u16 = 99;
const UPDATE_DUPLICATING: u16 = 105;

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
            let seen = message.ies(body, header.body, NO_GROUP, 0);
            message.missing(names::mandatory(header.message_type), seen);
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
    message_type: u8,
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
    columns: Columns,
    /// Rules of the kind of the one at hand that stand before it.
    before: usize,
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
        self.fields.add("fiveg.pfcp.message_type", Value::U64(u64::from(message_type)));
        if flags >> 5 != 1 {
            return Err(Fault { reason: format!("version {} is not 1", flags >> 5), offset: 0 });
        }
        self.kind = Some(kind(message_type));
        let has_seid = flags & 0x01 != 0;
        if has_seid {
            let seid = u64::from_be_bytes(array(octets, 4).ok_or(short(octets.len()))?);
            self.fields.add("fiveg.pfcp.seid", hex_id(seid, 16));
        }
        let at = if has_seid { 12 } else { 4 };
        let [first, second, third, last] = array(octets, at).ok_or(short(octets.len()))?;
        self.fields.add("fiveg.pfcp.sequence", Value::U64(u64::from(u32::from_be_bytes([0, first, second, third]))));
        if has_seid && flags & 0x02 != 0 {
            self.fields.add("fiveg.pfcp.priority", Value::U64(u64::from(last >> 4)));
        }
        let end = 4 + usize::from(u16::from_be_bytes([high, low]));
        if end < at + 4 {
            return Err(Fault { reason: "the length field is shorter than the header".into(), offset: 2 });
        }
        Ok(Header { message_type, body: at + 4, end, follow_on: flags & 0x04 != 0 })
    }

    /// Walk the TLVs of `octets` from `at`. `group` is the grouped IE whose value they are. Returns a bit for each type
    /// below 128 that was there.
    fn ies(&mut self, octets: &[u8], mut at: usize, group: u16, depth: u8) -> u128 {
        let mut seen = 0;
        while at < octets.len() && self.fault.is_none() {
            let Some([type_high, type_low, high, low]) = array(octets, at) else {
                self.fail("an IE ends inside its header", at);
                break;
            };
            let id = u16::from_be_bytes([type_high, type_low]);
            let (value, end) = (at + 4, at + 4 + usize::from(u16::from_be_bytes([high, low])));
            let Some(inside) = octets.get(..end) else {
                self.fail(&format!("IE {id} is longer than what holds it"), at);
                break;
            };
            seen |= 1_u128.checked_shl(id.into()).unwrap_or(0);
            if is_grouped(id) {
                if depth == MAX_DEPTH {
                    self.fail("grouped IEs are nested too deep", at);
                    break;
                }
                self.group(inside, value, id, depth + 1);
            } else if self.ie(id, inside.get(value..).unwrap_or_default(), group).is_none() {
                self.fail(&format!("IE {id} is too short"), at);
                break;
            }
            at = end;
        }
        seen
    }

    fn group(&mut self, octets: &[u8], at: usize, id: u16, depth: u8) {
        let rule = rule(id);
        if let Some((ids, _)) = rule {
            self.before = self.columns.len(ids);
        }
        let seen = self.ies(octets, at, id, depth);
        self.missing(names::mandatory_in(id), seen);
        if let Some((ids, columns)) = rule {
            self.columns.align(ids, columns);
        }
    }

    /// Name the mandatory IEs that were not there, unless they may stand behind a fault.
    fn missing(&mut self, mandatory: &[(u16, &'static str)], seen: u128) {
        if self.fault.is_some() {
            return;
        }
        for (id, name) in mandatory {
            if seen >> id & 1 == 0 {
                self.columns.keep_new(Column::Missing, Value::Str(name));
            }
        }
    }

    /// The message: well formed, or not.
    fn finish(self, octets: &[u8], start: usize) -> Message {
        let Self { kind, mut fields, fault, columns, .. } = self;
        if let Some(kind) = kind {
            fields.add("fiveg.pfcp.message", Value::Str(kind.strip_prefix("pfcp.").unwrap_or(kind)));
        }
        let kind = kind.unwrap_or("pfcp.unknown_message");
        columns.finish(&mut fields);
        let Some(fault) = fault else { return Message::of(kind, fields) };
        let mut message = Message::malformed("pfcp.malformed", &fault.reason, start + fault.offset, octets);
        fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
        message
    }
}

/// The ids of the rules that a grouped IE is about, and the columns that are aligned with them.
fn rule(group: u16) -> Option<(Column, &'static [Column])> {
    Some(match group {
        CREATE_PDR | CREATED_PDR | UPDATE_PDR | REMOVE_PDR => (Column::PdrId, &columns::OF_PDR),
        CREATE_FAR | UPDATE_FAR | REMOVE_FAR => (Column::FarId, &columns::OF_FAR),
        CREATE_QER | UPDATE_QER | REMOVE_QER => (Column::QerId, &columns::OF_QER),
        _ => return None,
    })
}

fn array<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..)?.first_chunk().copied()
}
