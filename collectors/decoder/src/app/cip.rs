//! CIP (volume 1): requests and answers of the message router, as EtherNet/IP carries them.
//!
//! Theory of operation: a request is a service, a path and data; an answer has the service with its top bit set and a
//! status, but no path, so that requests are remembered until they are answered. What carries other requests is opened:
//! an Unconnected Send, and a Multiple Service Packet, in which reads that follow one another are told as one, because
//! clients poll dozens of tags with one packet. A request that cannot be read is `cip.malformed`; the encapsulation around
//! it is whole, and reading goes on.

mod data;
mod names;
mod path;

use std::collections::VecDeque;

use super::ot::{Measure, tell_values};
use crate::message::{Fields, Message, Value};
use crate::octets::Cursor;

use names::Service;
use path::Path;

/// Requests remembered until they are answered, and messages read of one list.
const MOST_ASKED: usize = 256;
/// Messages told of one packet.
const MOST_MESSAGES: usize = 16_384;
/// Values and registers told of one message.
const MOST_VALUES: usize = 16;
/// A list in an Unconnected Send has depth 2.
const MOST_DEEP: u8 = 3;
const RESPONSE: u8 = 0x80;

/// What ties an answer to its request: who gave which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    session: u32,
    connected: bool,
    number: u64,
}

impl Transaction {
    pub fn connected(session: u32, sequence: u16) -> Self {
        Self { session, connected: true, number: u64::from(sequence) }
    }

    /// The context is eight octets of the sender's choice; the top bit is left out, so that it fits a signed number.
    pub fn unconnected(session: u32, context: u64) -> Self {
        Self { session, connected: false, number: context & (u64::MAX >> 1) }
    }
}

/// The message router of one conversation.
#[derive(Debug, Default)]
pub struct Router {
    asked: VecDeque<Asked>,
}

#[derive(Debug)]
struct Asked {
    transaction: Transaction,
    code: u8,
    service: Service,
    class: Option<u32>,
    register: Option<Value>,
}

impl Router {
    /// Push what one message says, or carries.
    pub fn read(&mut self, transaction: Transaction, octets: &[u8], out: &mut Vec<Message>) {
        let mut reading = Reading { router: self, transaction, told: Vec::new() };
        let whole = reading.message(octets, 0);
        out.extend(reading.told.into_iter().map(|told| told.message(transaction)));
        if whole.is_none() {
            out.push(Message::malformed("cip.malformed", "a message ends inside a field", 0, octets));
        }
    }

    fn ask(&mut self, asked: Asked) {
        if self.asked.len() == MOST_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    /// What the answer is about: answers in a list have the order of the requests.
    fn answered(&mut self, transaction: Transaction, code: u8) -> Asked {
        let at = self.asked.iter().position(|asked| asked.transaction == transaction && asked.code == code);
        let unasked = || Asked { transaction, code, service: names::service(None, code), class: None, register: None };
        at.and_then(|at| self.asked.remove(at)).unwrap_or_else(unasked)
    }
}

/// What is told of one request or answer, or of several reads.
#[derive(Debug, PartialEq)]
struct Told {
    service: Service,
    code: u8,
    /// The status of an answer.
    status: Option<u8>,
    path: Path,
    route: Option<Box<str>>,
    registers: Vec<Value>,
    values: Vec<Measure>,
    count: u64,
    more: Fields,
}

impl Told {
    fn new(service: Service, code: u8, status: Option<u8>) -> Self {
        Self {
            service,
            code,
            status,
            path: Path::default(),
            route: None,
            registers: Vec::new(),
            values: Vec::new(),
            count: 1,
            more: Fields::default(),
        }
    }

    /// Whether both are reads of one kind, or services that nobody has named, with one outcome.
    fn is_like(&self, other: &Self) -> bool {
        let operation = self.service.operation;
        self.service == other.service
            && (operation == "read" || operation.is_empty() && self.path.class == other.path.class)
            && self.code == other.code
            && self.status == other.status
            && self.more.is_empty()
            && other.more.is_empty()
            && self.route == other.route
    }

    fn join(&mut self, other: Self) {
        self.count += 1;
        let room = MOST_VALUES.saturating_sub(self.registers.len());
        self.registers.extend(other.registers.into_iter().take(room));
        let room = MOST_VALUES.saturating_sub(self.values.len());
        self.values.extend(other.values.into_iter().take(room));
        self.path.join(&other.path);
    }

    fn message(self, transaction: Transaction) -> Message {
        let mut message = Message::of(self.service.kind, self.more);
        let fields = &mut message.fields;
        fields.set("ot.function", Value::Str(self.service.name));
        fields.set("ot.function_code", Value::U64(u64::from(self.code)));
        if fields.get("ot.operation").is_none() && !self.service.operation.is_empty() {
            fields.set("ot.operation", Value::Str(self.service.operation));
        }
        fields.set("ot.transaction_id", Value::U64(transaction.number));
        match self.status {
            Some(status) => {
                message.kind = "cip.response";
                fields.set("ot.direction", Value::Str("response"));
                fields.set("ot.status", Value::Str(names::status(status)));
            }
            None => fields.set("ot.direction", Value::Str("request")),
        }
        if self.count > 1 {
            fields.set("ot.count", Value::U64(self.count));
        }
        self.path.tell(fields);
        if let Some(route) = self.route {
            fields.set("cip.route", Value::Text(route));
        }
        fields.set_all("ot.register", self.registers);
        tell_values("cip.value", self.values, fields);
        message
    }
}

struct Reading<'r> {
    router: &'r mut Router,
    transaction: Transaction,
    told: Vec<Told>,
}

impl Reading<'_> {
    /// A request or an answer; nothing when it ends inside a field.
    fn message(&mut self, octets: &[u8], depth: u8) -> Option<()> {
        let mut at = Cursor::new(octets);
        match at.u8()? {
            code if code & RESPONSE == 0 => self.request(code, &mut at, depth),
            code => self.response(code & !RESPONSE, &mut at, depth),
        }
    }

    fn request(&mut self, code: u8, at: &mut Cursor, depth: u8) -> Option<()> {
        let words = at.u8()?;
        let path = Path::read(at.take(2 * usize::from(words))?)?;
        let service = names::service(path.service_class(), code);
        let (transaction, class, register) = (self.transaction, path.class, path.register());
        self.router.ask(Asked { transaction, code, service, class, register: register.clone() });
        if depth < MOST_DEEP && service == names::UNCONNECTED_SEND {
            return self.unconnected_send(at, depth);
        }
        if depth < MOST_DEEP && service == names::MULTIPLE_SERVICE_PACKET {
            return self.multiple(at.rest(), depth);
        }
        let mut told = Told::new(service, code, None);
        told.registers.extend(register);
        told.path = path;
        let whole = data::request(service, at.rest(), &mut told);
        self.tell(told);
        whole
    }

    fn response(&mut self, code: u8, at: &mut Cursor, depth: u8) -> Option<()> {
        let (_reserved, status, words) = (at.u8()?, at.u8()?, at.u8()?);
        let extended = at.take(2 * usize::from(words))?;
        let Asked { service, class, register, .. } = self.router.answered(self.transaction, code);
        let opened = depth < MOST_DEEP && service == names::MULTIPLE_SERVICE_PACKET;
        if opened && !at.rest().is_empty() {
            return self.multiple(at.rest(), depth);
        }
        let mut told = Told::new(service, code, Some(status));
        told.path.class = class;
        told.registers.extend(register);
        if let Some(extended) = extended.first_chunk().copied().map(u16::from_le_bytes) {
            told.more.set("cip.extended_status", Value::U64(u64::from(extended)));
        }
        if status == 0 {
            data::response(service, at.rest(), &mut told);
        }
        self.tell(told);
        Some(())
    }

    fn tell(&mut self, told: Told) {
        let room = self.told.len() < MOST_MESSAGES;
        match self.told.last_mut() {
            Some(last) if last.is_like(&told) => last.join(told),
            _ if room => self.told.push(told),
            _ => {}
        }
    }

    /// Volume 1, 3-5.5.4: a request, and by which ports it is to go.
    fn unconnected_send(&mut self, at: &mut Cursor, depth: u8) -> Option<()> {
        let (_tick, _ticks, length) = (at.u8()?, at.u8()?, usize::from(at.le16()?));
        let carried = at.take(length)?;
        let before = self.told.len();
        let whole = self.message(carried, depth + 1);
        at.take(length % 2)?;
        let (words, _reserved) = (at.u8()?, at.u8()?);
        let route = path::route(at.take(2 * usize::from(words))?);
        for told in self.told.iter_mut().skip(before) {
            told.route.clone_from(&route);
        }
        whole
    }

    /// Volume 1, A-4.10: a list of offsets, and messages.
    fn multiple(&mut self, octets: &[u8], depth: u8) -> Option<()> {
        let mut offsets = Cursor::new(octets);
        let count = usize::from(offsets.le16()?);
        let mut start = usize::from(offsets.le16()?);
        for left in (0..count.min(MOST_ASKED)).rev() {
            let next = if left == 0 { None } else { Some(usize::from(offsets.le16()?)) };
            self.message(octets.get(start..next.unwrap_or(octets.len()))?, depth + 1)?;
            start = next.unwrap_or(start);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
