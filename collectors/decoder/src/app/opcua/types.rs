//! Built-in types in OPC UA's binary encoding (OPC 10000-6, 5.2): read as far as they are told, passed over otherwise.

use crate::app::ot::Measure;
use crate::identifiers::{head, hex_text, text};
use crate::message::{Fields, Value};
use crate::octets::Cursor;

/// Octets told of a text.
const MOST_TEXT: usize = 128;
/// Octets told of a value without a text form.
const MOST_OCTETS: usize = 16;
/// Variants in variants, diagnostics in diagnostics.
const MOST_DEEP: u8 = 4;

/// A string or byte string; a null one is empty here.
pub fn string<'a>(at: &mut Cursor<'a>) -> Option<&'a [u8]> {
    match usize::try_from(at.le32()?.cast_signed()) {
        Ok(length) => at.take(length),
        Err(_) => Some(&[]),
    }
}

/// Elements of an array; a null one has none. Every element has octets, so that a count that lies ends with them.
pub fn count(at: &mut Cursor) -> Option<u32> {
    at.le32().map(|count| if count.cast_signed() < 0 { 0 } else { count })
}

fn shown(octets: &[u8]) -> Value {
    head(octets, MOST_TEXT)
}

/// Set a field to a text, if it is not null or empty.
pub fn say(fields: &mut Fields, name: &'static str, text: &[u8]) {
    if !text.is_empty() {
        fields.set(name, shown(text));
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeId<'a> {
    pub namespace: u16,
    identifier: Identifier<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Identifier<'a> {
    Numeric(u32),
    String(&'a [u8]),
    Guid([u8; 16]),
    Opaque(&'a [u8]),
}

impl<'a> NodeId<'a> {
    /// 5.2.2.9, and 5.2.2.10 with its flags.
    pub fn read(at: &mut Cursor<'a>) -> Option<Self> {
        let encoding = at.u8()?;
        let (namespace, identifier) = match encoding & 0x3f {
            0 => (0, Identifier::Numeric(u32::from(at.u8()?))),
            1 => (u16::from(at.u8()?), Identifier::Numeric(u32::from(at.le16()?))),
            2 => (at.le16()?, Identifier::Numeric(at.le32()?)),
            3 => (at.le16()?, Identifier::String(string(at)?)),
            4 => (at.le16()?, Identifier::Guid(at.fixed()?)),
            5 => (at.le16()?, Identifier::Opaque(string(at)?)),
            _ => return None,
        };
        if encoding & 0x80 != 0 {
            string(at)?;
        }
        if encoding & 0x40 != 0 {
            at.le32()?;
        }
        Some(Self { namespace, identifier })
    }

    /// The number of a node of OPC UA itself.
    pub fn standard(&self) -> Option<u32> {
        match self.identifier {
            Identifier::Numeric(id) if self.namespace == 0 => Some(id),
            _ => None,
        }
    }

    /// As the standard writes it: `ns=2;s=Pump.Speed` (5.3.1.10).
    pub fn value(&self) -> Value {
        let identifier = match self.identifier {
            Identifier::Numeric(id) => format!("i={id}"),
            Identifier::String(name) => format!("s={}", text(name.get(..MOST_TEXT).unwrap_or(name))),
            Identifier::Guid(octets) => format!("g={}", guid(octets)),
            Identifier::Opaque(octets) => {
                format!("b={}", crate::message::hex(octets.get(..MOST_OCTETS).unwrap_or(octets)))
            }
        };
        let namespace = self.namespace;
        let text = if namespace == 0 { identifier } else { format!("ns={namespace};{identifier}") };
        Value::Text(text.into())
    }
}

fn guid([a, b, c, d, e, f, g, h, rest @ ..]: [u8; 16]) -> String {
    let (first, second, third) =
        (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]), u16::from_le_bytes([g, h]));
    let [i, j, node @ ..] = rest;
    format!("{first:08x}-{second:04x}-{third:04x}-{i:02x}{j:02x}-{}", crate::message::hex(&node))
}

/// An `ExtensionObject`: its type, and its body if it has one.
pub fn extension<'a>(at: &mut Cursor<'a>) -> Option<(NodeId<'a>, &'a [u8])> {
    let kind = NodeId::read(at)?;
    let body = match at.u8()? {
        0 => &[],
        _ => string(at)?,
    };
    Some((kind, body))
}

/// A `DataValue`: what it says of time and quality is passed over.
pub fn data_value(at: &mut Cursor, values: &mut Vec<Measure>, most: usize) -> Option<()> {
    data_value_in(at, values, most, 0)
}

/// A `Variant`: its value or values are added, `most` altogether.
pub fn variant(at: &mut Cursor, values: &mut Vec<Measure>, most: usize) -> Option<()> {
    variant_in(at, values, most, 0)
}

fn data_value_in(at: &mut Cursor, values: &mut Vec<Measure>, most: usize, depth: u8) -> Option<()> {
    let mask = at.u8()?;
    if mask & 0x01 != 0 {
        variant_in(at, values, most, depth)?;
    }
    // status, source time-stamp and picoseconds, server time-stamp and picoseconds
    for (bit, size) in [(0x02, 4), (0x04, 8), (0x10, 2), (0x08, 8), (0x20, 2)] {
        if mask & bit != 0 {
            at.take(size)?;
        }
    }
    Some(())
}

fn variant_in(at: &mut Cursor, values: &mut Vec<Measure>, most: usize, depth: u8) -> Option<()> {
    if depth > MOST_DEEP {
        return None;
    }
    let encoding = at.u8()?;
    let kind = encoding & 0x3f;
    if kind == 0 {
        return (encoding == 0).then_some(()); // an array of nothing would have no end
    }
    let elements = if encoding & 0x80 == 0 { 1 } else { count(at)? };
    for _ in 0..elements {
        scalar(kind, at, values, most, depth)?;
    }
    if encoding & 0x40 != 0 {
        for _ in 0..count(at)? {
            at.le32()?;
        }
    }
    Some(())
}

fn scalar(kind: u8, at: &mut Cursor, values: &mut Vec<Measure>, most: usize, depth: u8) -> Option<()> {
    let value = match kind {
        2 => Measure::of(i8::from_le_bytes(at.fixed()?)),
        3 => Measure::of(at.u8()?),
        4 => Measure::of(i16::from_le_bytes(at.fixed()?)),
        5 => Measure::of(at.le16()?),
        6 => Measure::of(i32::from_le_bytes(at.fixed()?)),
        7 => Measure::of(at.le32()?),
        8 => Measure::written(i64::from_le_bytes(at.fixed()?)),
        9 => Measure::written(u64::from_le_bytes(at.fixed()?)),
        10 => Measure::written(f32::from_le_bytes(at.fixed()?)),
        11 => Measure::written(f64::from_le_bytes(at.fixed()?)),
        23 => return data_value_in(at, values, most, depth + 1),
        24 => return variant_in(at, values, most, depth + 1),
        25 => return diagnostics(at, depth),
        _ => Measure::text(other(kind, at)?),
    };
    if values.len() < most {
        values.push(value);
    }
    Some(())
}

/// A value that is no number.
fn other(kind: u8, at: &mut Cursor) -> Option<Value> {
    Some(match kind {
        1 => Value::Str(if at.u8()? == 0 { "false" } else { "true" }),
        12 | 16 => shown(string(at)?),
        13 => Value::Text(i64::from_le_bytes(at.fixed()?).to_string().into()), // a time
        14 => Value::Text(guid(at.fixed()?).into()),
        15 => octets(string(at)?),
        17 | 18 => NodeId::read(at)?.value(),
        19 => Value::Str(super::names::status(at.le32()?)),
        20 => {
            at.le16()?;
            shown(string(at)?)
        }
        21 => shown(localized_text(at)?),
        22 => octets(extension(at)?.1),
        _ => octets(string(at)?), // 5.2.2.16: types still to come are byte strings
    })
}

fn octets(octets: &[u8]) -> Value {
    hex_text(octets.get(..MOST_OCTETS).unwrap_or(octets))
}

pub fn localized_text<'a>(at: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let mask = at.u8()?;
    if mask & 0x01 != 0 {
        string(at)?;
    }
    if mask & 0x02 != 0 { string(at) } else { Some(&[]) }
}

/// A `DiagnosticInfo`, passed over.
pub fn diagnostics(at: &mut Cursor, depth: u8) -> Option<()> {
    if depth > MOST_DEEP {
        return None;
    }
    let mask = at.u8()?;
    for bit in [0x01, 0x02, 0x04, 0x08] {
        if mask & bit != 0 {
            at.le32()?;
        }
    }
    if mask & 0x10 != 0 {
        string(at)?;
    }
    if mask & 0x20 != 0 {
        at.le32()?;
    }
    if mask & 0x40 != 0 { diagnostics(at, depth + 1) } else { Some(()) }
}
