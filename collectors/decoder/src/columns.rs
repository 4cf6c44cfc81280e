//! Events as columns: for who counts and compares messages by the million, and has no use for an object of each.
//!
//! Theory of operation: `table` says what columns there are; each is a field of Events by its name, as a number where
//! that has one. A decoder that makes rows (`Decoder::with_rows`) makes one of whatever it would have made an Event of,
//! through the same reassembly and with the same counters. Most messages of N2 are read by a light walk (`ngap::walk`,
//! `nas::walk`), which takes what columns need and nothing else; where it is not sure that the full decoding would say
//! the same, it gives up, and the message is decoded in full. So a row equals its Event by construction or by
//! comparison: the fuzzer and the tests hold every cell against the fields.

mod batch;
mod cells;
mod kept;
mod table;
mod texts;

use std::net::IpAddr;

pub use batch::{Batch, Cell};
use cells::Seen;
use kept::Kept;
use table::of_field;
pub use table::{COLUMNS, Column, Form, Spec};

use crate::event::Event;
use crate::message::{Fields, Message, Value};
use crate::{nas, ngap};

/// Where a message was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub time: u64,
    pub packet: u64,
    pub source: (IpAddr, u16),
    pub destination: (IpAddr, u16),
    pub vlan: Option<u16>,
    pub stream: u16,
    pub vtag: u32,
}

/// What became of a message that was walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Walked {
    pub rows: u64,
    pub malformed: bool,
}

/// Rows in the making.
#[derive(Debug, Default)]
pub struct Rows {
    kept: Kept,
    /// Rows before the message that is walked.
    settled: usize,
    /// For what is decoded in full.
    messages: Vec<Message>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.kept.rows()
    }

    /// Kinds of the rows so far, and how many there are of each.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.kept.kinds()
    }

    /// The rows so far; those that follow are of another batch.
    pub(crate) fn take(&mut self) -> Batch {
        self.settled = 0;
        self.kept.take()
    }

    /// A row of an Event.
    pub(crate) fn event(&mut self, event: &Event) {
        self.row(event.kind, event.time, event.packet, event.fields());
    }

    /// A row of what has all of its fields.
    pub(crate) fn row(&mut self, kind: &'static str, time: u64, packet: u64, fields: &Fields) {
        self.kept.start(kind);
        self.kept.number(Column::Time, time);
        self.kept.number(Column::Packet, packet);
        fields.iter().for_each(|(name, value)| self.kept.field(name, value));
        self.settled = self.kept.rows();
    }

    /// The rows of an NGAP message and the NAS in it, where a walk is sure of them and they are no more than `most`;
    /// `None`, and no row, where they have to be decoded in full.
    pub(crate) fn walk(&mut self, pdu: &[u8], origin: &Origin, most: u64) -> Option<Walked> {
        self.settled = self.kept.rows();
        let walked = self.walked(pdu).filter(|walked| walked.rows <= most);
        if walked.is_none() {
            self.settle();
            return None;
        }
        let mut end = |(address, port)| (self.kept.address(address), port);
        let (source, destination) = (end(origin.source), end(origin.destination));
        let Origin { time, packet, vlan, stream, vtag, .. } = *origin;
        self.kept.seen(self.settled, Seen { time, packet, source, destination, vlan, stream, vtag });
        self.settled = self.kept.rows();
        walked
    }

    /// Take back the rows of a message that was not walked to its end.
    pub(crate) fn settle(&mut self) {
        self.kept.back(self.settled);
    }

    fn walked(&mut self, pdu: &[u8]) -> Option<Walked> {
        let before = self.kept.rows();
        let mut draft = Draft { kept: &mut self.kept, messages: &mut self.messages, malformed: false };
        ngap::walk(pdu, &mut draft)?;
        let malformed = draft.malformed;
        Some(Walked { rows: (self.kept.rows() - before) as u64, malformed })
    }
}

/// Rows of one message, which stay when the walk comes to its end.
pub(crate) struct Draft<'a> {
    kept: &'a mut Kept,
    messages: &'a mut Vec<Message>,
    malformed: bool,
}

impl Draft<'_> {
    /// Begin a row: what is set from now on is of it.
    pub(crate) fn row(&mut self, kind: &'static str) {
        self.kept.start(kind);
    }

    pub(crate) fn number(&mut self, column: Column, value: u64) {
        self.kept.number(column, value);
    }

    pub(crate) fn name(&mut self, column: Column, name: &'static str) {
        self.kept.name(column, name);
    }

    pub(crate) fn set(&mut self, column: Column, value: &Value) {
        self.kept.set(column, value);
    }

    pub(crate) fn field(&mut self, name: &str, value: &Value) {
        self.kept.field(name, value);
    }

    /// How many rows there are, to come back to.
    pub(crate) fn mark(&self) -> usize {
        self.kept.rows()
    }

    pub(crate) fn back(&mut self, rows: usize) {
        self.kept.back(rows);
    }

    /// Rows of a NAS message that is decoded in full.
    pub(crate) fn nas(&mut self, pdu: &[u8], context: &Fields) {
        let mut messages = std::mem::take(self.messages);
        nas::decode(pdu, context, &mut messages);
        for message in messages.drain(..) {
            self.malformed |= message.kind.ends_with(".malformed");
            self.row(message.kind);
            message.fields.iter().for_each(|(name, value)| self.field(name, value));
        }
        *self.messages = messages;
    }
}

/// The rows of a PDU, decoded in full and by the walk, for the tests that hold them against each other.
pub fn both_ways(pdu: &[u8]) -> (Vec<Vec<Cell>>, Option<Vec<Vec<Cell>>>) {
    let (mut full, mut light, mut messages) = (Rows::default(), Rows::default(), Vec::new());
    ngap::decode(pdu, &mut messages);
    for message in &messages {
        full.kept.start(message.kind);
        message.fields.iter().for_each(|(name, value)| full.kept.field(name, value));
    }
    let walked = light.walked(pdu);
    (full.take().cells(), walked.map(|_| light.take().cells()))
}
