//! GOOSE, IEC 61850-8-1: what a protection device tells all others, right on Ethernet.
//!
//! Theory of operation: a header of eight octets (annex C), then one BER-coded `IECGoosePdu` (annex A) whose elements are
//! known by their context tags. A device repeats its state all the time: `stNum` grows when the state changes, `sqNum` with
//! each repetition, and whoever forges a frame must get both right.

use super::FrameProtocol;
use crate::identifiers::{decimal, head, hex_text};
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, Malformed, array, malformed};

pub static PROTOCOL: FrameProtocol =
    FrameProtocol { name: "goose", malformed: "goose.malformed", ethertypes: &[0x88b8], read };

/// Octets of the header, which its length counts too.
const HEADER: usize = 8;
/// `IECGoosePdu`, [APPLICATION 1]; the management PDU beside it says nothing of a state.
const GOOSE_PDU: u8 = 0x61;
/// Octets told of a text; references have 129 at most.
const MOST_TEXT: usize = 129;
/// Values told of one PDU.
const MOST_VALUES: usize = 16;
/// Octets told of a value that has no text form here.
const MOST_OCTETS: usize = 16;
/// Structures inside structures.
const MOST_DEEP: u8 = 4;

fn read(octets: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
    let mut at = Cursor::new(octets);
    let short = malformed("the frame ends inside the header", octets.len());
    let (appid, length) = (at.u16().ok_or(short)?, usize::from(at.u16().ok_or(short)?));
    let flags = at.u32().ok_or(short)?;
    let size = length.checked_sub(HEADER).ok_or(malformed("the length is shorter than the header", 2))?;
    let mut inside = at.within(size).ok_or(malformed("the frame is shorter than its length", 2))?;
    let (tag, mut pdu) = element(&mut inside).ok_or(malformed("the PDU is longer than the frame", HEADER))?;
    if tag != GOOSE_PDU {
        return Ok(());
    }
    let mut message = Message::new("goose.publish");
    let fields = &mut message.fields;
    fields.set("ot.function", Value::Str("publish"));
    fields.set("ot.operation", Value::Str("report"));
    fields.set("ot.direction", Value::Str("unsolicited"));
    fields.set("goose.appid", Value::U64(u64::from(appid)));
    fields.set("goose.simulation", Value::Bool(flags & 0x8000_0000 != 0));
    while !pdu.rest().is_empty() {
        let start = pdu.at();
        let told = element(&mut pdu).and_then(|(tag, value)| tell(tag, value, fields));
        told.ok_or(malformed("an element is longer than what holds it, or too short", start))?;
    }
    out.push(message);
    Ok(())
}

/// One element of the PDU, by its context tag.
fn tell(tag: u8, mut value: Cursor, fields: &mut Fields) -> Option<()> {
    let octets = value.rest();
    match tag {
        0x80 => fields.set("goose.gocb_ref", head(octets, MOST_TEXT)),
        0x81 => fields.set("goose.time_allowed_to_live", Value::U64(unsigned(octets)?)),
        0x82 => fields.set("goose.dat_set", head(octets, MOST_TEXT)),
        0x83 => fields.set("goose.go_id", head(octets, MOST_TEXT)),
        0x84 => fields.set("goose.t", Value::U64(nanoseconds(octets)?)),
        0x85 => fields.set("goose.st_num", Value::U64(unsigned(octets)?)),
        0x86 => fields.set("goose.sq_num", Value::U64(unsigned(octets)?)),
        0x87 => fields.set("goose.test", Value::Bool(*octets.first()? != 0)),
        0x88 => fields.set("goose.conf_rev", Value::U64(unsigned(octets)?)),
        0x89 => fields.set("goose.nds_com", Value::Bool(*octets.first()? != 0)),
        0x8a => fields.set("ot.count", Value::U64(unsigned(octets)?)),
        0xab => {
            let mut values = Vec::new();
            all_data(&mut value, &mut values, 0)?;
            fields.set_all("ot.value", values);
        }
        _ => {} // security of IEC 62351, extensions
    }
    Some(())
}

/// The values of the data set, structures opened.
fn all_data(at: &mut Cursor, values: &mut Vec<Value>, depth: u8) -> Option<()> {
    while !at.rest().is_empty() {
        let (tag, mut value) = element(at)?;
        match tag {
            0xa1 | 0xa2 if depth < MOST_DEEP => all_data(&mut value, values, depth + 1)?,
            _ if values.len() < MOST_VALUES => values.push(datum(tag, value.rest())?),
            _ => {}
        }
    }
    Some(())
}

/// A value of MMS's `Data`, ISO 9506-2.
fn datum(tag: u8, octets: &[u8]) -> Option<Value> {
    Some(match tag {
        0x83 => Value::Str(if *octets.first()? == 0 { "false" } else { "true" }),
        0x85 => Value::Text(signed(octets)?.to_string().into()),
        0x86 => decimal(unsigned(octets)?),
        0x87 => match array::<5>(octets, 0) {
            Some([_, bits @ ..]) => Value::Text(f32::from_be_bytes(bits).to_string().into()),
            None => hex(octets),
        },
        0x8a | 0x90 => head(octets, MOST_TEXT),
        _ => hex(octets),
    })
}

fn hex(octets: &[u8]) -> Value {
    hex_text(octets.get(..MOST_OCTETS).unwrap_or(octets))
}

/// A tag of one octet, and what it holds.
fn element<'a>(at: &mut Cursor<'a>) -> Option<(u8, Cursor<'a>)> {
    let (tag, first) = (at.u8()?, at.u8()?);
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81..=0x84 => usize::try_from(unsigned(at.take(usize::from(first & 0x7f))?)?).ok()?,
        _ => return None,
    };
    Some((tag, at.within(length)?))
}

/// An INTEGER that is not negative; it may have a leading zero.
fn unsigned(octets: &[u8]) -> Option<u64> {
    (1..=9).contains(&octets.len()).then_some(())?;
    Some(octets.iter().fold(0, |value: u64, octet| value << 8 | u64::from(*octet)))
}

fn signed(octets: &[u8]) -> Option<i64> {
    (1..=8).contains(&octets.len()).then_some(())?;
    let start = if octets.first()? & 0x80 == 0 { 0 } else { -1 };
    Some(octets.iter().fold(start, |value, octet| value << 8 | i64::from(*octet)))
}

/// `UtcTime`: seconds, a binary fraction of 24 bits, and how good the clock is.
fn nanoseconds(octets: &[u8]) -> Option<u64> {
    let [a, b, c, d, e, f, g, _quality] = array(octets, 0)?;
    let fraction = u64::from(u32::from_be_bytes([0, e, f, g]));
    Some(u64::from(u32::from_be_bytes([a, b, c, d])) * 1_000_000_000 + ((fraction * 1_000_000_000) >> 24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::mutants;

    fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
        assert!(value.len() < 128);
        [&[tag, value.len() as u8], value].concat()
    }

    fn data() -> Vec<u8> {
        let position = [tlv(0x84, &[6, 0x40]), tlv(0x84, &[3, 0, 0])].concat();
        let values =
            [tlv(0x83, &[1]), tlv(0xa2, &position), tlv(0x85, &[0xff, 0x38]), tlv(0x87, &[8, 0x42, 0x29, 0, 0])];
        values.concat()
    }

    /// A frame of a breaker's control block, made by hand after IEC 61850-8-1, annex A.
    fn frame(data: &[u8]) -> Vec<u8> {
        let elements = [
            tlv(0x80, b"IED1LD0/LLN0$GO$trip"),
            tlv(0x81, &[0x07, 0xd0]),
            tlv(0x82, b"IED1LD0/LLN0$ds"),
            tlv(0x83, b"trip"),
            tlv(0x84, &[0x65, 0, 0, 0, 0x80, 0, 0, 0x0a]),
            tlv(0x85, &[0, 0x81]),
            tlv(0x86, &[3]),
            tlv(0x87, &[0]),
            tlv(0x88, &[1]),
            tlv(0x89, &[0xff]),
            tlv(0x8a, &[4]),
            tlv(0xab, data),
        ];
        let body = elements.concat();
        let pdu = [&[GOOSE_PDU, 0x81, body.len() as u8], &body[..]].concat();
        let length = ((HEADER + pdu.len()) as u16).to_be_bytes();
        [&[0x10, 0x01][..], &length, &[0x80, 0, 0, 0], &pdu].concat()
    }

    fn told(octets: &[u8]) -> Result<Vec<Message>, Malformed> {
        let mut out = Vec::new();
        read(octets, &mut out).map(|()| out)
    }

    #[test]
    fn a_frame_is_told() {
        let [message] = &told(&frame(&data())).unwrap()[..] else { panic!("one message") };
        assert_eq!(message.kind, "goose.publish");
        for (field, expected) in [
            ("goose.appid", Value::U64(0x1001)),
            ("goose.simulation", Value::Bool(true)),
            ("goose.gocb_ref", Value::Text("IED1LD0/LLN0$GO$trip".into())),
            ("goose.dat_set", Value::Text("IED1LD0/LLN0$ds".into())),
            ("goose.go_id", Value::Text("trip".into())),
            ("goose.time_allowed_to_live", Value::U64(2_000)),
            ("goose.t", Value::U64(0x6500_0000 * 1_000_000_000 + 500_000_000)),
            ("goose.st_num", Value::U64(129)),
            ("goose.sq_num", Value::U64(3)),
            ("goose.test", Value::Bool(false)),
            ("goose.conf_rev", Value::U64(1)),
            ("goose.nds_com", Value::Bool(true)),
            ("ot.count", Value::U64(4)),
        ] {
            assert_eq!(message.fields.get(field), Some(&expected), "{field}");
        }
    }

    #[test]
    fn values_are_told_with_structures_opened() {
        let [message] = &told(&frame(&data())).unwrap()[..] else { panic!("one message") };
        let expected = ["true", "0640", "030000", "-200", "42.25"];
        let Some(Value::List(values)) = message.fields.get("ot.value") else { panic!("values") };
        let shown: Vec<String> = values.iter().map(Value::to_string).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn padding_is_passed_over_and_management_is_quiet() {
        let padded = [frame(&data()), vec![0; 20]].concat();
        assert_eq!(told(&padded), told(&frame(&data())));
        let mut management = frame(&data());
        management[HEADER] = 0x60;
        assert_eq!(told(&management), Ok(Vec::new()));
    }

    #[test]
    fn lengths_that_lie_are_malformed() {
        let good = frame(&data());
        let with = |at: usize, octet: u8| {
            let mut bad = good.clone();
            bad[at] = octet;
            told(&bad)
        };
        assert_eq!(told(&good[..7]).unwrap_err().reason, "the frame ends inside the header");
        assert_eq!(told(&good[..40]).unwrap_err().reason, "the frame is shorter than its length");
        assert_eq!(with(3, 7).unwrap_err().reason, "the length is shorter than the header");
        assert_eq!(with(HEADER + 2, 0xff).unwrap_err().reason, "the PDU is longer than the frame");
        assert_eq!(with(HEADER + 4, 0x7f).unwrap_err().offset, HEADER + 3);
    }

    #[test]
    fn mutants_never_panic() {
        mutants(&frame(&data()), |mutant| drop(told(mutant)));
        let deep = (0..60).fold(tlv(0x83, &[1]), |inner, _| if inner.len() < 100 { tlv(0xa2, &inner) } else { inner });
        mutants(&frame(&deep), |mutant| drop(told(mutant)));
    }
}
