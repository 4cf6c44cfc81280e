//! TLS, RFC 8446 and RFC 5246: what is said before the secrets start.
//!
//! Theory of operation: a record is read when it is whole; the handshake messages in it may begin and end anywhere, so
//! each side has a bounded buffer of what is not whole yet. ClientHello and ServerHello are always in clear, the
//! certificates up to TLS 1.2. With the first ChangeCipherSpec or application data a side has said what can be read.

mod certificate;
mod hello;
mod ja4;
mod names;

use std::sync::Arc;

use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Message, Value};
use crate::octets::{Cursor, Malformed, malformed};

pub static PROTOCOL: Protocol = Protocol {
    name: "tls",
    malformed: "tls.malformed",
    carrier: Carrier::Tcp,
    ports: &[443, 465, 636, 853, 993, 995, 8443, 8883],
    begins: |octet| octet == HANDSHAKE,
    recognise,
    begin: || Box::new(Talk::default()),
};

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;

/// Octets of a record: 2^14, and what TLS 1.2 lets encryption add.
const LONGEST_RECORD: usize = 16_384 + 2_048;
/// Octets of a handshake message: certificate chains are the longest, and are under a quarter of it.
const LONGEST_HANDSHAKE: usize = 65_536;

/// A record with the hello of this side in it; six octets are hard to meet by chance.
fn recognise(side: Side, octets: &[u8]) -> bool {
    let hello = if side == Side::Client { CLIENT_HELLO } else { SERVER_HELLO };
    let [kind, major, minor, high, low, message, ..] = octets else { return false };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    *kind == HANDSHAKE && *major == 3 && *minor <= 4 && (4..=LONGEST_RECORD).contains(&length) && *message == hello
}

#[derive(Debug, Default)]
struct Talk {
    client: Handshake,
    server: Handshake,
    /// Said again beside the server's answers, so that they can be judged together.
    server_name: Option<Arc<str>>,
}

/// Handshake octets of one side that are no whole message yet.
#[derive(Debug, Default)]
struct Handshake {
    pending: Vec<u8>,
    /// This side sent a ClientHello.
    is_client: bool,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let mut at = Cursor::new(octets);
        let head = (at.u8(), at.u8(), at.u8(), at.u16());
        match head {
            (Some(kind), ..) if !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(&kind) => {
                return Progress::Malformed(malformed("the content type is none of TLS", 0));
            }
            (_, Some(major), ..) if major != 3 => {
                return Progress::Malformed(malformed("the version is none of TLS", 1));
            }
            _ => {}
        }
        let (Some(kind), _, _, Some(length)) = head else { return Progress::More };
        if usize::from(length) > LONGEST_RECORD {
            return Progress::Malformed(malformed("the record is longer than any may be", 3));
        }
        if !matches!(kind, HANDSHAKE | ALERT) {
            return Progress::Done; // whatever is in it
        }
        let Some(body) = at.take(usize::from(length)) else { return Progress::More };
        self.record(side, kind, body, out).unwrap_or(Progress::Used(at.at()))
    }

    fn lost(&mut self, side: Side) -> bool {
        self.side(side).pending = Vec::new();
        true
    }
}

impl Talk {
    fn side(&mut self, side: Side) -> &mut Handshake {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// What a record's content makes of the stream, if it does not simply go on.
    fn record(&mut self, side: Side, kind: u8, body: &[u8], out: &mut Vec<Message>) -> Option<Progress> {
        match kind {
            HANDSHAKE => self.handshake(side, body, out).err().map(Progress::Malformed),
            ALERT => {
                out.push(alert(body)?);
                None
            }
            _ => Some(Progress::Done),
        }
    }

    fn handshake(&mut self, side: Side, body: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
        let mut whole = std::mem::take(&mut self.side(side).pending);
        if whole.is_empty() {
            let left = self.messages(side, body, out)?;
            self.side(side).pending = left.to_vec();
        } else {
            whole.extend_from_slice(body);
            let left = self.messages(side, &whole, out)?.len();
            whole.drain(..whole.len().saturating_sub(left));
            self.side(side).pending = whole;
        }
        Ok(())
    }

    /// Read what is whole; gives what is left.
    fn messages<'a>(&mut self, side: Side, octets: &'a [u8], out: &mut Vec<Message>) -> Result<&'a [u8], Malformed> {
        let mut at = Cursor::new(octets);
        while let Some((kind, message)) = next(&mut at)? {
            self.message(side, kind, message, out)?;
        }
        Ok(at.rest())
    }

    fn message(&mut self, side: Side, kind: u8, body: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
        match kind {
            CLIENT_HELLO => {
                let (message, server_name) = hello::client(body)?;
                self.side(side).is_client = true;
                self.server_name = server_name;
                out.push(message);
            }
            SERVER_HELLO => out.push(hello::server(body, self.server_name.clone())?),
            CERTIFICATE if !body.is_empty() => {
                let is_client = self.side(side).is_client;
                if let Some(mut message) = certificate::read(body, is_client)? {
                    hello::named(self.server_name.as_deref(), &mut message.fields);
                    out.push(message);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The next handshake message, if it is whole.
fn next<'a>(at: &mut Cursor<'a>) -> Result<Option<(u8, &'a [u8])>, Malformed> {
    let mut reader = *at;
    let (Some(kind), Some([high, middle, low])) = (reader.u8(), reader.fixed()) else { return Ok(None) };
    let length = u32::from_be_bytes([0, high, middle, low]) as usize;
    if length > LONGEST_HANDSHAKE {
        return Err(malformed("the handshake message is longer than any may be", at.at() + 1));
    }
    let Some(body) = reader.take(length) else { return Ok(None) };
    *at = reader;
    Ok(Some((kind, body)))
}

/// An alert in clear; an encrypted one is longer than two octets, and says nothing.
fn alert(body: &[u8]) -> Option<Message> {
    let [level, description] = body else { return None };
    let mut message = Message::new("tls.alert");
    let level = if *level == 2 { "fatal" } else { "warning" };
    message.fields.set("tls.alert.level", Value::Str(level));
    message.fields.set("tls.alert.description", names::alert(*description));
    Some(message)
}

#[cfg(test)]
mod tests;
