//! Cutting packets out of folders that may be written to at the same time.

use std::collections::BTreeSet;
use std::io::{self, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::Path;

use crate::block::{self, Block, Stored};
use crate::index::Index;
use crate::sealing::Keys;
use crate::segment::{self, Content, Segment};
use crate::subject::Subject;

/// What is asked for: packets about any of the subjects (all, if none is named), from `since` up to before `until`.
#[derive(Clone, Debug)]
pub struct Wanted {
    keys: Vec<u64>,
    since: u64,
    until: u64,
    /// Packets and octets, at most.
    packets: usize,
    octets: usize,
}

impl Wanted {
    pub fn new(subjects: &[Subject], since: u64, until: u64, packets: usize, octets: usize) -> Self {
        Self { keys: subjects.iter().map(Subject::key).collect(), since, until, packets, octets }
    }
}

/// A packet that was kept: its first `octets` of the `length` that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub time: u64,
    pub link_type: u32,
    pub length: u32,
    pub number: u64,
    pub comment: String,
    pub octets: Vec<u8>,
}

/// Packets in the order of their times; `more` says that the bounds left some out, `trouble` what is sealed and did not open.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    pub packets: Vec<Kept>,
    pub more: bool,
    pub trouble: String,
    /// Which pieces those are.
    pub unopened: BTreeSet<String>,
}

impl Cut {
    fn missed(&mut self, trouble: &str, unopened: BTreeSet<String>) {
        self.unopened.extend(unopened);
        if self.trouble.is_empty() {
            trouble.clone_into(&mut self.trouble);
        }
    }
}

/// Cut out of a folder. A segment that goes away meanwhile, or that is none, is passed over.
pub fn cut(folder: &Path, wanted: &Wanted, keys: &Keys) -> io::Result<Cut> {
    let mut found = Cut::default();
    let mut left = wanted.octets;
    for segment in segment::list(folder)? {
        match of_segment(&segment, wanted, keys, &mut left, &mut found) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ if found.more => break,
            _ => {}
        }
    }
    found.packets.sort_by_key(|packet| packet.time);
    Ok(found)
}

fn of_segment(segment: &Segment, wanted: &Wanted, keys: &Keys, left: &mut usize, found: &mut Cut) -> io::Result<()> {
    let index = match Index::read(segment, keys, &wanted.keys, wanted.since, wanted.until) {
        Some(index) => index,
        None => {
            let walked = Index::walk(segment, keys)?;
            found.missed(&walked.trouble, walked.unopened);
            walked.index
        }
    };
    if !index.overlaps(wanted.since, wanted.until) {
        return Ok(());
    }
    let mut file = BufReader::with_capacity(1 << 16, segment.open(keys)?);
    if wanted.keys.is_empty() {
        whole(&mut file, &index, wanted, left, found)?;
    } else {
        about(&mut file, &index, wanted, left, found)?;
    }
    found.missed(file.get_ref().trouble(), file.get_ref().unopened());
    Ok(())
}

/// All packets of a segment.
fn whole(
    file: &mut BufReader<Content>,
    index: &Index,
    wanted: &Wanted,
    left: &mut usize,
    found: &mut Cut,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    while !found.more {
        match block::read(file, &mut buffer) {
            Some((block, _)) => take(block, index, wanted, left, found),
            None => match file.get_mut().behind() {
                Some(behind) => drop(file.seek(SeekFrom::Start(behind))?),
                None => break,
            },
        }
    }
    Ok(())
}

/// Those about what is wanted.
fn about(
    file: &mut BufReader<Content>,
    index: &Index,
    wanted: &Wanted,
    left: &mut usize,
    found: &mut Cut,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    let about = wanted.keys.iter().flat_map(|key| index.about(*key, wanted.since, wanted.until));
    let mut at = 0;
    for offset in about.collect::<BTreeSet<u32>>() {
        let offset = u64::from(offset);
        // Small steps stay in the buffer.
        match i64::try_from(offset).unwrap_or(0) - i64::try_from(at).unwrap_or(0) {
            step @ 0.. if at > 0 => file.seek_relative(step)?,
            _ => drop(file.seek(SeekFrom::Start(offset))?),
        }
        at = offset;
        let Some((block, length)) = block::read(file, &mut buffer) else {
            at = 0; // wherever the reader is now
            continue;
        };
        at += length as u64;
        take(block, index, wanted, left, found);
        if found.more {
            break;
        }
    }
    Ok(())
}

fn take(block: Block, index: &Index, wanted: &Wanted, left: &mut usize, found: &mut Cut) {
    let Block::Packet(packet) = block else { return };
    if found.more || !(wanted.since..wanted.until).contains(&packet.time) {
        return;
    }
    let Some(link_type) = index.links.get(packet.interface as usize) else { return };
    match left.checked_sub(packet.octets.len()) {
        Some(rest) if found.packets.len() < wanted.packets => *left = rest,
        _ => {
            found.more = true;
            return;
        }
    }
    let Stored { time, length, number, comment, octets, .. } = packet;
    found.packets.push(Kept { time, link_type: *link_type, length, number, comment, octets });
}
