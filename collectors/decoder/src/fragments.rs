//! Reassembly of IP fragments (RFC 791, RFC 8200 4.5), bounded in memory and time.

use std::net::IpAddr;

use crate::event::Frame;
use crate::ip::{Fragment, Ip};
use crate::table::Table;

const MOST_DATAGRAMS: usize = 4096;
const LONGEST: usize = 65_535;
const MOST_PIECES: usize = 256;
/// Nanoseconds of packet time after which the first piece is no longer waited for.
const PATIENCE: u64 = 30_000_000_000;

type Key = (IpAddr, IpAddr, u32, u8);

#[derive(Debug, Default)]
struct Partial {
    began: u64,
    pieces: Vec<(usize, Box<[u8]>)>,
    frames: Vec<Frame>,
    whole: Option<usize>,
}

/// A datagram that is complete: its octets, and the frames that carried it.
#[derive(Debug)]
pub struct Datagram {
    pub payload: Vec<u8>,
    pub frames: Vec<Frame>,
}

#[derive(Debug)]
pub struct Fragments {
    table: Table<Key, Partial>,
}

impl Default for Fragments {
    fn default() -> Self {
        Self { table: Table::new(MOST_DATAGRAMS) }
    }
}

impl Fragments {
    /// Take a fragment in; gives the datagram when it is the last that was missing.
    pub fn add(&mut self, now: u64, ip: &Ip<'_>, fragment: Fragment, frame: Frame) -> Option<Datagram> {
        let key = (ip.source, ip.destination, fragment.id, ip.protocol);
        let end = fragment.offset.saturating_add(ip.payload.len());
        if end > LONGEST || ip.payload.is_empty() || ip.missing > 0 {
            self.table.remove(&key);
            return None;
        }
        if self.table.get_mut(&key).is_some_and(|known| now.saturating_sub(known.began) > PATIENCE) {
            self.table.remove(&key);
        }
        if self.table.get_mut(&key).is_none() {
            self.table.insert(key, Partial { began: now, ..Partial::default() });
        }
        let partial = self.table.get_mut(&key)?;
        if !fragment.more {
            partial.whole = Some(end);
        }
        let known = partial.pieces.iter().any(|(offset, _)| *offset == fragment.offset);
        if !known && partial.pieces.len() < MOST_PIECES {
            partial.pieces.push((fragment.offset, ip.payload.into()));
            partial.frames.push(frame);
        }
        let payload = joined(partial)?;
        let partial = self.table.remove(&key)?;
        Some(Datagram { payload, frames: partial.frames })
    }
}

/// The whole payload, if every octet up to the end is there. Where pieces overlap, the earlier offset holds.
fn joined(partial: &mut Partial) -> Option<Vec<u8>> {
    let whole = partial.whole?;
    partial.pieces.sort_by_key(|(offset, _)| *offset);
    let mut payload = Vec::with_capacity(whole);
    for (offset, piece) in &partial.pieces {
        let overlap = payload.len().checked_sub(*offset)?;
        payload.extend_from_slice(piece.get(overlap..).unwrap_or(&[]));
    }
    (payload.len() == whole).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(offset: usize, more: bool, payload: &[u8]) -> (Ip<'_>, Fragment) {
        let fragment = Fragment { id: 7, offset, more };
        let ip = Ip {
            source: IpAddr::from([10, 0, 0, 1]),
            destination: IpAddr::from([10, 0, 0, 2]),
            protocol: 17,
            length: payload.len() + 20,
            missing: 0,
            fragment: Some(fragment),
            payload,
        };
        (ip, fragment)
    }

    fn add(fragments: &mut Fragments, now: u64, (ip, fragment): (Ip<'_>, Fragment)) -> Option<Vec<u8>> {
        fragments.add(now, &ip, fragment, Frame::new(now, 1, &[])).map(|datagram| datagram.payload)
    }

    #[test]
    fn pieces_join_in_any_order_and_twice() {
        let mut fragments = Fragments::default();
        assert_eq!(add(&mut fragments, 0, piece(16, false, &[3])), None);
        assert_eq!(add(&mut fragments, 1, piece(0, true, &[1; 8])), None);
        assert_eq!(add(&mut fragments, 2, piece(0, true, &[1; 8])), None);
        assert_eq!(add(&mut fragments, 3, piece(8, true, &[2; 8])).map(|whole| whole.len()), Some(17));
    }

    #[test]
    fn a_hole_is_waited_for_only_so_long() {
        let mut fragments = Fragments::default();
        assert_eq!(add(&mut fragments, 0, piece(0, true, &[1; 8])), None);
        assert_eq!(add(&mut fragments, PATIENCE + 1, piece(8, false, &[2])), None);
    }
}
