//! What stands behind the path of a request, or the status of an answer, where it matters.

use super::names::{self, Service};
use super::{MOST_VALUES, Told};
use crate::app::ot::Measure;
use crate::identifiers::hex_text;
use crate::message::Value;
use crate::octets::Cursor;

/// Octets told of a value that has no type.
const MOST_OCTETS: usize = 32;

pub fn request(service: Service, octets: &[u8], told: &mut Told) -> Option<()> {
    let mut at = Cursor::new(octets);
    match service {
        names::FORWARD_OPEN => forward_open(&mut at, 2, told),
        names::LARGE_FORWARD_OPEN => forward_open(&mut at, 4, told),
        names::RESET => {
            told.more.set("cip.reset_type", Value::U64(u64::from(at.u8().unwrap_or(0))));
            Some(())
        }
        names::SET_ATTRIBUTE_SINGLE => {
            told.values.push(Measure::text(hex_text(octets.get(..MOST_OCTETS).unwrap_or(octets))));
            Some(())
        }
        names::WRITE_TAG | names::WRITE_TAG_FRAGMENTED => {
            let kind = data_type(&mut at)?;
            told.count = u64::from(at.le16()?);
            if service == names::WRITE_TAG_FRAGMENTED {
                at.le32()?; // where in the array
            }
            values(kind, &mut at, told);
            Some(())
        }
        names::READ_MODIFY_WRITE_TAG => {
            let width = usize::from(at.le16()?);
            for _mask in ["or", "and"] {
                let mask = at.take(width)?;
                told.values.push(Measure::text(hex_text(mask.get(..MOST_OCTETS).unwrap_or(mask))));
            }
            Some(())
        }
        names::EXECUTE_PCCC => pccc(&mut at, told),
        _ => Some(()),
    }
}

pub fn response(service: Service, octets: &[u8], told: &mut Told) {
    let mut at = Cursor::new(octets);
    match service {
        names::READ_TAG => {
            if let Some(kind) = data_type(&mut at) {
                values(kind, &mut at, told);
            }
        }
        names::EXECUTE_PCCC => drop(pccc_status(&mut at, told)),
        _ => {}
    }
}

/// A structure's type has a handle behind it.
fn data_type(at: &mut Cursor) -> Option<u16> {
    let kind = at.le16()?;
    if kind == 0x02a0 {
        at.le16()?;
    }
    Some(kind)
}

/// Values of an elementary type, volume 1, C-6.
fn values(kind: u16, at: &mut Cursor, told: &mut Told) {
    while told.values.len() < MOST_VALUES {
        let Some(value) = value(kind, at) else { break };
        told.values.push(value);
    }
}

fn value(kind: u16, at: &mut Cursor) -> Option<Measure> {
    Some(match kind {
        0xc1 => Measure::text(Value::Str(if at.u8()? == 0 { "false" } else { "true" })),
        0xc2 => Measure::of(i8::from_le_bytes(at.fixed()?)),
        0xc3 => Measure::of(i16::from_le_bytes(at.fixed()?)),
        0xc4 => Measure::of(i32::from_le_bytes(at.fixed()?)),
        0xc5 => Measure::written(i64::from_le_bytes(at.fixed()?)),
        0xc6 | 0xd1 => Measure::of(at.u8()?),
        0xc7 | 0xd2 => Measure::of(at.le16()?),
        0xc8 | 0xd3 => Measure::of(at.le32()?),
        0xc9 | 0xd4 => Measure::written(u64::from_le_bytes(at.fixed()?)),
        0xca => Measure::written(f32::from_le_bytes(at.fixed()?)),
        0xcb => Measure::written(f64::from_le_bytes(at.fixed()?)),
        _ => return None,
    })
}

/// Volume 1, 3-5.5.2: who opens a connection. `width` is that of the network parameters.
fn forward_open(at: &mut Cursor, width: usize, told: &mut Told) -> Option<()> {
    at.take(10)?; // time-out, and the identifiers of both directions, one of which the target is to choose
    let (connection, vendor, originator) = (at.le16()?, at.le16()?, at.le32()?);
    at.take(4)?; // time-out multiplier
    let (_interval, _parameters) = (at.le32()?, at.take(width)?);
    let (_interval, _parameters) = (at.le32()?, at.take(width)?);
    let transport = at.u8()?;
    told.more.set("cip.connection_serial_number", Value::U64(u64::from(connection)));
    told.more.set("cip.originator_vendor_id", Value::U64(u64::from(vendor)));
    told.more.set("cip.originator_serial_number", Value::U64(u64::from(originator)));
    told.more.set("cip.transport_class", Value::U64(u64::from(transport & 0x0f)));
    Some(())
}

/// Who asks, then a command of PCCC.
fn pccc(at: &mut Cursor, told: &mut Told) -> Option<()> {
    let length = at.u8()?.checked_sub(1)?;
    at.take(usize::from(length))?;
    let (command, _status, _transaction) = (at.u8()? & 0x0f, at.u8()?, at.le16()?);
    let function = if matches!(command, 0x06 | 0x07 | 0x0f) { at.u8()? } else { 0 };
    let (name, operation) = names::pccc(command, function);
    told.more.set("cip.pccc.command", Value::U64(u64::from(command)));
    told.more.set("cip.pccc.function_code", Value::U64(u64::from(function)));
    told.more.set("cip.pccc.function", Value::Str(name));
    told.more.set("ot.operation", Value::Str(operation));
    Some(())
}

fn pccc_status(at: &mut Cursor, told: &mut Told) -> Option<()> {
    let length = at.u8()?.checked_sub(1)?;
    at.take(usize::from(length))?;
    at.u8()?;
    told.more.set("cip.pccc.status", Value::U64(u64::from(at.u8()?)));
    Some(())
}
