//! SCTP, RFC 9260: chunks, and the messages that DATA chunks carry, reassembled and each once.
//!
//! A direction of an association (addresses and ports) remembers the TSNs it has seen, so that a retransmission is not
//! decoded again, and holds the fragments of messages that are not complete. Both are bounded. A new INIT, or another
//! verification tag, begins anew.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::net::IpAddr;

use crate::event::Frame;
use crate::octets::{Malformed, malformed, u8_at, u16_at, u32_at};
use crate::table::Table;

pub const NGAP_PORT: u16 = 38412;
pub const XNAP_PORT: u16 = 38422;
/// Payload protocol identifiers, TS 38.412 clause 7.
pub const PPID_NGAP: u32 = 60;
pub const PPID_NGAP_DTLS: u32 = 66;

const MOST_DIRECTIONS: usize = 16_384;
const MOST_TSNS: usize = 1024;
const MOST_FRAGMENTS: usize = 256;
const LONGEST_MESSAGE: usize = 256 * 1024;
const BEGIN: u8 = 0x02;
const END: u8 = 0x01;

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
    pub ppid: u32,
    pub payload: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
pub enum Chunk<'a> {
    Data(Data<'a>),
    /// A chunk of association life: its event kind, and the verification tag that INIT and INIT ACK announce.
    Life { kind: &'static str, tag: Option<u32> },
    Other,
}

pub fn header(packet: &[u8]) -> Option<Header> {
    packet.get(..12)?;
    Some(Header { source: u16_at(packet, 0)?, destination: u16_at(packet, 2)?, vtag: u32_at(packet, 4)? })
}

/// The chunks of a packet; the first that cannot be read ends them.
pub fn chunks(packet: &[u8]) -> Chunks<'_> {
    Chunks { packet, at: 12 }
}

pub struct Chunks<'a> {
    packet: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let left = self.packet.len().saturating_sub(at);
        if left < 4 {
            return None; // padding of the last chunk, or of the link
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
    let kind = match u8_at(octets, 0) {
        Some(0) => return data(octets).map(Chunk::Data).ok_or(malformed("sctp data chunk is cut short", at)),
        Some(1) => "sctp.init",
        Some(2) => "sctp.init_ack",
        Some(6) => "sctp.abort",
        Some(7) => "sctp.shutdown",
        Some(9) => "sctp.error",
        Some(14) => "sctp.shutdown_complete",
        _ => return Ok(Chunk::Other),
    };
    let tag = if matches!(kind, "sctp.init" | "sctp.init_ack") { u32_at(octets, 4) } else { None };
    Ok(Chunk::Life { kind, tag })
}

fn data(octets: &[u8]) -> Option<Data<'_>> {
    Some(Data {
        flags: u8_at(octets, 1)?,
        tsn: u32_at(octets, 4)?,
        stream: u16_at(octets, 8)?,
        ppid: u32_at(octets, 12)?,
        payload: octets.get(16..)?,
    })
}

/// One direction of an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Direction {
    pub source: (IpAddr, u16),
    pub destination: (IpAddr, u16),
}

#[derive(Debug)]
struct Piece {
    flags: u8,
    stream: u16,
    payload: Box<[u8]>,
    frame: Frame,
}

#[derive(Debug, Default)]
struct Stream {
    vtag: u32,
    seen: HashSet<u32>,
    order: VecDeque<u32>,
    pieces: BTreeMap<u32, Piece>,
    held: usize,
}

/// A whole message, and the earlier frames that carried the rest of it.
#[derive(Debug)]
pub struct Whole {
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
}

#[derive(Debug)]
pub struct Streams {
    table: Table<Direction, Stream>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { table: Table::new(MOST_DIRECTIONS) }
    }
}

impl Streams {
    /// Forget a direction: its association begins anew.
    pub fn reset(&mut self, direction: &Direction) {
        self.table.remove(direction);
    }

    /// Take a DATA chunk in. `frame` is made only when a piece has to be kept.
    pub fn arrive(&mut self, at: Direction, vtag: u32, data: &Data<'_>, frame: impl FnOnce() -> Frame) -> Arrival {
        if self.table.get_mut(&at).is_none_or(|stream| stream.vtag != vtag) {
            self.table.remove(&at);
            self.table.insert(at, Stream { vtag, ..Stream::default() });
        }
        let Some(stream) = self.table.get_mut(&at) else { return Arrival::Message };
        if !stream.first_sight(data.tsn) {
            return Arrival::Retransmission;
        }
        if data.flags & (BEGIN | END) == (BEGIN | END) {
            return Arrival::Message;
        }
        stream.keep(data, frame());
        stream.complete(data.tsn).map_or(Arrival::Piece, Arrival::Completed)
    }
}

impl Stream {
    fn first_sight(&mut self, tsn: u32) -> bool {
        if !self.seen.insert(tsn) {
            return false;
        }
        self.order.push_back(tsn);
        if self.order.len() > MOST_TSNS
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }

    fn keep(&mut self, data: &Data<'_>, frame: Frame) {
        while self.pieces.len() >= MOST_FRAGMENTS || self.held.saturating_add(data.payload.len()) > LONGEST_MESSAGE {
            let Some((_, gone)) = self.pieces.pop_first() else { break };
            self.held = self.held.saturating_sub(gone.payload.len());
        }
        self.held = self.held.saturating_add(data.payload.len());
        let piece = Piece { flags: data.flags, stream: data.stream, payload: data.payload.into(), frame };
        self.pieces.insert(data.tsn, piece);
    }

    /// The message around a TSN, if all of its pieces are there.
    fn complete(&mut self, tsn: u32) -> Option<Whole> {
        let stream = self.pieces.get(&tsn)?.stream;
        let first = self.edge(tsn, stream, BEGIN, u32::wrapping_sub)?;
        let last = self.edge(tsn, stream, END, u32::wrapping_add)?;
        let mut whole = Whole { payload: Vec::new(), frames: Vec::new() };
        for offset in 0..=last.wrapping_sub(first) {
            let piece = self.pieces.remove(&first.wrapping_add(offset))?;
            self.held = self.held.saturating_sub(piece.payload.len());
            whole.payload.extend_from_slice(&piece.payload);
            whole.frames.push(piece.frame);
        }
        Some(whole)
    }

    fn edge(&self, tsn: u32, stream: u16, flag: u8, step: fn(u32, u32) -> u32) -> Option<u32> {
        let mut at = tsn;
        for _ in 0..=MOST_FRAGMENTS {
            let piece = self.pieces.get(&at).filter(|piece| piece.stream == stream)?;
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
        let data = Data { flags, tsn, stream: 1, ppid: 60, payload };
        streams.arrive(Direction { source: end, destination: end }, 9, &data, || Frame::new(u64::from(tsn), 1, &[]))
    }

    #[test]
    fn a_retransmission_is_seen_once() {
        let mut streams = Streams::default();
        assert!(matches!(arrive(&mut streams, 5, 3, &[1]), Arrival::Message));
        assert!(matches!(arrive(&mut streams, 5, 3, &[1]), Arrival::Retransmission));
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

    #[test]
    fn endless_pieces_are_bounded() {
        let mut streams = Streams::default();
        for tsn in 0..10_000 {
            assert!(matches!(arrive(&mut streams, tsn, if tsn == 0 { BEGIN } else { 0 }, &[0; 100]), Arrival::Piece));
        }
        let held: Vec<usize> = streams.table.drain().iter().map(|(_, stream)| stream.pieces.len()).collect();
        assert_eq!(held, vec![MOST_FRAGMENTS]);
    }

    #[test]
    fn an_impossible_chunk_length_ends_the_walk() {
        let mut packet = vec![0; 12];
        packet.extend([0, 3, 0, 2, 9, 9, 9, 9]);
        let found: Vec<bool> = chunks(&packet).map(|chunk| chunk.is_err()).collect();
        assert_eq!(found, vec![true]);
    }
}
