//! Reassembly of IP fragments (RFC 791, RFC 8200 clause 4.5), bounded in memory and time.

use std::net::IpAddr;

use crate::event::Frame;
use crate::ip::{Fragment, Ip};
use crate::octets::{Malformed, malformed};
use crate::table::{Key, Mix, Table};

const MOST_DATAGRAMS: usize = 4096;
const MOST_PIECES: usize = 256;
/// Octets held of all datagrams together.
const MOST_OCTETS: usize = 1 << 25;
const LONGEST: usize = 65_535;
/// Seconds of packet time for which the rest of a datagram is waited for.
const PATIENCE: u64 = 30;

/// The tunnel that a fragment came through, if any: outer source and destination, TEID.
pub type Path = Option<(IpAddr, IpAddr, u32)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Id {
    path: Path,
    ends: (IpAddr, IpAddr),
    id: u32,
    protocol: u8,
}

impl Key for Id {
    type Align = u8;

    fn mix(&self, mix: &mut Mix) {
        if let Some((source, destination, teid)) = self.path {
            mix.addresses((source, destination));
            mix.word(teid.into());
        }
        mix.addresses(self.ends);
        mix.word(u64::from(self.id) << 8 | u64::from(self.protocol));
    }
}

#[derive(Debug)]
struct Piece {
    offset: usize,
    payload: Box<[u8]>,
    frame: Frame,
}

#[derive(Debug, Default)]
struct Partial {
    pieces: Vec<Piece>,
    octets: usize,
    /// Octets that it keeps, frames and all.
    held: usize,
    whole: Option<usize>,
}

/// A datagram that is complete: its octets, and the frames that carried its earlier pieces.
#[derive(Debug)]
pub struct Datagram {
    pub payload: Vec<u8>,
    /// Octets of the first piece.
    pub first: usize,
    pub frames: Vec<Frame>,
}

#[derive(Debug)]
pub struct Fragments {
    table: Table<Id, Partial>,
    held: usize,
    /// Datagrams of which the rest never came.
    pub incomplete: u64,
}

impl Default for Fragments {
    fn default() -> Self {
        Self { table: Table::new(MOST_DATAGRAMS, PATIENCE), held: 0, incomplete: 0 }
    }
}

impl Fragments {
    /// Take a fragment in; gives the datagram when it is the last that was missing.
    pub fn add(
        &mut self,
        path: Path,
        ip: &Ip<'_>,
        fragment: Fragment,
        frame: Frame,
    ) -> Result<Option<Datagram>, Malformed> {
        let end = fragment.offset.saturating_add(ip.payload.len());
        if end > LONGEST {
            return Err(malformed("fragment ends beyond the longest datagram", 6));
        }
        if ip.payload.is_empty() || (fragment.more && !ip.payload.len().is_multiple_of(8)) {
            return Err(malformed("fragment length is impossible", 2));
        }
        // The next header of an IPv6 fragment is that of its first piece only.
        let protocol = if ip.source.is_ipv4() { ip.protocol } else { 0 };
        let key = Id { path, ends: (ip.source, ip.destination), id: fragment.id, protocol };
        let mut partial = self.table.remove(&key).unwrap_or_default();
        self.held = self.held.saturating_sub(partial.held);
        if !partial.add(ip.payload, fragment, frame)? {
            self.incomplete += 1;
            return Err(malformed("fragments contradict each other", 6));
        }
        if partial.is_whole() {
            return Ok(Some(partial.join()));
        }
        self.held = self.held.saturating_add(partial.held);
        let evicted = self.table.insert(key, partial);
        self.drop(evicted);
        while self.held > MOST_OCTETS {
            let oldest = self.table.pop();
            self.drop(oldest);
        }
        Ok(None)
    }

    pub fn overflow(&mut self) -> Option<u64> {
        self.table.overflow()
    }

    pub fn expire(&mut self, now: u64) {
        while let Some(gone) = self.table.expire(now) {
            self.drop(Some(gone));
        }
    }

    fn drop(&mut self, gone: Option<(Id, Partial)>) {
        if let Some((_, partial)) = gone {
            self.held = self.held.saturating_sub(partial.held);
            self.incomplete += 1;
        }
    }
}

impl Partial {
    /// False where the piece contradicts the others: overlapping pieces hide an attack from whoever joins them
    /// differently (RFC 5722). The same piece twice is only a copy.
    fn add(&mut self, payload: &[u8], fragment: Fragment, frame: Frame) -> Result<bool, Malformed> {
        let end = fragment.offset.saturating_add(payload.len());
        let at = self.pieces.partition_point(|piece| piece.offset < fragment.offset);
        if self.pieces.get(at).is_some_and(|next| next.offset == fragment.offset && *next.payload == *payload) {
            return Ok(true);
        }
        let before = at.checked_sub(1).and_then(|before| self.pieces.get(before));
        let overlaps = before.is_some_and(|piece| piece.offset.saturating_add(piece.payload.len()) > fragment.offset)
            || self.pieces.get(at).is_some_and(|piece| piece.offset < end)
            || self.whole.is_some_and(|whole| end > whole || (!fragment.more && end != whole));
        if overlaps {
            return Ok(false);
        }
        if self.pieces.len() >= MOST_PIECES {
            return Err(malformed("too many fragments of one datagram", 6));
        }
        if !fragment.more {
            if self.pieces.last().is_some_and(|piece| piece.offset > fragment.offset) {
                return Ok(false);
            }
            self.whole = Some(end);
        }
        self.octets = self.octets.saturating_add(payload.len());
        self.held = self.held.saturating_add(payload.len() + frame.data.len());
        self.pieces.insert(at, Piece { offset: fragment.offset, payload: payload.into(), frame });
        Ok(true)
    }

    /// Pieces never overlap, so the sum of their lengths tells whether one is missing.
    fn is_whole(&self) -> bool {
        self.whole == Some(self.octets)
    }

    fn join(self) -> Datagram {
        let first = self.pieces.first().map_or(0, |piece| piece.payload.len());
        let mut datagram = Datagram { payload: Vec::with_capacity(self.octets), first, frames: Vec::new() };
        for piece in self.pieces {
            datagram.payload.extend_from_slice(&piece.payload);
            datagram.frames.push(piece.frame);
        }
        datagram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(all: &mut Fragments, offset: usize, more: bool, payload: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
        let fragment = Fragment { id: 7, offset, more };
        let ip = Ip {
            hops: 64,
            source: IpAddr::from([10, 0, 0, 1]),
            destination: IpAddr::from([10, 0, 0, 2]),
            protocol: 17,
            length: payload.len() + 20,
            missing: 0,
            fragment: Some(fragment),
            payload,
        };
        all.add(None, &ip, fragment, Frame::new(0, 1, &[])).map(|whole| whole.map(|datagram| datagram.payload))
    }

    #[test]
    fn pieces_join_in_any_order_and_twice() {
        let mut all = Fragments::default();
        assert_eq!(add(&mut all, 16, false, &[3]), Ok(None));
        assert_eq!(add(&mut all, 0, true, &[1; 8]), Ok(None));
        assert_eq!(add(&mut all, 0, true, &[1; 8]), Ok(None));
        assert_eq!(add(&mut all, 8, true, &[2; 8]).map(|whole| whole.map(|whole| whole.len())), Ok(Some(17)));
    }

    #[test]
    fn a_hole_is_waited_for_only_so_long() {
        let mut all = Fragments::default();
        all.expire(1000);
        assert_eq!(add(&mut all, 0, true, &[1; 8]), Ok(None));
        all.expire(1000 + PATIENCE + 1);
        assert_eq!(add(&mut all, 8, false, &[2]), Ok(None));
        assert_eq!(all.incomplete, 1);
    }

    #[test]
    fn overlaps_are_malformed() {
        for (offset, more) in [(0, true), (8, true), (0, false)] {
            let mut all = Fragments::default();
            assert_eq!(add(&mut all, 0, true, &[1; 16]), Ok(None));
            assert!(add(&mut all, offset, more, &[2; 16]).is_err());
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut all = Fragments::default();
        for id in 0..10_000 {
            let fragment = Fragment { id, offset: 0, more: true };
            let source = IpAddr::from([10, 0, 0, 1]);
            let payload = &[0; 16_384];
            let ip = Ip {
                source,
                destination: source,
                protocol: 17,
                hops: 64,
                length: 0,
                missing: 0,
                fragment: None,
                payload,
            };
            assert!(all.add(None, &ip, fragment, Frame::new(0, 1, &[])).is_ok());
        }
        assert!(all.held <= MOST_OCTETS && all.table.len() == MOST_OCTETS / 16_384);
    }
}
