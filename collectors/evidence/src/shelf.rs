//! The thread's side: chunks into segments, within the bounds; what cannot be written is counted.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::block;
use crate::index::{ENTRY, Index, Mark};
use crate::sealing::{EXTRA, Keys, Seal};
use crate::segment::{self, Segment};
use crate::writer::Options;

/// Octets that are sealed together, or more by one packet: whoever wants a packet opens all of them.
const PIECE: usize = 16 << 10;
/// Entries of one index: 16 MiB in memory.
const MOST_ENTRIES: usize = 1 << 20;
/// More than a section, an interface and an index begin with.
const HEADS: usize = 1024;
/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// A segment is closed after this part of the age that the ring may have, so that little outlives it.
const AGES: u32 = 8;

/// Packets on their way to the disk. Offsets are those within `octets`.
#[derive(Debug, Default)]
pub struct Chunk {
    pub octets: Vec<u8>,
    pub entries: Vec<(u64, u32)>,
    pub packets: u64,
    pub first: u64,
    pub last: u64,
    /// Link types by interface, of all packets so far.
    pub links: Vec<u32>,
}

impl Chunk {
    pub fn clear(&mut self) {
        self.octets.clear();
        self.entries.clear();
        self.links.clear();
        self.packets = 0;
    }
}

/// What both sides know.
#[derive(Debug, Default)]
pub struct Shared {
    pub kept: AtomicU64,
    pub lost: AtomicU64,
    /// Octets on disk.
    pub octets: AtomicU64,
    /// Those that a writer before this one left unfinished, and that were cut off.
    pub torn: AtomicU64,
    pub trouble: Mutex<String>,
}

impl Shared {
    fn say(&self, trouble: &str) {
        let mut said = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != trouble {
            trouble.clone_into(&mut said);
        }
    }
}

struct Open {
    number: u64,
    path: PathBuf,
    file: File,
    seal: Option<Seal>,
    index: Index,
    /// Octets of its file.
    stored: u64,
    since: Instant,
}

pub struct Shelf<'a> {
    options: &'a Options,
    shared: &'a Shared,
    closed: VecDeque<Segment>,
    open: Option<Open>,
    next: u64,
    pause: Option<Instant>,
}

impl<'a> Shelf<'a> {
    /// Take over what an earlier writer left, whole or not.
    pub fn new(options: &'a Options, shared: &'a Shared) -> Self {
        let mut closed = VecDeque::new();
        let mut next = 0;
        for segment in segment::list(&options.folder).unwrap_or_default() {
            next = next.max(segment.number + 1);
            closed.extend(mend(segment, &options.keys, shared));
        }
        let mut shelf = Self { options, shared, closed, open: None, next, pause: None };
        shelf.tidy();
        shelf
    }

    /// Keep a chunk, or count it as lost and say why.
    pub fn put(&mut self, chunk: &Chunk) {
        if self.pause.is_some_and(|until| Instant::now() < until) {
            self.shared.lost.fetch_add(chunk.packets, Ordering::Relaxed);
            return;
        }
        match self.write(chunk) {
            Ok(()) => {
                self.pause = None;
                self.shared.kept.fetch_add(chunk.packets, Ordering::Relaxed);
                self.shared.say("");
            }
            Err(error) => {
                self.close();
                self.pause = Some(Instant::now() + PAUSE);
                self.shared.lost.fetch_add(chunk.packets, Ordering::Relaxed);
                self.shared.say(&error.to_string());
            }
        }
        self.shared.octets.store(self.octets(), Ordering::Relaxed);
    }

    /// Let go what is over its age, and close a segment before it gets there.
    pub fn tidy(&mut self) {
        if self.open.as_ref().is_some_and(|open| open.since.elapsed() > self.options.age / AGES) {
            self.close();
        }
        let oldest = SystemTime::now().checked_sub(self.options.age);
        while self.closed.front().is_some_and(|segment| Some(segment.changed) < oldest) && self.forget() {}
        self.shared.octets.store(self.octets(), Ordering::Relaxed);
    }

    /// Close the open segment: its index goes to disk.
    pub fn close(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        open.index.finish();
        let length = open.stored;
        let _ = open.file.set_len(length); // after a failure, half a chunk may stand behind
        let _ = open.file.sync_data();
        let (number, sealed, changed) = (open.number, open.seal.is_some(), SystemTime::now());
        let mut segment = Segment { number, path: open.path, sealed, length, octets: length, changed };
        // Without its index it is walked when it is read.
        segment.octets += open.index.write(&segment.index(), length, open.seal.as_ref()).unwrap_or(0);
        self.closed.push_back(segment);
    }

    fn write(&mut self, chunk: &Chunk) -> io::Result<()> {
        self.space(chunk)?;
        let limit = self.options.segment;
        let size = size(chunk);
        if self.open.as_ref().is_some_and(|open| {
            open.stored + size > limit || open.index.entries.len() + chunk.entries.len() > MOST_ENTRIES
        }) {
            self.close();
        }
        while self.octets() + size > self.options.size && self.forget() {}
        if self.octets() + size > self.options.size {
            self.close(); // it is all that there is
            while self.octets() + size > self.options.size && self.forget() {}
        }
        if self.open.is_none() {
            self.open = Some(open(&self.options.folder, self.next, &self.options.keys)?);
            self.next += 1;
        }
        let Some(open) = self.open.as_mut() else { return Ok(()) };
        open.write(chunk, &self.options.source)
    }

    /// Evidence gives way before the disk is full, because others need it too.
    fn space(&self, chunk: &Chunk) -> io::Result<()> {
        let about = rustix::fs::statvfs(&self.options.folder)?;
        let free = about.f_bavail.saturating_mul(about.f_frsize);
        if free < self.options.reserve.saturating_add(size(chunk)) {
            let text = format!("only {} MiB are free on the disk of {}", free >> 20, self.options.folder.display());
            return Err(io::Error::new(io::ErrorKind::StorageFull, text));
        }
        Ok(())
    }

    /// Delete the oldest closed segment; returns whether there was one that could be.
    fn forget(&mut self) -> bool {
        self.closed.pop_front().is_some_and(|segment| segment.remove().is_ok())
    }

    fn octets(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, |open| open.stored + open.index.size());
        open + self.closed.iter().map(|segment| segment.octets).sum::<u64>()
    }
}

/// Octets that a chunk takes on disk, at most: it may begin a segment.
fn size(chunk: &Chunk) -> u64 {
    let heads = (1 + chunk.links.len()) * HEADS;
    let seals = (chunk.octets.len() / PIECE) as u64 * EXTRA;
    (chunk.octets.len() + chunk.entries.len() * ENTRY + heads) as u64 + seals
}

fn open(folder: &Path, number: u64, keys: &Keys) -> io::Result<Open> {
    segment::folder(folder)?;
    let path = segment::path(folder, number, keys.is_some());
    let (file, seal) = (segment::create(&path)?, keys.as_ref().map(|_| segment::seal(&path, keys)));
    let mut open = Open { number, path, file, seal, index: Index::default(), stored: 0, since: Instant::now() };
    let mut head = Vec::new();
    block::section(&mut head);
    if let Err(error) = open.put(&head) {
        let _ = fs::remove_file(&open.path);
        return Err(error);
    }
    Ok(open)
}

impl Open {
    fn write(&mut self, chunk: &Chunk, source: &str) -> io::Result<()> {
        let new = chunk.links.get(self.index.links.len()..).unwrap_or(&[]);
        if !new.is_empty() {
            let mut octets = Vec::new();
            new.iter().for_each(|link| block::interface(&mut octets, *link, source));
            self.put(&octets)?;
            self.index.links.extend_from_slice(new);
        }
        let base = u32::try_from(self.index.length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.put(&chunk.octets)?;
        self.index.marks.push(Mark { offset: base, first: chunk.first, last: chunk.last });
        self.index.entries.extend(chunk.entries.iter().map(|(key, offset)| (*key, base.saturating_add(*offset))));
        Ok(())
    }

    fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stored += match &self.seal {
            None => self.file.write_all(octets).map(|()| octets.len() as u64)?,
            Some(seal) => seal.write(&mut self.file, self.index.length, &block::together(octets, PIECE))?,
        };
        self.index.length += octets.len() as u64;
        Ok(())
    }
}

/// A segment that was not closed is cut back to its last whole block, and gets its index.
fn mend(mut segment: Segment, keys: &Keys, shared: &Shared) -> Option<Segment> {
    if Index::fits(&segment) {
        return Some(segment);
    }
    let walked = Index::walk(&segment, keys).unwrap_or_default();
    if walked.index.marks.is_empty() && walked.trouble.is_empty() {
        let _ = segment.remove(); // nothing in it
        return None;
    }
    let file = File::options().write(true).open(&segment.path).ok()?;
    shared.torn.fetch_add(segment.length.saturating_sub(walked.whole), Ordering::Relaxed);
    file.set_len(walked.whole).ok()?;
    // It is as old as its last packet, not as its repair.
    let _ = file.set_modified(segment.changed);
    (segment.length, segment.octets) = (walked.whole, walked.whole);
    if walked.trouble.is_empty() {
        let written = walked.index.write(&segment.index(), walked.whole, segment.seal(keys).as_ref());
        segment.octets += written.unwrap_or(0);
    }
    Some(segment)
}
