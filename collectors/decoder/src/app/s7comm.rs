//! S7comm over TPKT (RFC 1006) and COTP class 0 (ISO 8073), Siemens; no public standard, so names are those of Siemens'
//! manuals and of the public dissectors.
//!
//! Theory of operation: a TPKT frames a COTP TPDU; DT TPDUs carry a PDU in pieces up to the one that says it is the last.
//! A PDU begins with 0x32 (`pdu`), or with 0x72 (`s7comm_plus`); TLS, MMS and others share the port and are passed over.
//! What is well framed but holds nonsense is told as malformed, and reading goes on.

mod items;
mod names;
mod pdu;

use super::s7comm_plus;
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Message, Value, hex};
use crate::octets::{Malformed, array, malformed, u8_at, u16_at};

pub static PROTOCOL: Protocol = Protocol {
    name: "s7comm",
    malformed: "s7comm.malformed",
    carrier: Carrier::Tcp,
    ports: &[102],
    begins: |octet| octet == 3,
    recognise,
    begin: || Box::new(Talk::default()),
};

const TPKT: usize = 4;
/// Octets of a PDU that comes in several TPDUs; S7 negotiates 960 at most, TIA Portal sends larger ones.
const MOST_PIECES: usize = 65_536;
const S7COMM: u8 = 0x32;
const S7COMM_PLUS: u8 = 0x72;

/// A connection request with both TSAPs. RDP begins alike, without TSAPs.
fn recognise(_side: Side, octets: &[u8]) -> bool {
    let Some([3, 0, high, low, li, 0xe0]) = array(octets, 0) else { return false };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let whole = length == octets.len() && usize::from(li) + TPKT + 1 == length;
    whole && parameter(octets, 0xc1).is_some() && parameter(octets, 0xc2).is_some()
}

#[derive(Debug, Default)]
struct Talk {
    s7: pdu::Talk,
    plus: s7comm_plus::Talk,
    /// Pieces of a PDU: from the client, from the server.
    pieces: (Vec<u8>, Vec<u8>),
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        match framed(octets) {
            Err(error) => Progress::Malformed(error),
            Ok(None) => Progress::More,
            Ok(Some(end)) => match octets.get(..end) {
                None => Progress::More,
                Some(tpdu) => self.tpdu(side, tpdu, out),
            },
        }
    }

    fn lost(&mut self, side: Side) -> bool {
        *self.pieces(side) = Vec::new();
        self.s7.lost();
        self.plus.lost(side);
        true
    }
}

/// Where the TPKT ends.
fn framed(octets: &[u8]) -> Result<Option<usize>, Malformed> {
    if octets.first() != Some(&3) {
        return Err(malformed("the TPKT version is not 3", 0));
    }
    match u16_at(octets, 2).map(usize::from) {
        Some(length) if length < 7 => Err(malformed("the TPKT leaves no room for a TPDU", 2)),
        length => Ok(length),
    }
}

impl Talk {
    fn pieces(&mut self, side: Side) -> &mut Vec<u8> {
        match side {
            Side::Client => &mut self.pieces.0,
            Side::Server => &mut self.pieces.1,
        }
    }

    fn tpdu(&mut self, side: Side, tpdu: &[u8], out: &mut Vec<Message>) -> Progress {
        let header = TPKT + 1 + usize::from(u8_at(tpdu, TPKT).unwrap_or(0));
        let (Some(kind), Some(data)) = (u8_at(tpdu, TPKT + 1), tpdu.get(header..)) else {
            return Progress::Malformed(malformed("the TPDU's header is longer than the TPKT", TPKT));
        };
        match kind & 0xf0 {
            0xe0 => out.push(connect("cotp.connection_request", "request", tpdu)),
            0xd0 => out.push(connect("cotp.connection_confirm", "response", tpdu)),
            0x80 => out.push(disconnect(tpdu)),
            0xf0 => {
                let last = tpdu.get(TPKT + 2).is_some_and(|number| number & 0x80 != 0);
                self.data(side, data, last, out);
            }
            0x10..=0x7f | 0xc0 => {} // expedited data, acknowledgements and errors: of classes that TCP makes needless
            _ => return Progress::Malformed(malformed("the TPDU's type is unknown", TPKT + 1)),
        }
        Progress::Used(tpdu.len())
    }

    fn data(&mut self, side: Side, data: &[u8], last: bool, out: &mut Vec<Message>) {
        let mut pieces = std::mem::take(self.pieces(side));
        if pieces.is_empty() && last {
            return self.whole(side, data, out);
        }
        if pieces.len() + data.len() > MOST_PIECES {
            out.push(Message::malformed(PROTOCOL.malformed, "a PDU in pieces has no end", 0, &pieces));
            return;
        }
        pieces.extend_from_slice(data);
        if last {
            return self.whole(side, &pieces, out);
        }
        *self.pieces(side) = pieces;
    }

    fn whole(&mut self, side: Side, pdu: &[u8], out: &mut Vec<Message>) {
        match pdu.first() {
            Some(&S7COMM) => out.push(self.s7.read(side, pdu)),
            Some(&S7COMM_PLUS) => out.extend(self.plus.read(side, pdu)),
            _ => {}
        }
    }
}

/// The value of a parameter of a connection request or confirm.
fn parameter(tpdu: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut at = TPKT + 7;
    loop {
        let (code, end) = (u8_at(tpdu, at)?, at + 2 + usize::from(u8_at(tpdu, at + 1)?));
        let value = tpdu.get(at + 2..end)?;
        if code == wanted {
            return Some(value);
        }
        at = end;
    }
}

fn connect(kind: &'static str, direction: &'static str, tpdu: &[u8]) -> Message {
    let mut message = Message::new(kind);
    let fields = &mut message.fields;
    fields.set("ot.function", Value::Str("connect"));
    fields.set("ot.operation", Value::Str("session"));
    fields.set("ot.direction", Value::Str(direction));
    for (name, code) in [("cotp.calling_tsap", 0xc1), ("cotp.called_tsap", 0xc2)] {
        if let Some(tsap) = parameter(tpdu, code) {
            fields.set(name, Value::Text(tsap_text(tsap).into()));
        }
    }
    // The called TSAP of an S7-300/400 says which of its resources, in which rack and slot.
    if let Some(&[resource, place]) = parameter(tpdu, 0xc2) {
        fields.set("s7comm.connection_type", Value::Str(names::connection(resource)));
        fields.set("s7comm.rack", Value::U64((place >> 5).into()));
        fields.set("s7comm.slot", Value::U64((place & 0x1f).into()));
    }
    message
}

/// As text where it is one, such as `SIMATIC-ROOT-ES`; as hex otherwise.
fn tsap_text(tsap: &[u8]) -> String {
    let text = std::str::from_utf8(tsap).ok().filter(|text| text.chars().all(|c| c.is_ascii_graphic()));
    text.filter(|text| text.len() > 2).map_or_else(|| hex(tsap), Into::into)
}

fn disconnect(tpdu: &[u8]) -> Message {
    let mut message = Message::new("cotp.disconnect_request");
    message.fields.set("ot.function", Value::Str("disconnect"));
    message.fields.set("ot.operation", Value::Str("session"));
    message.fields.set("ot.direction", Value::Str("request"));
    if let Some(reason) = u8_at(tpdu, TPKT + 6) {
        message.fields.set("cotp.reason", Value::U64(reason.into()));
    }
    message
}

#[cfg(test)]
mod tests;
