//! The next generation, draft-ietf-opsawg-pcapng: blocks of packets, each on an interface with its own clock.

use super::input::{Input, Patience, Stop};
use super::{Found, LONGEST};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
/// The Packet Block, which is obsolete but found.
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

/// Longer blocks are damage: even secrets and comments are shorter.
const LONGEST_BLOCK: usize = 1 << 24;
const MOST_INTERFACES: usize = 65_536;
/// No LINKTYPE_: a packet on an interface that was not described.
const NO_LINK: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Interface {
    link_type: u32,
    snap_length: usize,
    /// Ticks per second, and seconds to add.
    resolution: u64,
    offset: i64,
}

#[derive(Default)]
pub(super) struct PcapNg {
    little: bool,
    interfaces: Vec<Interface>,
    /// The time of the last packet, for those that have none.
    time: u64,
}

impl PcapNg {
    pub(super) fn next(&mut self, input: &mut Input, patience: Patience) -> Result<Found, Stop> {
        loop {
            input.want(12, patience)?;
            if input.u32(0, false) == Some(SECTION) {
                self.section(input)?;
            }
            let word = |offset| input.u32(offset, self.little).unwrap_or(0);
            let (kind, length) = (word(0), word(4) as usize);
            if !(12..=LONGEST_BLOCK).contains(&length) || !length.is_multiple_of(4) {
                return Err(Stop::Damaged(format!("a block claims {length} octets")));
            }
            input.want(length, patience)?;
            if input.u32(length - 4, self.little) != Some(length as u32) {
                return Err(Stop::Damaged("the two lengths of a block differ".to_owned()));
            }
            let found = match kind {
                INTERFACE => {
                    self.interface(input, length)?;
                    None
                }
                ENHANCED_PACKET | PACKET => Some(self.packet(input, kind, length)?),
                SIMPLE_PACKET => Some(self.simple_packet(input, length)?),
                _ => None,
            };
            let start = input.take(length);
            if let Some(mut found) = found {
                self.time = found.time;
                found.octets = start + found.octets.start..start + found.octets.end;
                return Ok(found);
            }
        }
    }

    /// A section has a byte order and interfaces of its own.
    fn section(&mut self, input: &Input) -> Result<(), Stop> {
        self.little = match input.array(8) {
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => true,
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => false,
            _ => return Err(Stop::Damaged("a section has no byte order".to_owned())),
        };
        self.interfaces.clear();
        Ok(())
    }

    fn interface(&mut self, input: &Input, length: usize) -> Result<(), Stop> {
        if length < 20 || self.interfaces.len() == MOST_INTERFACES {
            return Err(Stop::Damaged("an interface is described badly".to_owned()));
        }
        let mut interface = Interface {
            link_type: input.u16(8, self.little).map_or(NO_LINK, u32::from),
            snap_length: input.u32(12, self.little).unwrap_or(0) as usize,
            resolution: 1_000_000,
            offset: 0,
        };
        let mut at = 16;
        while at + 4 <= length - 4 {
            let (Some(code), Some(octets)) = (input.u16(at, self.little), input.u16(at + 2, self.little)) else {
                break;
            };
            match (code, octets) {
                (0, _) => break,
                (RESOLUTION, 1) => interface.resolution = input.array(at + 4).map_or(1_000_000, resolution),
                (OFFSET, 8) => {
                    let octets = input.array(at + 4).unwrap_or_default();
                    interface.offset =
                        if self.little { i64::from_le_bytes(octets) } else { i64::from_be_bytes(octets) };
                }
                _ => {}
            }
            at += 4 + usize::from(octets).next_multiple_of(4);
        }
        self.interfaces.push(interface);
        Ok(())
    }

    /// An Enhanced Packet Block, or the one that it replaced.
    fn packet(&self, input: &Input, kind: u32, length: usize) -> Result<Found, Stop> {
        let word = |offset| input.u32(offset, self.little).unwrap_or(0);
        let number = if kind == PACKET { input.u16(8, self.little).map(u32::from) } else { Some(word(8)) };
        let interface = number.and_then(|number| self.interfaces.get(number as usize));
        let ticks = u64::from(word(12)) << 32 | u64::from(word(16));
        let captured = word(20) as usize;
        if captured > LONGEST || length < 32 || captured > length - 32 {
            return Err(Stop::Damaged(format!("a record claims {captured} octets")));
        }
        Ok(Found {
            time: interface.map_or(0, |interface| nanoseconds(*interface, ticks)),
            link_type: interface.map_or(NO_LINK, |interface| interface.link_type),
            octets: 28..28 + captured,
            original: word(24) as usize,
        })
    }

    /// A Simple Packet Block: no time of its own, and the interface is the first.
    fn simple_packet(&self, input: &Input, length: usize) -> Result<Found, Stop> {
        if length < 16 {
            return Err(Stop::Damaged("a block is cut short".to_owned()));
        }
        let original = input.u32(8, self.little).unwrap_or(0) as usize;
        let interface = self.interfaces.first();
        let snap = interface.map_or(0, |interface| interface.snap_length);
        let captured = original.min(length - 16).min(if snap == 0 { LONGEST } else { snap.min(LONGEST) });
        let link_type = interface.map_or(NO_LINK, |interface| interface.link_type);
        Ok(Found { time: self.time, link_type, octets: 12..12 + captured, original })
    }
}

/// Ticks per second: a power of ten, or of two with the highest bit.
fn resolution([octet]: [u8; 1]) -> u64 {
    let base: u64 = if octet & 0x80 == 0 { 10 } else { 2 };
    base.saturating_pow(u32::from(octet & 0x7f))
}

fn nanoseconds(interface: Interface, ticks: u64) -> u64 {
    let since = i128::from(ticks) * 1_000_000_000 / i128::from(interface.resolution);
    let time = since + i128::from(interface.offset) * 1_000_000_000;
    u64::try_from(time.max(0)).unwrap_or(u64::MAX)
}
