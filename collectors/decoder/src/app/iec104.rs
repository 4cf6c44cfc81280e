//! IEC 60870-5-104 (2006): telecontrol over TCP, with the ASDUs of IEC 60870-5-101.
//!
//! Theory of operation: an APDU has its length in its second octet, so what is inside can be nonsense without ending the
//! reading; it is told as `iec104.malformed`. I-format carries an ASDU, U-format starts and stops the transfer, S-format
//! only acknowledges and is not told. Sizes are those that the standard fixes for TCP: cause of two octets, common address
//! of two, object address of three.

mod objects;
mod types;

use self::types::Type;
use super::ot::{REQUEST, RESPONSE, UNSOLICITED};
use super::transactions::Transactions;
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Fields, Message, Value};
use crate::octets::{Malformed, array, malformed, u8_at};

pub static PROTOCOL: Protocol = Protocol {
    name: "iec104",
    malformed: "iec104.malformed",
    carrier: Carrier::Tcp,
    ports: &[2404],
    begins: |octet| octet == 0x68,
    recognise: |_, octets| octets == START_DT_ACT,
    begin: || Box::new(Talk::default()),
};

const START_DT_ACT: [u8; 6] = [0x68, 4, 7, 0, 0, 0];
/// Start, length and control field.
const HEADER: usize = 6;
/// Type, structure, cause and originator, common address.
const ASDU_HEADER: usize = 6;
/// Of the sequence numbers, 15 bits.
const SEQUENCE: u16 = 0x7fff;

#[derive(Debug, Default)]
struct Talk {
    /// The next send sequence number, where it is known: of the client, of the server.
    next: (Option<u16>, Option<u16>),
    /// Activations by type, common address and object.
    open: Transactions<(u8, u16, u32), ()>,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let end = match framed(octets) {
            Ok(Some(end)) => end,
            Ok(None) => return Progress::More,
            Err(error) => return Progress::Malformed(error),
        };
        let Some(apdu) = octets.get(..end) else { return Progress::More };
        match u8_at(apdu, 2).unwrap_or(0) & 3 {
            0 | 2 => out.push(self.information(side, apdu)),
            1 => {}
            _ => out.push(unnumbered(apdu)),
        }
        Progress::Used(end)
    }

    fn lost(&mut self, side: Side) -> bool {
        *self.next(side) = None;
        self.open.lost();
        true
    }
}

/// Where the APDU ends.
fn framed(octets: &[u8]) -> Result<Option<usize>, Malformed> {
    if octets.first() != Some(&0x68) {
        return Err(malformed("the start is not 0x68", 0));
    }
    match octets.get(1) {
        Some(4..=253) => Ok(octets.get(1).map(|length| usize::from(*length) + 2)),
        Some(_) => Err(malformed("the length of an APDU is from 4 to 253", 1)),
        None => Ok(None),
    }
}

/// A message, or that it is malformed, with what was read of it.
fn finish(kind: &'static str, fields: Fields, read: Result<(), Malformed>, apdu: &[u8]) -> Message {
    let Err(error) = read else { return Message::of(kind, fields) };
    let mut message = Message::malformed(PROTOCOL.malformed, error.reason, error.offset, apdu);
    fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
    message
}

/// U-format: start, stop and test, each to be confirmed.
fn unnumbered(apdu: &[u8]) -> Message {
    let (kind, function, direction) = match u8_at(apdu, 2) {
        Some(0x07) => ("iec104.start_dt_act", "start_data_transfer", REQUEST),
        Some(0x0b) => ("iec104.start_dt_con", "start_data_transfer", RESPONSE),
        Some(0x13) => ("iec104.stop_dt_act", "stop_data_transfer", REQUEST),
        Some(0x23) => ("iec104.stop_dt_con", "stop_data_transfer", RESPONSE),
        Some(0x43) => ("iec104.test_fr_act", "test_frame", REQUEST),
        Some(0x83) => ("iec104.test_fr_con", "test_frame", RESPONSE),
        _ => {
            let read = Err(malformed("the control field is of no known function", 2));
            return finish(PROTOCOL.malformed, Fields::default(), read, apdu);
        }
    };
    let mut fields = Fields::default();
    fields.set("ot.function", Value::Str(function));
    fields.set("ot.operation", Value::Str(if function == "test_frame" { "diagnose" } else { "session" }));
    fields.set("ot.direction", Value::Str(direction));
    let read = if apdu.len() == HEADER { Ok(()) } else { Err(malformed("a U-format APDU carries no data", HEADER)) };
    finish(kind, fields, read, apdu)
}

/// The header of an ASDU.
struct Asdu<'a> {
    kind: &'static Type,
    code: u8,
    /// Object addresses follow one from the other; only the first is there.
    in_sequence: bool,
    count: u8,
    cause: u8,
    address: u16,
    objects: &'a [u8],
}

impl Talk {
    fn next(&mut self, side: Side) -> &mut Option<u16> {
        match side {
            Side::Client => &mut self.next.0,
            Side::Server => &mut self.next.1,
        }
    }

    /// I-format.
    fn information(&mut self, side: Side, apdu: &[u8]) -> Message {
        let mut fields = Fields::default();
        self.numbered(side, apdu, &mut fields);
        let Some(header) = array::<ASDU_HEADER>(apdu, HEADER) else {
            let read = Err(malformed("the ASDU ends inside its header", apdu.len()));
            return finish(PROTOCOL.malformed, fields, read, apdu);
        };
        let asdu = asdu(header, apdu, &mut fields);
        let read = objects::read(&asdu, &mut fields);
        self.answered(&asdu, &mut fields);
        finish(asdu.kind.class.kind(), fields, read, apdu)
    }

    /// Sequence numbers; one that is not the next was lost, or put in by somebody else.
    fn numbered(&mut self, side: Side, apdu: &[u8], fields: &mut Fields) {
        let number = |at| array(apdu, at).map_or(0, u16::from_le_bytes) >> 1;
        let (sent, received) = (number(2), number(4));
        fields.set("iec104.send_sequence", Value::U64(sent.into()));
        fields.set("iec104.receive_sequence", Value::U64(received.into()));
        let expected = self.next(side).replace((sent + 1) & SEQUENCE);
        if expected.is_some_and(|expected| expected != sent) {
            fields.set("iec104.mismatch", Value::Str("sequence"));
        }
    }

    /// Tie confirmations to activations.
    fn answered(&mut self, asdu: &Asdu, fields: &mut Fields) {
        let [first, second, third] = array(asdu.objects, 0).unwrap_or_default();
        let key = (asdu.code, asdu.address, u32::from_le_bytes([first, second, third, 0]));
        match asdu.cause {
            ACTIVATION | DEACTIVATION => self.open.ask(key, ()),
            7 | 9 => {
                let (_, mismatch) = self.open.answer(key, asdu.objects).split();
                if let Some(mismatch) = mismatch {
                    fields.set("iec104.mismatch", Value::Str(mismatch));
                }
            }
            _ => {}
        }
    }
}

const ACTIVATION: u8 = 6;
const DEACTIVATION: u8 = 8;

fn asdu<'a>(header: [u8; ASDU_HEADER], apdu: &'a [u8], fields: &mut Fields) -> Asdu<'a> {
    let [code, structure, cause, originator, low, high] = header;
    let kind = types::known(code);
    let address = u16::from_le_bytes([low, high]);
    let asdu = Asdu {
        kind,
        code,
        in_sequence: structure & 0x80 != 0,
        count: structure & 0x7f,
        cause: cause & 0x3f,
        address,
        objects: apdu.get(HEADER + ASDU_HEADER..).unwrap_or(&[]),
    };
    let negative = cause & 0x40 != 0;
    fields.set("ot.function", Value::Str(kind.function));
    fields.set("ot.function_code", Value::U64(code.into()));
    fields.set("ot.operation", Value::Str(kind.class.operation()));
    fields.set("ot.direction", Value::Str(direction(asdu.cause)));
    fields.set("ot.unit_id", Value::U64(address.into()));
    fields.set("ot.count", Value::U64(asdu.count.into()));
    fields.set("iec104.type", Value::Str(kind.name));
    fields.set("iec104.cause", Value::Str(types::cause(asdu.cause)));
    fields.set("iec104.cause_code", Value::U64(asdu.cause.into()));
    fields.set("iec104.originator", Value::U64(originator.into()));
    if cause & 0x80 != 0 {
        fields.set("iec104.test", Value::Bool(true));
    }
    if let Some(status) = status(asdu.cause, negative) {
        fields.set("ot.status", Value::Str(status));
    }
    asdu
}

fn direction(cause: u8) -> &'static str {
    match cause {
        5 | ACTIVATION | DEACTIVATION => REQUEST,
        1..=4 => UNSOLICITED,
        _ => RESPONSE,
    }
}

/// How a confirmation ends.
fn status(cause: u8, negative: bool) -> Option<&'static str> {
    match cause {
        44..=47 => Some(types::cause(cause)),
        7 | 9 | 10 if negative => Some("negative"),
        7 | 9 | 10 => Some("success"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
