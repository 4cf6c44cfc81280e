//! SCTP, RFC 9260: chunks, and the messages that DATA and I-DATA (RFC 8260) chunks carry, reassembled and each once.
//!
//! A direction of an association (addresses, ports, verification tag) remembers the TSNs it has seen, so that a
//! retransmission is not decoded again, and holds the fragments of messages that are not complete. Both are bounded.
//! Whoever does not know the tag cannot disturb a direction.

use std::collections::BTreeMap;
use std::net::IpAddr;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::checksum::Checked;
use crate::event::Frame;
use crate::octets::{Malformed, malformed, u8_at, u16_at, u32_at};
use crate::table::{Key, Mix, Table};

mod life;
mod seen;

pub use life::Life;
use seen::{Seen, Sighting};

pub const NGAP_PORT: u16 = 38412;
pub const XNAP_PORT: u16 = 38422;
/// Payload protocol identifiers, TS 38.412 clause 7.
pub const PPID_NGAP: u32 = 60;
pub const PPID_NGAP_DTLS: u32 = 66;

const MOST_DIRECTIONS: usize = 16_384;
/// Seconds of packet time for which a silent direction is remembered.
const PATIENCE: u64 = 3600;
/// Addresses of one end that are remembered.
const MOST_ADDRESSES: usize = 8;
const MOST_FRAGMENTS: usize = 256;
const LONGEST_MESSAGE: usize = 256 * 1024;
/// Octets kept of all messages that are not complete.
const MOST_OCTETS: usize = 1 << 25;
/// Chunks read of a packet: what is shorter than an event would otherwise be a way to fill the memory.
const MOST_CHUNKS: usize = 256;
const BEGIN: u8 = 0x02;
const END: u8 = 0x01;
const UNORDERED: u8 = 0x04;

#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub source: u16,
    pub destination: u16,
    pub vtag: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    pub flags: u8,
    pub tsn: u32,
    pub stream: u16,
    /// The first piece of a message has it, and all pieces of one in DATA chunks.
    pub ppid: u32,
    pub payload: &'a [u8],
    /// Of an I-DATA chunk: the message that it is a piece of.
    pub interleaved: Option<Interleaved>,
}

impl Data<'_> {
    /// It is a message of its own, not a piece of one.
    pub fn is_whole(&self) -> bool {
        self.flags & (BEGIN | END) == (BEGIN | END)
    }
}

/// The place of an I-DATA chunk: messages of a stream, those in order apart from the others, and pieces from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interleaved {
    pub message: u32,
    pub piece: u32,
}

#[derive(Clone, Copy, Debug)]
pub enum Chunk<'a> {
    Data(Data<'a>),
    Life(Life<'a>),
    Other,
}

pub fn header(packet: &[u8]) -> Option<Header> {
    packet.get(..12)?;
    Some(Header { source: u16_at(packet, 0)?, destination: u16_at(packet, 2)?, vtag: u32_at(packet, 4)? })
}

/// The chunks of a packet; the first that cannot be read ends them.
pub fn chunks(packet: &[u8]) -> Chunks<'_> {
    Chunks { packet, at: 12, read: 0 }
}

pub struct Chunks<'a> {
    packet: &'a [u8],
    at: usize,
    read: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let left = self.packet.len().saturating_sub(at);
        if left < 4 {
            return None; // padding of the last chunk, or of the link
        }
        self.read += 1;
        if self.read > MOST_CHUNKS {
            self.at = self.packet.len();
            return Some(Err(malformed("too many sctp chunks", at)));
        }
        let length = usize::from(u16_at(self.packet, at + 2)?);
        if length < 4 || length > left {
            self.at = self.packet.len();
            return Some(Err(malformed("sctp chunk length is impossible", at)));
        }
        self.at = at + length.next_multiple_of(4);
        Some(chunk(self.packet.get(at..at + length)?, at))
    }
}

fn chunk(octets: &[u8], at: usize) -> Result<Chunk<'_>, Malformed> {
    match u8_at(octets, 0) {
        Some(0) => data(octets).map(Chunk::Data).ok_or(malformed("sctp data chunk is cut short", at)),
        Some(64) => i_data(octets).map(Chunk::Data).ok_or(malformed("sctp i-data chunk is cut short", at)),
        Some(kind) => Ok(Life::of(kind, octets).map_or(Chunk::Other, Chunk::Life)),
        None => Ok(Chunk::Other),
    }
}

fn data(octets: &[u8]) -> Option<Data<'_>> {
    Some(Data {
        flags: u8_at(octets, 1)?,
        tsn: u32_at(octets, 4)?,
        stream: u16_at(octets, 8)?,
        ppid: u32_at(octets, 12)?,
        payload: octets.get(16..)?,
        interleaved: None,
    })
}

/// I-DATA, RFC 8260, 2.1: the first piece has the payload protocol identifier where the others have their number.
fn i_data(octets: &[u8]) -> Option<Data<'_>> {
    let flags = u8_at(octets, 1)?;
    let first = flags & BEGIN != 0;
    let last = u32_at(octets, 16)?;
    let interleaved = Interleaved { message: u32_at(octets, 12)?, piece: if first { 0 } else { last } };
    Some(Data {
        flags,
        tsn: u32_at(octets, 4)?,
        stream: u16_at(octets, 8)?,
        ppid: if first { last } else { 0 },
        payload: octets.get(20..)?,
        interleaved: Some(interleaved),
    })
}

/// One direction of an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    pub source: (IpAddr, u16),
    pub destination: (IpAddr, u16),
    pub vtag: u32,
}

impl Key for Direction {
    type Align = u8;

    fn mix(&self, mix: &mut Mix) {
        mix.addresses((self.source.0, self.destination.0));
        mix.word(u64::from(self.vtag) << 32 | u64::from(self.source.1) << 16 | u64::from(self.destination.1));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End(IpAddr, u16);

impl Key for End {
    type Align = u8;

    fn mix(&self, mix: &mut Mix) {
        mix.addresses((self.0, self.0));
        mix.word(self.1.into());
    }
}

#[derive(Debug)]
struct Piece {
    flags: u8,
    stream: u16,
    ppid: u32,
    payload: Box<[u8]>,
    frame: Frame,
}

/// What pieces of one message have in common, and their place in it. DATA chunks have their TSN alone; those of I-DATA
/// are told apart by stream, order and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    message: Option<(u16, bool, u32)>,
    at: u32,
}

impl Order {
    fn of(data: &Data<'_>) -> Self {
        match data.interleaved {
            None => Self { message: None, at: data.tsn },
            Some(Interleaved { message, piece }) => {
                Self { message: Some((data.stream, data.flags & UNORDERED != 0, message)), at: piece }
            }
        }
    }
}

#[derive(Debug, Default)]
struct Stream {
    checked: Checked,
    refused: bool,
    seen: Seen,
    /// By what orders them: the TSN, or message and number of a piece of an I-DATA chunk.
    pieces: BTreeMap<Order, Piece>,
    /// Octets of payload in the pieces, and octets that they keep, frames and all.
    octets: usize,
    held: usize,
}

/// A whole message, and the earlier frames that carried the rest of it.
#[derive(Debug)]
pub struct Whole {
    pub ppid: u32,
    pub payload: Vec<u8>,
    pub frames: Vec<Frame>,
}

/// What becomes of a DATA chunk.
#[derive(Debug)]
pub enum Arrival {
    /// It is a message of its own.
    Message,
    /// It completes a message that came in pieces.
    Completed(Whole),
    /// It is a piece of a message that is not complete.
    Piece,
    /// It was there before.
    Retransmission,
    /// Its TSN was there before with other content, which counts for a receiver.
    Conflict,
}

/// What is wrong with a packet of a direction whose checksums have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// It is the first such of its direction.
    pub first: bool,
}

#[derive(Debug)]
pub struct Streams {
    table: Table<Direction, Stream>,
    /// Of an end with several addresses: the one that stands for it.
    primary: Table<End, IpAddr>,
    held: usize,
}

impl Default for Streams {
    fn default() -> Self {
        let primary = Table::new(MOST_DIRECTIONS, PATIENCE);
        Self { table: Table::new(MOST_DIRECTIONS, PATIENCE), primary, held: 0 }
    }
}

impl Streams {
    /// Forget a direction: its association begins anew.
    pub fn reset(&mut self, direction: &Direction) {
        let direction = self.canonical(*direction);
        let gone = self.table.remove(&direction);
        self.forget(gone);
    }

    /// An end has these addresses too: a retransmission may come from or go to any.
    pub fn join(&mut self, end: (IpAddr, u16), addresses: impl Iterator<Item = IpAddr>) {
        let own = self.canonical_end(end).0;
        for address in addresses.take(MOST_ADDRESSES).filter(|address| *address != own) {
            self.primary.remove(&End(address, end.1));
            self.primary.insert(End(address, end.1), own);
        }
    }

    pub fn overflow(&mut self) -> Option<u64> {
        self.table.overflow()
    }

    fn canonical(&mut self, at: Direction) -> Direction {
        let (source, destination) = (self.canonical_end(at.source), self.canonical_end(at.destination));
        Direction { source, destination, ..at }
    }

    fn canonical_end(&mut self, (address, port): (IpAddr, u16)) -> (IpAddr, u16) {
        if self.primary.len() == 0 {
            return (address, port); // as mostly
        }
        (self.primary.get(&End(address, port)).copied().unwrap_or(address), port)
    }

    /// Forget the directions that have long been silent.
    pub fn expire(&mut self, now: u64) {
        while self.primary.expire(now).is_some() {}
        while let Some((_, gone)) = self.table.expire(now) {
            self.forget(Some(gone));
        }
    }

    /// A packet whose checksum is wrong: its receiver drops it, where the direction has shown right ones.
    pub fn refuse(&mut self, at: Direction) -> Option<Refused> {
        let at = self.canonical(at);
        let stream = self.table.get(&at)?;
        let refused = !stream.checked.accepts(false);
        // A capture of all interfaces has packets twice, once before a card summed them: that is told once.
        refused.then(|| Refused { first: !std::mem::replace(&mut stream.refused, true) })
    }

    /// Take a DATA chunk in, of a packet whose checksum is `right`. `frame` is made only when a piece has to be kept.
    pub fn arrive(&mut self, at: Direction, data: &Data<'_>, right: bool, frame: impl FnOnce() -> Frame) -> Arrival {
        let at = self.canonical(at);
        if self.table.get(&at).is_none() {
            let evicted = self.table.insert(at, Stream::default());
            self.forget(evicted.map(|(_, stream)| stream));
        }
        let Some(stream) = self.table.get(&at) else { return Arrival::Message };
        if right {
            stream.checked.accepts(true);
        }
        match stream.sight(data) {
            Sighting::First => {}
            Sighting::Again => return Arrival::Retransmission,
            Sighting::Conflict => return Arrival::Conflict,
        }
        if data.is_whole() {
            return Arrival::Message;
        }
        if let Some(known) = stream.pieces.get(&Order::of(data)) {
            return if *known.payload == *data.payload { Arrival::Retransmission } else { Arrival::Conflict };
        }
        let before = stream.held;
        stream.keep(data, frame());
        let whole = stream.complete(Order::of(data));
        self.held = self.held.saturating_sub(before).saturating_add(stream.held);
        while self.held > MOST_OCTETS
            && let Some((_, gone)) = self.table.pop()
        {
            self.forget(Some(gone));
        }
        whole.map_or(Arrival::Piece, Arrival::Completed)
    }

    fn forget(&mut self, gone: Option<Stream>) {
        self.held = self.held.saturating_sub(gone.map_or(0, |stream| stream.held));
    }
}

impl Piece {
    fn held(&self) -> usize {
        self.payload.len() + self.frame.data.len()
    }
}

impl Stream {
    /// A retransmission carries what the first one did: anything else with its TSN is somebody hiding a message.
    fn sight(&mut self, data: &Data<'_>) -> Sighting {
        let place = u64::from(data.ppid) << 32 | u64::from(data.stream) << 8 | u64::from(data.flags & (BEGIN | END));
        self.seen.note(data.tsn, xxh3_64_with_seed(data.payload, place))
    }

    fn keep(&mut self, data: &Data<'_>, frame: Frame) {
        while self.pieces.len() >= MOST_FRAGMENTS || self.octets + data.payload.len() > LONGEST_MESSAGE {
            let Some((_, gone)) = self.pieces.pop_first() else { break };
            self.dropped(&gone);
        }
        let (flags, stream, ppid) = (data.flags, data.stream, data.ppid);
        let piece = Piece { flags, stream, ppid, payload: data.payload.into(), frame };
        self.octets += piece.payload.len();
        self.held += piece.held();
        self.pieces.insert(Order::of(data), piece);
    }

    fn dropped(&mut self, piece: &Piece) {
        self.octets = self.octets.saturating_sub(piece.payload.len());
        self.held = self.held.saturating_sub(piece.held());
    }

    /// The message around a piece, if all of its pieces are there.
    fn complete(&mut self, around: Order) -> Option<Whole> {
        let stream = self.pieces.get(&around)?.stream;
        let first = self.edge(around, stream, BEGIN, u32::wrapping_sub)?;
        let last = self.edge(around, stream, END, u32::wrapping_add)?;
        let ppid = self.pieces.get(&Order { at: first, ..around })?.ppid;
        let mut whole = Whole { ppid, payload: Vec::new(), frames: Vec::new() };
        for offset in 0..=last.wrapping_sub(first) {
            let piece = self.pieces.remove(&Order { at: first.wrapping_add(offset), ..around })?;
            self.dropped(&piece);
            whole.payload.extend_from_slice(&piece.payload);
            whole.frames.push(piece.frame);
        }
        Some(whole)
    }

    fn edge(&self, around: Order, stream: u16, flag: u8, step: fn(u32, u32) -> u32) -> Option<u32> {
        let mut at = around.at;
        for _ in 0..=MOST_FRAGMENTS {
            let piece = self.pieces.get(&Order { at, ..around }).filter(|piece| piece.stream == stream)?;
            if piece.flags & flag != 0 {
                return Some(at);
            }
            at = step(at, 1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(streams: &mut Streams, tsn: u32, flags: u8, payload: &[u8]) -> Arrival {
        let end = (IpAddr::from([10, 0, 0, 1]), 38412);
        let data = Data { flags, tsn, stream: 1, ppid: 60, payload, interleaved: None };
        let at = Direction { source: end, destination: end, vtag: 9 };
        streams.arrive(at, &data, true, || Frame::new(u64::from(tsn), 1, &[0; 60]))
    }

    #[test]
    fn a_retransmission_is_seen_once() {
        let mut streams = Streams::default();
        assert!(matches!(arrive(&mut streams, 5, 3, &[1]), Arrival::Message));
        assert!(matches!(arrive(&mut streams, 5, 3, &[1]), Arrival::Retransmission));
    }

    #[test]
    fn of_pieces_with_one_tsn_the_first_counts() {
        let mut streams = Streams::default();
        assert!(matches!(arrive(&mut streams, 5, BEGIN, &[1]), Arrival::Piece));
        assert!(matches!(arrive(&mut streams, 5, BEGIN, &[7]), Arrival::Conflict));
        assert!(matches!(arrive(&mut streams, 5, END, &[1]), Arrival::Conflict));
        let Arrival::Completed(whole) = arrive(&mut streams, 6, END, &[2]) else { panic!("not complete") };
        assert_eq!(whole.payload, vec![1, 2]);
        assert_eq!(streams.held, 0);
    }

    #[test]
    fn a_wrong_checksum_is_refused_once_right_ones_were_seen() {
        let mut streams = Streams::default();
        let end = (IpAddr::from([10, 0, 0, 1]), 38412);
        let at = Direction { source: end, destination: end, vtag: 9 };
        let mut take = |tsn, right: bool| {
            let data = Data { flags: 3, tsn, stream: 1, ppid: 60, payload: &[1], interleaved: None };
            if !right && let Some(refused) = streams.refuse(at) {
                return Some(refused);
            }
            assert!(matches!(streams.arrive(at, &data, right, || Frame::new(0, 1, &[])), Arrival::Message));
            None
        };
        assert_eq!([take(1, false), take(2, true)], [None; 2]);
        assert_eq!([take(3, false), take(3, false)], [true, false].map(|first| Some(Refused { first })));
        assert_eq!(take(3, true), None);
    }

    #[test]
    fn a_retransmission_to_another_address_is_known() {
        let mut streams = Streams::default();
        let (gnb, amf, other) = ([10, 0, 0, 1], [10, 0, 0, 2], [10, 0, 1, 2]);
        let [gnb, amf, other] = [gnb, amf, other].map(|address| (IpAddr::from(address), 38412));
        let init_ack = [&[2, 0, 0, 28, 0, 0, 0, 9][..], &[0; 12], &[0, 5, 0, 8, 10, 0, 1, 2]].concat();
        let Ok(Chunk::Life(life)) = chunk(&init_ack, 0) else { panic!("no init ack") };
        streams.join(amf, life.addresses());
        let data = Data { flags: 3, tsn: 1, stream: 1, ppid: 60, payload: &[1], interleaved: None };
        let mut to = |destination| {
            streams.arrive(Direction { source: gnb, destination, vtag: 9 }, &data, true, || Frame::new(0, 1, &[]))
        };
        assert!(matches!(to(amf), Arrival::Message));
        assert!(matches!(to(other), Arrival::Retransmission));
    }

    #[test]
    fn pieces_join_across_the_wrap_of_the_tsn_and_out_of_order() {
        let mut streams = Streams::default();
        assert!(matches!(arrive(&mut streams, 0, END, &[3]), Arrival::Piece));
        assert!(matches!(arrive(&mut streams, u32::MAX - 1, BEGIN, &[1]), Arrival::Piece));
        let Arrival::Completed(whole) = arrive(&mut streams, u32::MAX, 0, &[2]) else { panic!("not complete") };
        assert_eq!(whole.payload, vec![1, 2, 3]);
        assert_eq!(whole.frames.len(), 3);
    }

    /// An I-DATA chunk of stream 1: flags, TSN, message, and its fourth word.
    fn i_data(flags: u8, tsn: u8, message: u8, word: u8, payload: &[u8]) -> Vec<u8> {
        let length = 20 + u8::try_from(payload.len()).unwrap();
        let head = [64, flags, 0, length, 0, 0, 0, tsn, 0, 1, 0, 0, 0, 0, 0, message, 0, 0, 0, word];
        [&head, payload].concat()
    }

    #[test]
    fn interleaved_messages_come_apart_whatever_their_tsns() {
        let mut streams = Streams::default();
        let mut take = |octets: &[u8]| {
            let Ok(Chunk::Data(data)) = chunk(octets, 0) else { panic!("no data") };
            let end = (IpAddr::from([10, 0, 0, 1]), 38412);
            streams.arrive(Direction { source: end, destination: end, vtag: 9 }, &data, true, || Frame::new(0, 1, &[]))
        };
        assert!(matches!(take(&i_data(BEGIN, 1, 7, 60, &[1])), Arrival::Piece));
        assert!(matches!(take(&i_data(BEGIN, 2, 8, 60, &[4])), Arrival::Piece));
        assert!(matches!(take(&i_data(END, 5, 7, 2, &[3])), Arrival::Piece));
        let Arrival::Completed(second) = take(&i_data(END, 4, 8, 1, &[5])) else { panic!("not complete") };
        assert!(matches!(take(&i_data(END, 4, 8, 1, &[5])), Arrival::Retransmission));
        let Arrival::Completed(first) = take(&i_data(0, 3, 7, 1, &[2])) else { panic!("not complete") };
        assert_eq!((first.payload, second.payload), (vec![1, 2, 3], vec![4, 5]));
        assert_eq!((first.ppid, second.ppid), (60, 60));
        assert!(matches!(take(&i_data(BEGIN | END, 6, 9, 60, &[9])), Arrival::Message));
    }

    #[test]
    fn endless_pieces_are_bounded() {
        let mut streams = Streams::default();
        for tsn in 0..10_000 {
            assert!(matches!(arrive(&mut streams, tsn, if tsn == 0 { BEGIN } else { 0 }, &[0; 100]), Arrival::Piece));
        }
        assert_eq!(streams.held, MOST_FRAGMENTS * 160);
        assert_eq!(streams.table.pop().map(|(_, stream)| stream.pieces.len()), Some(MOST_FRAGMENTS));
    }

    #[test]
    fn pieces_of_ever_new_associations_are_bounded_in_octets() {
        let mut streams = Streams::default();
        let end = (IpAddr::from([10, 0, 0, 1]), 38412);
        let data = Data { flags: BEGIN, tsn: 1, stream: 1, ppid: 60, payload: &[0; 60_000], interleaved: None };
        for vtag in 0..2000 {
            let at = Direction { source: end, destination: end, vtag };
            assert!(matches!(streams.arrive(at, &data, true, || Frame::new(0, 1, &[0; 60_100])), Arrival::Piece));
        }
        assert!(streams.held <= MOST_OCTETS);
        let kept: usize = std::iter::from_fn(|| streams.table.pop()).map(|(_, stream)| stream.held).sum();
        assert_eq!(streams.held, kept);
    }

    #[test]
    fn endless_chunks_end() {
        let mut packet = vec![0; 12];
        packet.extend([11, 0, 0, 4].repeat(1000));
        assert_eq!(chunks(&packet).count(), MOST_CHUNKS + 1);
    }

    #[test]
    fn an_impossible_chunk_length_ends_the_walk() {
        let mut packet = vec![0; 12];
        packet.extend([0, 3, 0, 2, 9, 9, 9, 9]);
        let found: Vec<bool> = chunks(&packet).map(|chunk| chunk.is_err()).collect();
        assert_eq!(found, vec![true]);
    }
}
