//! Items of Read Var and Write Var: where, and what is there.

use super::super::ot::{MOST_VALUES, Measure, tell_values};
use super::names;
use crate::message::{Fields, Value, hex};
use crate::octets::{Malformed, array, malformed, u8_at, u16_at, u32_at};

/// An address, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Area, data block and address in bits, with how many of which type.
    Any { area: u8, block: u16, bits: u32, kind: u8, count: u16 },
    /// Another syntax, as hex.
    Other(Box<str>),
}

const BIT: u8 = 1;
const INT: u8 = 5;
const DINT: u8 = 7;
const REAL: u8 = 8;

impl Item {
    /// As Siemens writes it: `DB1.DBX0.3`, `MW100`, `T5`.
    pub fn text(&self) -> String {
        let Self::Any { area, block, bits, kind, .. } = *self else {
            let Self::Other(text) = self else { return String::new() };
            return text.to_string();
        };
        let letter = names::area(area).1;
        let size = match kind {
            BIT => "X",
            4 | INT => "W",
            6..=8 | 11 | 12 => "D",
            _ => "B",
        };
        let (byte, bit) = (bits >> 3, bits & 7);
        match (area, kind) {
            _ if is_numbered(area) => format!("{letter}{bits}"),
            (0x84 | 0x85, BIT) => format!("{letter}{block}.{letter}X{byte}.{bit}"),
            (0x84 | 0x85, _) => format!("{letter}{block}.{letter}{size}{byte}"),
            (_, BIT) => format!("{letter}{byte}.{bit}"),
            _ => format!("{letter}{size}{byte}"),
        }
    }
}

const SHORT: &str = "the items end before their count";

/// The items of a request; `at` is where the first one begins in `octets`. Returns those that are kept and the end.
pub fn read(octets: &[u8], mut at: usize, count: u8) -> Result<(Vec<Item>, usize), Malformed> {
    let mut items = Vec::new();
    for _ in 0..count {
        let end = at + 2 + usize::from(u8_at(octets, at + 1).ok_or(malformed(SHORT, at))?);
        let spec = octets.get(at + 2..end).ok_or(malformed(SHORT, at))?;
        if items.len() < MOST_VALUES {
            items.push(item(spec));
        }
        at = if end % 2 == 1 && spec.first() != Some(&0x10) { end + 1 } else { end };
    }
    Ok((items, at.min(octets.len())))
}

fn item(spec: &[u8]) -> Item {
    match (array::<2>(spec, 0), u16_at(spec, 2), u16_at(spec, 4), u32_at(spec, 6)) {
        (Some([0x10, kind]), Some(count), Some(block), Some(place)) => {
            let [area, ..] = place.to_be_bytes();
            Item::Any { area, block, bits: place & 0x00ff_ffff, kind, count }
        }
        _ => Item::Other(hex(spec.get(..MOST_VALUES).unwrap_or(spec)).into()),
    }
}

/// Say where the items are. Aligned lists: areas, blocks and byte addresses.
pub fn tell(items: &[Item], count: u8, fields: &mut Fields) {
    let any = |of: fn(u8, u16, u32) -> Value| {
        let of = move |item: &Item| match *item {
            Item::Any { area, block, bits, .. } => Some(of(area, block, bits)),
            Item::Other(_) => None,
        };
        items.iter().filter_map(of).collect::<Vec<_>>()
    };
    fields.set_all("ot.register", items.iter().map(|item| Value::Text(item.text().into())).collect());
    fields.set("ot.count", Value::U64(count.into()));
    fields.set_all("s7comm.area", any(|area, _, _| Value::Str(names::area(area).0)));
    fields.set_all("s7comm.db_number", any(|_, block, _| Value::U64(block.into())));
    fields.set_all(
        "s7comm.byte_address",
        any(|area, _, bits| {
            let place = if is_numbered(area) { bits } else { bits >> 3 };
            Value::U64(place.into())
        }),
    );
}

/// Counters and timers have a number, not an address.
fn is_numbered(area: u8) -> bool {
    matches!(area, 0x1c..=0x1f)
}

/// What was written, or read back: an entry of return code, type, length and octets for each item. Returns how it went.
pub fn values(data: &[u8], items: &[Item], count: u8, fields: &mut Fields) -> Result<&'static str, Malformed> {
    let (mut at, mut values, mut status) = (0, Vec::new(), "success");
    for number in 0..usize::from(count) {
        let header = array::<4>(data, at).ok_or(malformed("the values end before their count", at))?;
        let [code, kind, high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let length = if matches!(kind, 3..=5) { length.div_ceil(8) } else { length };
        let octets = data.get(at + 4..at + 4 + length).ok_or(malformed("a value is longer than the data", at))?;
        if code != 0xff && code != 0 {
            status = names::returned(code);
        }
        if values.len() < MOST_VALUES && (code == 0xff || code == 0) {
            values.push(value(octets, kind, items.get(number)));
        }
        at += 4 + length + length % 2;
    }
    tell_values("s7comm.value", values, fields);
    Ok(status)
}

/// One value; several of them, or a string, as hex.
fn value(octets: &[u8], kind: u8, item: Option<&Item>) -> Measure {
    let asked = match item {
        Some(Item::Any { kind, .. }) => *kind,
        _ => 0,
    };
    match *octets {
        [byte] => Measure::of(byte),
        [a, b] if asked == INT || kind == 5 => Measure::of(i16::from_be_bytes([a, b])),
        [a, b] => Measure::of(u16::from_be_bytes([a, b])),
        [a, b, c, d] if asked == REAL || kind == 7 => Measure::written(f32::from_be_bytes([a, b, c, d])),
        [a, b, c, d] if asked == DINT || kind == 6 => Measure::of(i32::from_be_bytes([a, b, c, d])),
        [a, b, c, d] => Measure::of(u32::from_be_bytes([a, b, c, d])),
        _ => Measure::text(Value::Text(hex(octets.get(..MOST_VALUES).unwrap_or(octets)).into())),
    }
}

/// Return codes alone, which answer a write.
pub fn written(data: &[u8], count: u8, fields: &mut Fields) -> Result<(), Malformed> {
    let codes = data.get(..count.into()).ok_or(malformed("the return codes end before their count", data.len()))?;
    let failed = codes.iter().find(|code| **code != 0xff);
    fields.set("ot.status", Value::Str(failed.map_or("success", |code| names::returned(*code))));
    Ok(())
}
