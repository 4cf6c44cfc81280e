//! Application protocols: what flows carry, inside a tunnel and outside. One file each; `PROTOCOLS` and `FRAMES` list
//! them.
//!
//! A protocol reads PDUs out of octets and pushes a `Message` for each; who sent it, through which tunnel, and when, the
//! flow adds. It keeps no more state than one conversation needs, and that state is bounded.

pub mod arp;
mod cip;
pub mod dhcp;
pub mod dhcpv6;
pub mod dnp3;
pub mod dns;
pub mod enip;
pub mod file;
pub mod goose;
pub mod http;
pub mod http1;
pub mod http2;
pub mod iec104;
pub mod modbus;
pub mod mqtt;
pub mod nd;
pub mod opcua;
pub mod ot;
pub mod profinet_dcp;
pub mod s7comm;
pub mod s7comm_plus;
pub mod sbi;
pub mod tls;
pub mod transactions;

use std::fmt::Debug;

use crate::message::{Message, Value};
use crate::octets::Malformed;

/// Who sent the octets: the end that began the flow, or the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// What carries a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    Tcp,
    Udp,
}

/// What became of the octets at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A PDU ended after so many octets, which may be more than there are: what follows is of no interest until then.
    Used(usize),
    /// The PDU at the head goes on; to be called again with the same octets and more. For a datagram: it is cut short.
    More,
    /// Nothing that follows from this side is of interest (an encrypted stream, an upgrade).
    Done,
    /// It is not what it should be; said once in a flow. Reading goes on with the next segment or datagram.
    Malformed(Malformed),
}

/// One flow's talk in a protocol.
pub trait Conversation: Debug + Send {
    /// Read one PDU at the head of what `side` sent: octets of a TCP stream in order, or the whole payload of a datagram.
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress;

    /// Have fetched what the next PDU needs, where that is kept elsewhere.
    fn touch(&self) -> u64 {
        0
    }

    /// Octets of `side` were lost, and what comes next begins a segment. Returns whether reading can go on; what then
    /// proves to be no PDU is passed over.
    fn lost(&mut self, _side: Side) -> bool {
        true
    }
}

/// A protocol over TCP or UDP.
#[derive(Debug)]
pub struct Protocol {
    /// `network.protocol`, and what the kinds of its events begin with, unless they are of a protocol that it carries.
    pub name: &'static str,
    /// The kind of what should be one of its PDUs and is not: `<name>.malformed`.
    pub malformed: &'static str,
    pub carrier: Carrier,
    /// Its usual ports: a flow to one of them is read as this protocol if the first octets do not rule that out.
    pub ports: &'static [u16],
    /// Whether what it recognises may begin with this octet.
    pub begins: fn(u8) -> bool,
    /// Whether these first octets of a flow are this protocol, on whatever port. Must be hard to meet by chance; of a
    /// protocol that cannot be told so, always false.
    pub recognise: fn(Side, &[u8]) -> bool,
    pub begin: fn() -> Box<dyn Conversation>,
}

/// A protocol right on Ethernet, or on IP: a message or more out of one frame's payload.
#[derive(Debug)]
pub struct FrameProtocol {
    pub name: &'static str,
    /// `<name>.malformed`.
    pub malformed: &'static str,
    pub ethertypes: &'static [u16],
    pub read: fn(&[u8], &mut Vec<Message>) -> Result<(), Malformed>,
}

/// Earlier ones are asked first.
pub static PROTOCOLS: &[&Protocol] = &[
    &dhcp::PROTOCOL, //
    &dhcpv6::PROTOCOL,
    &dnp3::TCP,
    &dnp3::UDP,
    &dns::LLMNR,
    &dns::MDNS,
    &dns::TCP,
    &dns::UDP,
    &enip::IO,
    &enip::TCP,
    &enip::UDP,
    &file::TCP,
    &file::TFTP,
    &http1::PROTOCOL,
    &http2::PROTOCOL,
    &iec104::PROTOCOL,
    &modbus::PROTOCOL,
    &mqtt::PROTOCOL,
    &opcua::PROTOCOL,
    &s7comm::PROTOCOL,
    &tls::PROTOCOL,
];

/// By EtherType.
pub static FRAMES: &[&FrameProtocol] = &[
    &arp::PROTOCOL, //
    &goose::PROTOCOL,
    &profinet_dcp::PROTOCOL,
];

/// Octets of a PDU that is not whole yet, at most.
const MOST_PENDING: usize = 65_536;
/// Messages that are told of one packet: more than fit into a frame of Ethernet, as a few octets make one.
pub const MOST_MESSAGES: usize = 1024;
/// Segments that begin no PDU, before a stream of which none was read is given up.
const MOST_TRIES: u8 = 32;

/// Messages of a packet that are too many to be told one by one: so many of a kind.
#[derive(Debug, Default)]
pub struct Withheld(Vec<(&'static str, u64)>);

impl Withheld {
    /// Take away those that are too many.
    pub fn trim(&mut self, out: &mut Vec<Message>) {
        if out.len() <= MOST_MESSAGES {
            return;
        }
        for message in out.drain(MOST_MESSAGES..) {
            let fields = &message.fields;
            let (kind, more) = match (fields.get("fiveg.monitor.kind"), fields.get("fiveg.monitor.count")) {
                (Some(Value::Str(kind)), Some(Value::U64(count))) => (*kind, *count), // counted before
                _ => (message.kind, 1),
            };
            self.add(kind, more);
        }
    }

    /// So many more of a kind; without one where nobody looked.
    pub fn add(&mut self, kind: &'static str, more: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += more,
            None => self.0.push((kind, more)),
        }
    }

    /// Say how many they were.
    pub fn tell(self, out: &mut Vec<Message>) {
        for (kind, count) in self.0 {
            let mut message = Message::new("monitor.packet_overfull");
            message.fields.set("fiveg.monitor.count", Value::U64(count));
            if !kind.is_empty() {
                message.fields.set("fiveg.monitor.kind", Value::Str(kind));
            }
            out.push(message);
        }
    }
}

/// One side of a TCP stream, as a conversation reads it: octets in order go in, PDUs are read as they become whole.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Reading {
    /// Octets still to come of a PDU that has been read.
    ahead: usize,
    /// The beginning was not seen, or something was lost: what cannot be read is passed over, not reported.
    unsure: bool,
    /// A PDU was read; something that is none was said.
    read: bool,
    said: bool,
    /// Segments that begin no PDU, until one was read.
    tries: u8,
    over: bool,
    pending: Vec<u8>,
}

impl Reading {
    /// Nothing more of this side will be read.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Octets still to come that nobody looks at.
    pub fn ahead(&self) -> usize {
        self.ahead
    }

    /// Octets held back.
    pub fn held(&self) -> usize {
        self.pending.capacity()
    }

    /// Whether so many octets are of a PDU that has been read, and nobody looks at them; then they are done with.
    #[inline]
    pub fn passes(&mut self, octets: usize) -> bool {
        let left = self.ahead.checked_sub(octets);
        self.ahead = left.unwrap_or(self.ahead);
        left.is_some()
    }

    /// What comes next begins a segment, and need not begin a PDU.
    pub fn lost(&mut self, talk: &mut dyn Conversation, side: Side) {
        self.pending = Vec::new();
        self.ahead = 0;
        self.unsure = true;
        self.over |= !talk.lost(side);
    }

    /// Take in the next octets of the stream. An error is to be said; the octets are done with.
    pub fn feed(
        &mut self,
        talk: &mut dyn Conversation,
        side: Side,
        octets: &[u8],
        out: &mut Vec<Message>,
    ) -> Result<(), Malformed> {
        if self.over {
            return Ok(());
        }
        let passed = self.ahead.min(octets.len());
        self.ahead -= passed;
        let fresh = octets.get(passed..).unwrap_or(&[]);
        if self.pending.is_empty() {
            let used = self.read(talk, side, fresh, out)?;
            self.pending.extend_from_slice(fresh.get(used..).unwrap_or(&[]));
        } else {
            let mut whole = std::mem::take(&mut self.pending);
            whole.extend_from_slice(fresh);
            let used = self.read(talk, side, &whole, out)?; // what is no PDU is not kept
            whole.drain(..used.min(whole.len()));
            self.pending = whole;
        }
        if self.pending.is_empty() {
            self.pending = Vec::new();
        }
        if self.pending.len() > MOST_PENDING {
            self.lost(talk, side);
        }
        Ok(())
    }

    /// Read PDUs; returns how many octets are done with.
    fn read(
        &mut self,
        talk: &mut dyn Conversation,
        side: Side,
        octets: &[u8],
        out: &mut Vec<Message>,
    ) -> Result<usize, Malformed> {
        let mut withheld = Withheld::default();
        let read = self.pdus(talk, side, octets, out, &mut withheld);
        withheld.tell(out);
        read
    }

    fn pdus(
        &mut self,
        talk: &mut dyn Conversation,
        side: Side,
        octets: &[u8],
        out: &mut Vec<Message>,
        withheld: &mut Withheld,
    ) -> Result<usize, Malformed> {
        let mut at = 0;
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            match talk.read(side, rest, out) {
                Progress::Used(used) => {
                    (self.unsure, self.read) = (false, true);
                    self.ahead = used.saturating_sub(rest.len());
                    at += used.clamp(1, rest.len());
                }
                Progress::More => break,
                Progress::Done => {
                    self.over = true;
                    return Ok(octets.len());
                }
                Progress::Malformed(error) => {
                    let fresh = !self.unsure && !std::mem::replace(&mut self.said, true);
                    self.no_pdu(talk, side);
                    return if fresh { Err(error) } else { Ok(octets.len()) };
                }
            }
            withheld.trim(out);
        }
        Ok(at)
    }

    /// The next segment may begin one.
    fn no_pdu(&mut self, talk: &mut dyn Conversation, side: Side) {
        self.lost(talk, side);
        self.tries = self.tries.saturating_add(1);
        self.over |= !self.read && self.tries >= MOST_TRIES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_one_by_one_is_counted_by_kind_and_reading_goes_on() {
        let read = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
        let write = [0, 2, 0, 0, 0, 6, 1, 6, 0, 7, 0, 9];
        let many = [read.repeat(MOST_MESSAGES), write.repeat(3), vec![0, 3, 0, 0]].concat();
        let (mut talk, mut reading, mut out) = ((modbus::PROTOCOL.begin)(), Reading::default(), Vec::new());
        assert_eq!(reading.feed(talk.as_mut(), Side::Client, &many, &mut out), Ok(()));
        let (told, rest) = out.split_at(MOST_MESSAGES);
        assert!(told.iter().all(|message| message.kind == "modbus.read"));
        let [counted] = rest else { panic!("one is counted: {rest:?}") };
        let shown = |name| counted.fields.get(name).map(ToString::to_string);
        assert_eq!(shown("fiveg.monitor.count").as_deref(), Some("3"));
        assert_eq!(shown("fiveg.monitor.kind").as_deref(), Some("modbus.write"));
        out.clear();
        assert_eq!(reading.feed(talk.as_mut(), Side::Client, &write[4..], &mut out), Ok(()));
        assert_eq!(out.iter().map(|message| message.kind).collect::<Vec<_>>(), ["modbus.write"]);
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;

    /// What a conversation makes of octets of one side, given whole; checked to be the same given octet by octet.
    pub fn told(protocol: &Protocol, side: Side, octets: &[u8]) -> (Vec<Message>, Option<Malformed>) {
        let whole = fed(protocol, side, &[octets]);
        let pieces: Vec<&[u8]> = octets.chunks(1).collect();
        assert_eq!(fed(protocol, side, &pieces), whole, "in pieces and whole");
        whole
    }

    fn fed(protocol: &Protocol, side: Side, pieces: &[&[u8]]) -> (Vec<Message>, Option<Malformed>) {
        let (mut talk, mut reading, mut out) = ((protocol.begin)(), Reading::default(), Vec::new());
        for piece in pieces {
            if let Err(error) = reading.feed(talk.as_mut(), side, piece, &mut out) {
                return (out, Some(error));
            }
        }
        (out, None)
    }

    /// Read octets with one to three of them changed, cut or repeated, many times over: a panic fails the test.
    pub fn mutated(protocol: &Protocol, side: Side, octets: &[u8]) {
        mutants(octets, |mutant| drop(fed(protocol, side, &[mutant])));
    }

    /// One talk made of mutants of these PDUs, from both ends and in pieces: nothing panics, what is held is bounded.
    pub fn survives(protocol: &Protocol, seeds: &[Vec<u8>]) {
        let (mut talk, mut out) = ((protocol.begin)(), Vec::new());
        for side in [Side::Client, Side::Server].repeat(2) {
            let mut reading = Reading::default();
            for seed in seeds {
                mutants(seed, |mutant| {
                    let begins = mutant.first().is_some_and(|first| (protocol.begins)(*first));
                    assert!(!(protocol.recognise)(side, mutant) || begins, "would not have been asked: {mutant:?}");
                    if reading.is_over() || mutant.len() % 16 == 0 {
                        reading = Reading::default();
                        reading.lost(talk.as_mut(), side);
                    }
                    let (head, tail) = mutant.split_at(mutant.len() / 2);
                    let _ = reading.feed(talk.as_mut(), side, head, &mut out);
                    let _ = reading.feed(talk.as_mut(), side, tail, &mut out);
                    assert!(out.len() <= 2 * (MOST_MESSAGES + 16), "told too much");
                    assert!(reading.held() <= 2 * MOST_PENDING, "held too much");
                    out.clear();
                });
            }
        }
    }

    /// Octets with one to three of them changed, cut or repeated, many times over.
    pub fn mutants(octets: &[u8], mut read: impl FnMut(&[u8])) {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below.max(1) as u64) as usize
        };
        for _ in 0..4_000 {
            let mut mutant = octets.to_vec();
            for _ in 0..=next(3) {
                let at = next(mutant.len());
                match next(5) {
                    0 => mutant.truncate(at),
                    1 => mutant.insert(at, next(256) as u8),
                    2 => mutant.get_mut(at).into_iter().for_each(|octet| *octet = 0xff),
                    3 => mutant.get_mut(at).into_iter().for_each(|octet| *octet ^= 1 << next(8)),
                    _ => mutant.get_mut(at).into_iter().for_each(|octet| *octet = next(256) as u8),
                }
            }
            read(&mutant);
        }
    }
}
