//! The index of a segment: which packets are about what, and when each stretch of the segment was.
//!
//! A file of little-endian numbers: magic, the segment's length, a checksum of all that follows; the link types by
//! interface; marks (offset, first and last time of the packets from there to the next mark); entries (key, offset),
//! sorted. `Index::read` takes nothing on trust. Beside a sealed segment what follows the checksum is sealed, entries apart
//! from the rest and in stretches, of which only those are opened that hold a key: by the keys of packets alone, whoever tries
//! all numbers that there are would find whose packets they are.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use crate::block::{self, Block, u32_at, u64_at};
use crate::sealing::{EXTRA, Keys, Seal};
use crate::segment::{Segment, create};
use crate::told;
use crate::walk::Walker;

const MAGIC: u64 = 0x3153_4544_4956_4553;
const SEALED: u64 = 0x3253_4544_4956_4553;
const HEADS: &str = "heads";
/// Entries that are sealed together.
const TOGETHER: usize = 4096;
const FENCE: usize = 8;
const HEADER: usize = 24;
const COUNTS: usize = 12;
const LINK: usize = 4;
const MARK: usize = 20;
pub const ENTRY: usize = 12;
/// Longer than any index that we write.
const LONGEST: u64 = 1 << 26;
/// Packets of a stretch, when an index is made by walking.
const STRETCH: u32 = 1024;

/// A stretch of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub offset: u32,
    pub first: u64,
    pub last: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Octets of what the segment holds that it covers.
    pub length: u64,
    pub links: Vec<u32>,
    pub marks: Vec<Mark>,
    /// Key and offset; sorted once the index is `finish`ed.
    pub entries: Vec<(u64, u32)>,
}

impl Index {
    pub fn finish(&mut self) {
        self.entries.sort_unstable();
        self.entries.dedup();
    }

    /// Offsets of packets about a key, those in stretches that may hold packets of that time.
    pub fn about(&self, key: u64, since: u64, until: u64) -> impl Iterator<Item = u32> {
        let start = self.entries.partition_point(|entry| entry.0 < key);
        let found = self.entries.get(start..).unwrap_or(&[]).iter();
        found.take_while(move |entry| entry.0 == key).map(|entry| entry.1).filter(move |offset| {
            let after = self.marks.partition_point(|mark| mark.offset <= *offset);
            let mark = after.checked_sub(1).and_then(|at| self.marks.get(at));
            mark.is_none_or(|mark| mark.first < until && mark.last >= since)
        })
    }

    /// Whether any packet may be of that time.
    pub fn overlaps(&self, since: u64, until: u64) -> bool {
        self.marks.iter().any(|mark| mark.first < until && mark.last >= since)
    }

    /// Octets that it takes on disk, at most.
    pub fn size(&self) -> u64 {
        let rest = COUNTS + self.links.len() * LINK + self.marks.len() * MARK + self.entries.len() * ENTRY;
        (HEADER + rest) as u64 + EXTRA * (1 + self.entries.len().div_ceil(TOGETHER)) as u64
    }

    /// Write it, for a segment of this length on disk, whole or not at all.
    pub fn write(&self, path: &Path, length: u64, seal: Option<&Seal>) -> std::io::Result<u64> {
        let rest = match seal {
            None => [self.heads(), octets_of(&self.entries)].concat(),
            Some(seal) => {
                let (mut rest, mut heads) = (Vec::new(), self.heads());
                let fences = self.entries.chunks(TOGETHER).filter_map(|some| some.first());
                heads.extend(fences.flat_map(|(key, _)| key.to_le_bytes()));
                put(&mut rest, &seal.seal(HEADS, &heads)?);
                for (number, some) in self.entries.chunks(TOGETHER).enumerate() {
                    put(&mut rest, &seal.seal(&number.to_string(), &octets_of(some))?);
                }
                rest
            }
        };
        let header = [if seal.is_some() { SEALED } else { MAGIC }, length, xxh3_64(&rest)];
        let octets: Vec<u8> = header.into_iter().flat_map(u64::to_le_bytes).chain(rest).collect();
        let partial = path.with_extension("partial");
        let mut file = create(&partial)?;
        file.write_all(&octets)?;
        fs::rename(&partial, path)?;
        Ok(octets.len() as u64)
    }

    fn heads(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(COUNTS + self.links.len() * LINK + self.marks.len() * MARK);
        for count in [self.links.len(), self.marks.len(), self.entries.len()] {
            octets.extend_from_slice(&u32::try_from(count).unwrap_or(0).to_le_bytes());
        }
        self.links.iter().for_each(|link| octets.extend_from_slice(&link.to_le_bytes()));
        for mark in &self.marks {
            octets.extend_from_slice(&mark.offset.to_le_bytes());
            octets.extend_from_slice(&mark.first.to_le_bytes());
            octets.extend_from_slice(&mark.last.to_le_bytes());
        }
        octets
    }

    /// The index of a segment with its entries, of a sealed one with those of what is asked about, and when; `None` where it
    /// is not there, not whole, of another state of the segment, or does not open.
    pub fn read(segment: &Segment, keys: &Keys, about: &[u64], since: u64, until: u64) -> Option<Self> {
        let mut octets = Vec::new();
        File::open(segment.index()).ok()?.take(LONGEST + 1).read_to_end(&mut octets).ok()?;
        let rest = octets.get(HEADER..)?;
        let header = (u64_at(&octets, 0)?, u64_at(&octets, 8)?, u64_at(&octets, 16)?);
        let seal = segment.seal(keys);
        if header != (if seal.is_some() { SEALED } else { MAGIC }, segment.length, xxh3_64(rest)) {
            return None;
        }
        let Some(seal) = seal else {
            let (mut index, (entries, count)) = Self::headed(rest)?;
            index.entries = pairs(entries, count)?;
            return Some(index);
        };
        let (heads, mut rest) = take(rest)?;
        let heads = seal.open(HEADS, heads).ok()?;
        let (mut index, (fences, mut left)) = Self::headed(&heads)?;
        if !index.overlaps(since, until) {
            return Some(index);
        }
        let fences: Vec<u64> = fences.chunks_exact(FENCE).filter_map(|fence| u64_at(fence, 0)).collect();
        for (number, first) in fences.iter().enumerate() {
            let (sealed, others) = take(rest)?;
            let last = fences.get(number + 1).copied().unwrap_or(u64::MAX);
            if about.iter().any(|key| (*first..=last).contains(key)) {
                index.entries.extend(pairs(&seal.open(&number.to_string(), sealed).ok()?, left.min(TOGETHER))?);
            }
            (rest, left) = (others, left.saturating_sub(TOGETHER));
        }
        Some(index)
    }

    /// An index without its entries; and what follows, and how many those are.
    fn headed(octets: &[u8]) -> Option<(Self, (&[u8], usize))> {
        let count = |at| u32_at(octets, at).map(|count| count as usize);
        let (links, marks, entries) = (count(0)?, count(4)?, count(8)?);
        let (links, rest) = octets.get(COUNTS..)?.split_at_checked(links.checked_mul(LINK)?)?;
        let (marks, rest) = rest.split_at_checked(marks.checked_mul(MARK)?)?;
        let index = Self {
            links: links.chunks_exact(LINK).filter_map(|link| u32_at(link, 0)).collect(),
            marks: marks.chunks_exact(MARK).filter_map(mark).collect(),
            ..Self::default()
        };
        Some((index, (rest, entries)))
    }

    /// Whether a file looks like the index of a segment of this length.
    pub fn fits(segment: &Segment) -> bool {
        let mut header = [0; HEADER];
        let read = File::open(segment.index()).and_then(|mut file| file.read_exact(&mut header));
        let magic = if segment.sealed { SEALED } else { MAGIC };
        read.is_ok() && (u64_at(&header, 0), u64_at(&header, 8)) == (Some(magic), Some(segment.length))
    }

    /// Make the index of a segment by walking it, up to its last whole block; what does not open is passed over.
    pub fn walk(segment: &Segment, keys: &Keys) -> std::io::Result<Walked> {
        let mut file = BufReader::with_capacity(1 << 18, segment.open(keys)?);
        let (mut index, mut walker, mut buffer) = (Self::default(), Walker::default(), Vec::new());
        let mut packets = 0;
        loop {
            let Some((block, length)) = block::read(&mut file, &mut buffer) else {
                let Some(behind) = file.get_mut().behind() else { break };
                index.length = file.seek(SeekFrom::Start(behind))?;
                continue;
            };
            let Ok(offset) = u32::try_from(index.length) else { break };
            match block {
                Block::Section if offset > 0 => break,
                Block::Section => {}
                _ if offset == 0 => break,
                // Which number it has is known as long as nothing is missing before it.
                Block::Interface(_) if !file.get_ref().trouble().is_empty() => break,
                Block::Interface(link_type) => index.links.push(link_type),
                Block::Packet(packet) => {
                    index.packet(offset, &packet, &mut walker, packets % STRETCH == 0);
                    packets += 1;
                }
            }
            index.length += length as u64;
        }
        index.finish();
        let content = file.get_ref();
        Ok(Walked {
            whole: content.whole(index.length),
            trouble: content.trouble().to_owned(),
            unopened: content.unopened(),
            index,
        })
    }

    fn packet(&mut self, offset: u32, packet: &block::Stored, walker: &mut Walker, new: bool) {
        let link_type = self.links.get(packet.interface as usize).copied().unwrap_or(u32::MAX);
        let missing = (packet.length as usize).saturating_sub(packet.octets.len());
        let walk = walker.walk(link_type, &packet.octets, missing);
        self.entries.extend(walk.keys().iter().copied().chain(told::keys(&packet.comment)).map(|key| (key, offset)));
        match self.marks.last_mut() {
            Some(mark) if !new => mark.take(packet.time),
            _ => self.marks.push(Mark { offset, first: packet.time, last: packet.time }),
        }
    }
}

/// Something with its length before it.
fn put(into: &mut Vec<u8>, octets: &[u8]) {
    into.extend_from_slice(&u32::try_from(octets.len()).unwrap_or(0).to_le_bytes());
    into.extend_from_slice(octets);
}

fn take(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    octets.get(4..)?.split_at_checked(u32_at(octets, 0)? as usize)
}

fn octets_of(entries: &[(u64, u32)]) -> Vec<u8> {
    entries.iter().flat_map(|(key, offset)| key.to_le_bytes().into_iter().chain(offset.to_le_bytes())).collect()
}

/// An index that was made by walking: of so many octets on disk; `trouble` says what of them did not open.
#[derive(Debug, Default)]
pub struct Walked {
    pub index: Index,
    pub whole: u64,
    pub trouble: String,
    pub unopened: BTreeSet<String>,
}

impl Mark {
    pub fn take(&mut self, time: u64) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}

fn mark(octets: &[u8]) -> Option<Mark> {
    Some(Mark { offset: u32_at(octets, 0)?, first: u64_at(octets, 4)?, last: u64_at(octets, 12)? })
}

fn pairs(octets: &[u8], count: usize) -> Option<Vec<(u64, u32)>> {
    let octets = octets.get(..count.checked_mul(ENTRY)?)?;
    Some(octets.chunks_exact(ENTRY).filter_map(|entry| Some((u64_at(entry, 0)?, u32_at(entry, 8)?))).collect())
}
