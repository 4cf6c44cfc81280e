//! The index of a segment: which packets are about what, and when each stretch of the segment was.
//!
//! A file of little-endian numbers: magic, the segment's length, a checksum of all that follows; the link types by
//! interface; marks (offset, first and last time of the packets from there to the next mark); entries (key, offset),
//! sorted. `Index::read` takes nothing on trust.

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use crate::block::{self, Block, u32_at, u64_at};
use crate::segment::create;
use crate::told;
use crate::walk::Walker;

const MAGIC: u64 = 0x3153_4544_4956_4553;
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
    /// Octets of the segment that it covers.
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

    /// Octets that it takes on disk.
    pub fn size(&self) -> u64 {
        (HEADER + COUNTS + self.links.len() * LINK + self.marks.len() * MARK + self.entries.len() * ENTRY) as u64
    }

    /// Write it whole or not at all.
    pub fn write(&self, path: &Path) -> std::io::Result<u64> {
        let octets = self.octets();
        let partial = path.with_extension("partial");
        let mut file = create(&partial)?;
        file.write_all(&octets)?;
        fs::rename(&partial, path)?;
        Ok(octets.len() as u64)
    }

    fn octets(&self) -> Vec<u8> {
        let mut rest = Vec::with_capacity(COUNTS + self.entries.len() * ENTRY + self.marks.len() * MARK);
        for count in [self.links.len(), self.marks.len(), self.entries.len()] {
            rest.extend_from_slice(&u32::try_from(count).unwrap_or(0).to_le_bytes());
        }
        self.links.iter().for_each(|link| rest.extend_from_slice(&link.to_le_bytes()));
        for mark in &self.marks {
            rest.extend_from_slice(&mark.offset.to_le_bytes());
            rest.extend_from_slice(&mark.first.to_le_bytes());
            rest.extend_from_slice(&mark.last.to_le_bytes());
        }
        for (key, offset) in &self.entries {
            rest.extend_from_slice(&key.to_le_bytes());
            rest.extend_from_slice(&offset.to_le_bytes());
        }
        let header = [MAGIC, self.length, xxh3_64(&rest)].into_iter().flat_map(u64::to_le_bytes);
        header.chain(rest.iter().copied()).collect()
    }

    /// The index in a file; `None` where it is not there, not whole, or of another state of the segment.
    pub fn read(path: &Path, length: u64) -> Option<Self> {
        let mut octets = Vec::new();
        File::open(path).ok()?.take(LONGEST + 1).read_to_end(&mut octets).ok()?;
        let rest = octets.get(HEADER..)?;
        let header = (u64_at(&octets, 0)?, u64_at(&octets, 8)?, u64_at(&octets, 16)?);
        if header != (MAGIC, length, xxh3_64(rest)) {
            return None;
        }
        let count = |at| u32_at(rest, at).map(|count| count as usize);
        let (links, marks, entries) = (count(0)?, count(4)?, count(8)?);
        let (links, rest) = rest.get(COUNTS..)?.split_at_checked(links.checked_mul(LINK)?)?;
        let (marks, rest) = rest.split_at_checked(marks.checked_mul(MARK)?)?;
        let entries = rest.get(..entries.checked_mul(ENTRY)?)?;
        Some(Self {
            length,
            links: links.chunks_exact(LINK).filter_map(|link| u32_at(link, 0)).collect(),
            marks: marks.chunks_exact(MARK).filter_map(mark).collect(),
            entries: entries
                .chunks_exact(ENTRY)
                .filter_map(|entry| Some((u64_at(entry, 0)?, u32_at(entry, 8)?)))
                .collect(),
        })
    }

    /// Whether a file looks like the index of a segment of this length.
    pub fn fits(path: &Path, length: u64) -> bool {
        let mut header = [0; HEADER];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
        read.is_ok() && (u64_at(&header, 0), u64_at(&header, 8)) == (Some(MAGIC), Some(length))
    }

    /// Make the index of a segment by walking it, up to its last whole block.
    pub fn walk(segment: &Path) -> std::io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(segment)?);
        let (mut index, mut walker, mut buffer) = (Self::default(), Walker::default(), Vec::new());
        let mut packets = 0;
        while let Some((block, length)) = block::read(&mut file, &mut buffer) {
            let Ok(offset) = u32::try_from(index.length) else { break };
            match block {
                Block::Section if offset > 0 => break,
                Block::Section => {}
                _ if offset == 0 => break,
                Block::Interface(link_type) => index.links.push(link_type),
                Block::Packet(packet) => {
                    index.packet(offset, &packet, &mut walker, packets % STRETCH == 0);
                    packets += 1;
                }
            }
            index.length += length as u64;
        }
        index.finish();
        Ok(index)
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

impl Mark {
    pub fn take(&mut self, time: u64) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}

fn mark(octets: &[u8]) -> Option<Mark> {
    Some(Mark { offset: u32_at(octets, 0)?, first: u64_at(octets, 4)?, last: u64_at(octets, 12)? })
}
