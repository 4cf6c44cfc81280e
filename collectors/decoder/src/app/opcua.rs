//! OPC UA over TCP in its binary encoding (OPC 10000-6): channels, sessions, and what is done in them while it is not
//! encrypted.
//!
//! Theory of operation: a stream is chunks, each with its size. A message of several chunks is told from its first, which
//! has the service, the header and most of what matters; the others are passed over. Whether messages are encrypted, only
//! an encrypted part of the handshake says, so with any policy but `None` a message is told if it begins like a service:
//! one in the clear does (mode Sign), and one that is encrypted does so once in 2^25 times.

mod bodies;
mod names;
mod types;

use super::ot::{self, Function, function};
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, malformed};

use types::{NodeId, say, string};

pub static PROTOCOL: Protocol = Protocol {
    name: "opcua",
    malformed: "opcua.malformed",
    carrier: Carrier::Tcp,
    ports: &[4840],
    begins: |octet| matches!(octet, b'H' | b'O' | b'R' | b'A'),
    recognise: |side, octets| is_hello(side, octets),
    begin: || Box::new(Talk::default()),
};

const HEADER: usize = 8;
/// A chunk may have what both ends agree upon; nobody agrees upon more.
const MOST_SIZE: u32 = 0x0400_0000;
/// Octets read of one chunk.
const MOST_READ: usize = 16_384;
/// Octets of a hello: five numbers, and an address of 4096 at most (7.1.2.3).
const HELLO: std::ops::RangeInclusive<u32> = 32..=4_128;

const HELLO_FUNCTION: Function = function("opcua.hello", "hello", "session");
const ACKNOWLEDGE: Function = function("opcua.acknowledge", "acknowledge", "session");
const REVERSE_HELLO: Function = function("opcua.reverse_hello", "reverse_hello", "session");
const ERROR: Function = function("opcua.error", "error", "session");
const ABORT: Function = function("opcua.abort", "abort", "session");

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Security {
    /// The channel was opened before we looked.
    #[default]
    Unknown,
    None,
    Protected,
}

#[derive(Debug, Default)]
struct Talk {
    security: Security,
    /// Who made the session, as it calls itself.
    application: Option<Value>,
    /// The request whose chunks are still to come, from either side.
    client: Option<u32>,
    server: Option<u32>,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let mut at = Cursor::new(octets);
        let (Some([a, b, c, chunk]), Some(size)) = (at.fixed(), at.le32()) else { return Progress::More };
        let kind = [a, b, c];
        let whole_message = matches!(&kind, b"HEL" | b"ACK" | b"ERR" | b"RHE");
        if !whole_message && !matches!(&kind, b"OPN" | b"MSG" | b"CLO") {
            return Progress::Malformed(malformed("unknown message type", 0));
        }
        if !matches!(chunk, b'F' | b'C' | b'A') || whole_message && chunk != b'F' {
            return Progress::Malformed(malformed("unknown chunk type", 3));
        }
        let Some(end) = usize::try_from(size).ok().filter(|end| *end > HEADER && size <= MOST_SIZE) else {
            return Progress::Malformed(malformed("no such size of a chunk", 4));
        };
        let seen = end.min(MOST_READ);
        let Some(packet) = octets.get(..seen) else { return Progress::More };
        let mut at = Cursor::new(packet).moved(HEADER);
        let cut = seen < end || chunk == b'C';
        if self.chunk(side, kind, chunk, &mut at, out).is_none() && !cut && self.is_readable(&kind) {
            out.push(Message::malformed("opcua.malformed", "the message ends inside a field", at.at(), packet));
        }
        Progress::Used(end)
    }

    fn lost(&mut self, side: Side) -> bool {
        *self.under_way(side) = None;
        true
    }
}

impl Talk {
    fn under_way(&mut self, side: Side) -> &mut Option<u32> {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Whether what cannot be read is wrong, and not just encrypted.
    fn is_readable(&self, kind: &[u8; 3]) -> bool {
        !matches!(kind, b"OPN" | b"MSG" | b"CLO") || self.security == Security::None
    }

    fn chunk(&mut self, side: Side, kind: [u8; 3], chunk: u8, at: &mut Cursor, out: &mut Vec<Message>) -> Option<()> {
        match &kind {
            b"HEL" => tell(HELLO_FUNCTION, ot::REQUEST, out, |fields| {
                at.take(20)?; // version and limits
                say(fields, "opcua.endpoint_url", string(at)?);
                Some(())
            }),
            b"ACK" => tell(ACKNOWLEDGE, ot::RESPONSE, out, |_| at.take(20).map(drop)),
            b"RHE" => tell(REVERSE_HELLO, ot::UNSOLICITED, out, |fields| {
                say(fields, "opcua.server_uri", string(at)?);
                say(fields, "opcua.endpoint_url", string(at)?);
                Some(())
            }),
            b"ERR" => tell(ERROR, ot::RESPONSE, out, |fields| error(at, fields)),
            b"OPN" => self.open(side, at, out),
            _ => self.message(side, chunk, at, out),
        }
    }

    /// 6.7.2.3: the policy is never encrypted, what follows is unless the policy is `None`.
    fn open(&mut self, side: Side, at: &mut Cursor, out: &mut Vec<Message>) -> Option<()> {
        let (kind, direction) = match side {
            Side::Client => ("opcua.open_secure_channel", ot::REQUEST),
            Side::Server => ("opcua.open_secure_channel_response", ot::RESPONSE),
        };
        tell(function(kind, "open_secure_channel", "session"), direction, out, |fields| {
            fields.set("opcua.secure_channel_id", Value::U64(u64::from(at.le32()?)));
            let policy = string(at)?;
            say(fields, "opcua.security_policy", policy);
            fields.set("opcua.certificate_present", Value::Bool(!string(at)?.is_empty()));
            string(at)?; // whose certificate it is encrypted for
            self.security = if policy.ends_with(b"#None") { Security::None } else { Security::Protected };
            if self.security == Security::Protected {
                return Some(());
            }
            at.le32()?; // sequence number
            fields.set("ot.transaction_id", Value::U64(u64::from(at.le32()?)));
            let id = NodeId::read(at)?.standard()?;
            fields.set("ot.function_code", Value::U64(u64::from(id)));
            body(id, direction, at, fields)
        })
    }

    fn message(&mut self, side: Side, chunk: u8, at: &mut Cursor, out: &mut Vec<Message>) -> Option<()> {
        let (_channel, _token, _sequence, request) = (at.le32()?, at.le32()?, at.le32()?, at.le32()?);
        let under_way = self.under_way(side);
        let follows = *under_way == Some(request);
        *under_way = (chunk == b'C').then_some(request);
        if chunk == b'A' && self.security == Security::None {
            return tell(ABORT, ot::UNSOLICITED, out, |fields| error(at, fields));
        }
        if follows || chunk == b'A' {
            return Some(());
        }
        let id = NodeId::read(at)?.standard()?;
        let (function, direction) = match names::service(id) {
            Some(service) => service,
            None if self.security == Security::None => (names::UNKNOWN, ot::UNSOLICITED),
            None => return Some(()),
        };
        tell(function, direction, out, |fields| {
            fields.set("ot.function_code", Value::U64(u64::from(id)));
            fields.set("ot.transaction_id", Value::U64(u64::from(request)));
            body(id, direction, at, fields)?;
            self.remember(id, function, direction, fields);
            Some(())
        })
    }

    /// Who makes a session does what is done in it.
    fn remember(&mut self, id: u32, function: Function, direction: &str, fields: &mut Fields) {
        let does = matches!(function.operation, "write" | "control" | "program" | "session");
        if id == 461 {
            self.application = fields.get("opcua.application_uri").cloned();
        } else if let (ot::REQUEST, true, Some(application)) = (direction, does, &self.application) {
            fields.set("opcua.application_uri", application.clone());
        }
    }
}

/// Push a message with what is read of it, whole or not.
fn tell(
    function: Function,
    direction: &'static str,
    out: &mut Vec<Message>,
    read: impl FnOnce(&mut Fields) -> Option<()>,
) -> Option<()> {
    let mut message = Message::new(function.kind);
    let fields = &mut message.fields;
    fields.set("ot.function", Value::Str(function.name));
    if !function.operation.is_empty() {
        fields.set("ot.operation", Value::Str(function.operation));
    }
    fields.set("ot.direction", Value::Str(direction));
    let whole = read(fields);
    out.push(message);
    whole
}

fn body(id: u32, direction: &str, at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    if direction == ot::REQUEST {
        bodies::request_header(at)?;
        return bodies::request(id, at, fields);
    }
    if direction == ot::RESPONSE {
        let result = bodies::response_header(at)?;
        fields.set("ot.status", Value::Str(names::status(result)));
        if result >> 31 == 0 {
            let operation = bodies::response(id, at, fields)?;
            fields.set("ot.status", Value::Str(names::status(operation)));
        }
    }
    Some(())
}

fn error(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    fields.set("ot.status", Value::Str(names::status(at.le32()?)));
    say(fields, "opcua.reason", string(at)?);
    Some(())
}

fn is_hello(side: Side, octets: &[u8]) -> bool {
    let mut at = Cursor::new(octets);
    let (kind, size) = (at.fixed::<4>(), at.le32().unwrap_or(0));
    match (side, kind.as_ref()) {
        (Side::Client, Some(b"HELF")) => HELLO.contains(&size) && at.le32() == Some(0),
        (Side::Client, Some(b"OPNF")) => (80..=0x1_0000).contains(&size),
        (Side::Client, Some(b"RHEF")) => (16..=8_208).contains(&size),
        (Side::Server, Some(b"ACKF")) => size == 28,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
