//! Objects (4.2.2.7 and annex A): headers of group, variation and range, and values of the usual groups.
//!
//! Octets of an object are known for groups that have a fixed size; an object of another group ends the walk where its
//! range does not say how long it is, which `dnp3.objects_not_read` tells.

use super::super::ot::{MOST_VALUES, Measure, printable, tell_values};
use super::names;
use crate::message::{Fields, Value, hex};
use crate::octets::{Malformed, array, malformed, u8_at};

/// Objects walked in one header: a fragment has fewer octets.
const MOST_OBJECTS: u64 = 16_384;

/// Whether objects of a request carry values, and not only their headers.
pub fn has_data(code: u8) -> bool {
    matches!(code, 2..=6 | 11 | 12 | 24..=33)
}

#[derive(Default)]
struct Walk {
    groups: Vec<Value>,
    points: Vec<Value>,
    values: Vec<Measure>,
    count: u64,
    failed: Option<&'static str>,
}

/// Walk the objects from `at` on.
pub fn read(octets: &[u8], at: usize, has_data: bool, fields: &mut Fields) -> Result<(), Malformed> {
    let mut walk = Walk::default();
    let walked = walk.objects_of(octets, at, has_data, fields);
    fields.set_all("dnp3.object", walk.groups);
    fields.set_all("ot.register", walk.points);
    tell_values("dnp3.value", walk.values, fields);
    if walk.count > 0 {
        fields.set("ot.count", Value::U64(walk.count));
    }
    if let Some(failed) = walk.failed {
        fields.set("ot.status", Value::Str(failed));
    }
    walked
}

/// A header of objects (4.2.2.7.3).
struct Header {
    group: u8,
    variation: u8,
    prefix: u8,
    first: u64,
    count: u64,
    end: usize,
}

const SHORT: &str = "an object is longer than the fragment";

fn little(octets: &[u8], at: usize, width: usize) -> Option<u64> {
    let octets = octets.get(at..at + width)?;
    Some(octets.iter().rev().fold(0, |value, octet| value << 8 | u64::from(*octet)))
}

impl Header {
    fn read(octets: &[u8], at: usize) -> Result<Self, Malformed> {
        let [group, variation, qualifier] = array(octets, at).ok_or(malformed(SHORT, at))?;
        let at = at + 3;
        let number = |at, width| little(octets, at, width).ok_or(malformed(SHORT, at));
        let (first, count, end) = match qualifier & 0x0f {
            range @ 0..=5 => {
                let width = 1 << (range % 3);
                let (start, stop) = (number(at, width)?, number(at + width, width)?);
                let count = (stop + 1).checked_sub(start).ok_or(malformed("a range ends before it starts", at))?;
                (start, count, at + 2 * width)
            }
            6 => (0, 0, at),
            7 => (0, number(at, 1)?, at + 1),
            8 => (0, number(at, 2)?, at + 2),
            9 => (0, number(at, 4)?, at + 4),
            11 => (0, number(at, 1)?, at + 1),
            _ => return Err(malformed("a range specifier is reserved", at - 1)),
        };
        Ok(Self { group, variation, prefix: qualifier >> 4 & 7, first, count, end })
    }

    /// Octets of the index, and of the size, before each object.
    fn prefixes(&self) -> (usize, usize) {
        match self.prefix {
            1 => (1, 0),
            2 => (2, 0),
            3 => (4, 0),
            4 => (0, 1),
            5 => (0, 2),
            6 => (0, 4),
            _ => (0, 0),
        }
    }
}

impl Walk {
    fn objects_of(
        &mut self,
        octets: &[u8],
        mut at: usize,
        has_data: bool,
        fields: &mut Fields,
    ) -> Result<(), Malformed> {
        while at < octets.len() {
            let header = Header::read(octets, at)?;
            if self.groups.len() < MOST_VALUES {
                self.groups.push(object_name(header.group, header.variation));
            }
            self.count = self.count.saturating_add(header.count);
            at = match self.objects(octets, &header, has_data, fields)? {
                Some(end) => end,
                None => {
                    fields.set("dnp3.objects_not_read", Value::Bool(true));
                    return Ok(());
                }
            };
        }
        Ok(())
    }

    /// The objects of one header; where they end, if that is known.
    fn objects(
        &mut self,
        octets: &[u8],
        header: &Header,
        has_data: bool,
        fields: &mut Fields,
    ) -> Result<Option<usize>, Malformed> {
        let (index, size) = header.prefixes();
        let bits = match header.group {
            _ if !has_data || size > 0 => Some(0), // a size says itself that octets follow
            110..=113 => Some(8 * usize::from(header.variation)),
            _ => bits(header.group, header.variation),
        };
        let Some(bits) = bits else { return Ok(if header.count == 0 { Some(header.end) } else { None }) };
        if index + size == 0 && bits % 8 != 0 {
            return self.packed(octets, header, bits).map(Some);
        }
        if index + size + bits == 0 {
            self.range(header);
            return Ok(Some(header.end));
        }
        let mut at = header.end;
        for number in 0..header.count.min(MOST_OBJECTS) {
            let point = if index > 0 { little(octets, at, index) } else { Some(header.first + number) };
            let length = if size > 0 { little(octets, at + index, size) } else { Some((bits / 8) as u64) };
            let begin = at + index + size;
            let end = length.and_then(|length| begin.checked_add(usize::try_from(length).ok()?));
            let object = end.and_then(|end| octets.get(begin..end)).ok_or(malformed(SHORT, at))?;
            self.object(header, point.unwrap_or(0), object, fields);
            at = begin + object.len();
        }
        Ok(Some(at))
    }

    /// Points without values: a range of indexes, or all there are.
    fn range(&mut self, header: &Header) {
        if self.points.len() >= MOST_VALUES || header.count == 0 {
            return;
        }
        let (first, last) = (header.first, header.first + header.count - 1);
        let place = point_name(header.group, first);
        let text = if first == last { place } else { format!("{place}-{last}") };
        self.points.push(Value::Text(text.into()));
    }

    /// Points of one or two bits each.
    fn packed(&mut self, octets: &[u8], header: &Header, bits: usize) -> Result<usize, Malformed> {
        let length = usize::try_from(header.count).ok().and_then(|count| count.checked_mul(bits));
        let end = length.and_then(|bits| header.end.checked_add(bits.div_ceil(8)));
        let object = end.and_then(|end| octets.get(header.end..end)).ok_or(malformed(SHORT, header.end))?;
        for number in 0..header.count.min(MOST_VALUES as u64) {
            let at = usize::try_from(number).unwrap_or(0) * bits;
            let octet = u8_at(object, at / 8).unwrap_or(0) >> (at % 8);
            self.point(header, header.first + number, Some(Measure::of(octet & ((1 << bits) - 1))));
        }
        Ok(header.end + object.len())
    }

    fn point(&mut self, header: &Header, index: u64, value: Option<Measure>) {
        if self.points.len() < MOST_VALUES {
            self.points.push(Value::Text(point_name(header.group, index).into()));
        }
        if let Some(value) = value.filter(|_| self.values.len() < MOST_VALUES) {
            self.values.push(value);
        }
    }

    fn object(&mut self, header: &Header, index: u64, octets: &[u8], fields: &mut Fields) {
        match (header.group, octets) {
            (12, [code, .., status]) if octets.len() == 11 => {
                self.ended(*status);
                self.point(header, index, Some(Measure::text(Value::Str(names::control(*code)))));
            }
            (41, [.., status]) => {
                self.ended(*status);
                self.point(header, index, value(header.group, header.variation, octets));
            }
            (70, _) => file(header.variation, octets, fields),
            _ => self.point(header, index, value(header.group, header.variation, octets)),
        }
    }

    fn ended(&mut self, status: u8) {
        if status & 0x7f != 0 {
            self.failed = Some(names::control_status(status & 0x7f));
        }
    }
}

fn object_name(group: u8, variation: u8) -> Value {
    match (group, variation) {
        (60, 1) => Value::Str("g60v1"),
        (60, 2) => Value::Str("g60v2"),
        (60, 3) => Value::Str("g60v3"),
        (60, 4) => Value::Str("g60v4"),
        _ => Value::Text(format!("g{group}v{variation}").into()),
    }
}

/// A point, by what it is and its index.
fn point_name(group: u8, index: u64) -> String {
    let kind = match group {
        1 | 2 => "binary_input",
        3 | 4 => "double_bit_input",
        10..=13 => "binary_output",
        20..=23 => "counter",
        30..=34 => "analog_input",
        40..=43 => "analog_output",
        50..=52 => "time",
        80 => "indication",
        110..=113 => "octet_string",
        _ => return format!("g{group}:{index}"),
    };
    format!("{kind}:{index}")
}

/// The value of an object, by what its first octets are.
fn value(group: u8, variation: u8, octets: &[u8]) -> Option<Measure> {
    u8_at(octets, 0)?;
    let at = match (group, variation) {
        (1 | 2 | 10 | 11, _) => return Some(Measure::of(u8_at(octets, 0)? >> 7)),
        (3 | 4, _) => return Some(Measure::of(u8_at(octets, 0)? >> 6)),
        (13 | 43, _) => return None,
        (50 | 51, _) => return Some(Measure::written(little(octets, 0, 6)?)),
        // A delay, in milliseconds; the first variation has seconds.
        (52, _) => {
            let unit = if variation == 1 { 1000 } else { 1 };
            return array(octets, 0).map(|octets| Measure::of(u32::from(u16::from_le_bytes(octets)) * unit));
        }
        (110..=113, _) => return Some(Measure::text(printable(octets))),
        // Without flags: their value comes first.
        (20, 5..=8) | (21, 9..=12) | (30, 3 | 4) | (31, 5 | 6) | (34 | 41, _) => 0,
        (20..=23 | 30..=33 | 40 | 42, _) => 1,
        _ => return Some(Measure::text(Value::Text(hex(octets.get(..MOST_VALUES).unwrap_or(octets)).into()))),
    };
    let word = || array(octets, at).map(i16::from_le_bytes);
    let double = || array(octets, at).map(i32::from_le_bytes);
    let float = || array(octets, at).map(|octets| Measure::written(f32::from_le_bytes(octets)));
    let long = || array(octets, at).map(|octets| Measure::written(f64::from_le_bytes(octets)));
    match (group, variation) {
        (20..=23, _) if variation % 2 == 1 => double().map(|value| Measure::of(value.cast_unsigned())),
        (20..=23, _) => word().map(|value| Measure::of(value.cast_unsigned())),
        (30, 5) | (31, 7) | (32 | 33 | 42, 5 | 7) | (34 | 40 | 41, 3) => float(),
        (30, 6) | (31, 8) | (32 | 33 | 42, 6 | 8) | (40 | 41, 4) => long(),
        (34, 1) => word().map(Measure::of),
        (34, _) => double().map(Measure::of),
        _ if variation % 2 == 1 => double().map(Measure::of),
        _ => word().map(Measure::of),
    }
}

/// Bits of an object, of groups whose objects have a fixed size.
fn bits(group: u8, variation: u8) -> Option<usize> {
    let octets: &[u8] = match (group, variation) {
        (1 | 10 | 80, 1) | (12, 3) => return Some(1),
        (3, 1) => return Some(2),
        (1 | 3 | 10, 2) | (102, 1) => &[1, 1],
        (2 | 4, _) => &[1, 7, 3],
        (11 | 13, _) => &[1, 7],
        (12, _) => &[11, 11],
        (20, _) => &[5, 3, 5, 3, 4, 2, 4, 2],
        (21, _) => &[5, 3, 5, 3, 11, 9, 11, 9, 4, 2, 4, 2],
        (22 | 23, _) => &[5, 3, 5, 3, 11, 9, 11, 9],
        (30, _) => &[5, 3, 4, 2, 5, 9],
        (31, _) => &[5, 3, 11, 9, 4, 2, 5, 9],
        (32 | 33 | 42, _) => &[5, 3, 11, 9, 5, 9, 11, 15],
        (34, _) => &[2, 4, 4],
        (40 | 41, _) => &[5, 3, 5, 9],
        (43, _) => &[5, 3, 11, 9, 5, 9, 11, 15],
        (50, _) => &[6, 10, 6, 11],
        (51, _) => &[6, 6],
        (52, _) => &[2, 2],
        (60, _) => return Some(0),
        (81, 1) => &[3],
        (101, _) => &[2, 4, 8],
        _ => return None,
    };
    let at = usize::from(variation).checked_sub(1)?;
    octets.get(at).map(|octets| 8 * usize::from(*octets))
}

/// File objects (A.27): names where they have one.
fn file(variation: u8, octets: &[u8], fields: &mut Fields) {
    // Offset and length of the name.
    let place = match variation {
        3 | 7 => little(octets, 0, 2).zip(little(octets, 2, 2)),
        8 => Some((0, octets.len() as u64)),
        _ => None,
    };
    let Some((Ok(offset), Ok(length))) = place.map(|(a, b)| (usize::try_from(a), usize::try_from(b))) else { return };
    if let Some(name) = octets.get(offset..offset + length).filter(|name| !name.is_empty()) {
        fields.set("dnp3.file_name", printable(name));
    }
    let mode = if variation == 3 { little(octets, 20, 2) } else { None };
    if let Some(mode) = mode {
        let mode = match mode {
            0 => "delete",
            1 => "read",
            2 => "write",
            3 => "append",
            _ => "unknown",
        };
        fields.set("dnp3.file_mode", Value::Str(mode));
    }
}
