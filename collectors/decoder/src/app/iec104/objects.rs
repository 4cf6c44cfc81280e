//! Information objects: their addresses, values and qualities.

use super::super::ot::{MOST_VALUES, Measure, tell_values};
use super::types::{Class, Element};
use super::{ASDU_HEADER, Asdu, HEADER};
use crate::message::{Fields, Value};
use crate::number::Number;
use crate::octets::{Malformed, array, malformed, u8_at};

const ADDRESS: usize = 3;

/// Read what the structure announces; more of it than there are octets is malformed.
pub fn read(asdu: &Asdu, fields: &mut Fields) -> Result<(), Malformed> {
    let offset = HEADER + ASDU_HEADER;
    let Some(size) = asdu.kind.size.map(usize::from) else {
        addresses(asdu, 1, 0, fields);
        return Ok(());
    };
    let count = usize::from(asdu.count);
    addresses(asdu, count, size, fields);
    let needed = if asdu.in_sequence { ADDRESS + count * size } else { count * (ADDRESS + size) };
    let length = asdu.objects.len();
    if count == 0 {
        return Err(malformed("an ASDU has one object or more", HEADER + 1));
    }
    if length < needed {
        return Err(malformed("the objects are longer than the ASDU", offset + length));
    }
    if length > needed {
        fields.set("iec104.trailing_octets", Value::U64((length - needed) as u64));
    }
    values(asdu, count, size, fields);
    Ok(())
}

/// Where the octets of an object begin, and its address.
fn object(asdu: &Asdu, at: usize, size: usize) -> Option<(u32, usize)> {
    let begin = if asdu.in_sequence { 0 } else { at * (ADDRESS + size) };
    let [first, second, third] = array(asdu.objects, begin)?;
    let address = u32::from_le_bytes([first, second, third, 0]);
    if asdu.in_sequence {
        Some((address + u32::try_from(at).ok()?, ADDRESS + at * size))
    } else {
        Some((address, begin + ADDRESS))
    }
}

fn addresses(asdu: &Asdu, count: usize, size: usize, fields: &mut Fields) {
    let addresses = (0..count.min(MOST_VALUES)).map_while(|at| object(asdu, at, size));
    let addresses: Vec<u32> = addresses.map(|(address, _)| address).collect();
    let texts = addresses.iter().map(|&address| Value::Number(Number::decimal(address.into())));
    fields.set_all("ot.register", texts.collect());
    fields.set_all("iec104.object_address", addresses.iter().map(|&address| Value::U64(address.into())).collect());
}

/// Bits of a quality descriptor (7.2.6.3), highest first.
const QUALITY: [(u8, &str); 5] =
    [(0x80, "invalid"), (0x40, "not_topical"), (0x20, "substituted"), (0x10, "blocked"), (1, "overflow")];

fn values(asdu: &Asdu, count: usize, size: usize, fields: &mut Fields) {
    let (mut values, mut quality) = (Vec::new(), 0);
    for at in 0..count {
        let Some(octets) = object(asdu, at, size).and_then(|(_, at)| asdu.objects.get(at..at + size)) else { break };
        if let Some(value) = value(asdu.kind.element, octets).filter(|_| values.len() < MOST_VALUES) {
            values.push(value);
        }
        quality |= descriptor(asdu, octets);
    }
    tell_values("iec104.value", values, fields);
    let bad = QUALITY.iter().filter(|(bit, _)| quality & bit != 0);
    fields.set_all("iec104.quality", bad.map(|(_, name)| Value::Str(name)).collect());
    if let Some((_, at)) = object(asdu, 0, size) {
        qualifier(asdu, asdu.objects.get(at..).unwrap_or(&[]), fields);
    }
}

fn value(element: Element, octets: &[u8]) -> Option<Measure> {
    let word = || array(octets, 0).map(i16::from_le_bytes);
    let double = || array(octets, 0).map(u32::from_le_bytes);
    Some(match element {
        Element::State(bits) | Element::Order(bits) => Measure::of(u8_at(octets, 0)? & ((1 << bits) - 1)),
        // Seven bits with a sign.
        Element::Step => Measure::of((u8_at(octets, 0)? << 1).cast_signed() >> 1),
        Element::Bits => Measure::text(Value::Number(Number::hex(double()?.into(), 8))),
        Element::Normalized => Measure::written(f32::from(word()?) / 32768.0),
        Element::Scaled => Measure::of(word()?),
        Element::Float => Measure::written(f32::from_bits(double()?)),
        Element::Counter => Measure::of(double()?.cast_signed()),
        Element::Qualifier | Element::None => return None,
    })
}

/// The quality of an object in monitoring direction.
fn descriptor(asdu: &Asdu, octets: &[u8]) -> u8 {
    if asdu.kind.class != Class::Monitor {
        return 0;
    }
    let (at, mask) = match asdu.kind.element {
        Element::State(_) => (0, 0xf0),
        Element::Step => (1, 0xf1),
        Element::Normalized | Element::Scaled if octets.len() > 2 => (2, 0xf1),
        Element::Bits | Element::Float => (4, 0xf1),
        Element::Counter => (4, 0x80),
        _ => return 0,
    };
    u8_at(octets, at).unwrap_or(0) & mask
}

/// What a command or an interrogation says besides its value: to select or to execute, and how.
fn qualifier(asdu: &Asdu, octets: &[u8], fields: &mut Fields) {
    let at = match (asdu.kind.class, asdu.kind.element) {
        (Class::Command, Element::Order(_)) => 0,
        (Class::Command, Element::Normalized | Element::Scaled) => 2,
        (Class::Command, Element::Float) => 4,
        (_, Element::Qualifier) => {
            if let Some(octet) = u8_at(octets, 0) {
                fields.set("iec104.qualifier", Value::U64(octet.into()));
            }
            return;
        }
        _ => return,
    };
    if let Some(octet) = u8_at(octets, at) {
        fields.set("iec104.select", Value::Bool(octet & 0x80 != 0));
        let how = if at == 0 { octet >> 2 & 0x1f } else { octet & 0x7f };
        fields.set("iec104.qualifier", Value::U64(how.into()));
    }
}
