//! Capture files: pcap and pcapng, in both byte orders and any resolution of time, either in gzip; a file or a pipe.
//!
//! Both formats are walked over large blocks of input, for a record of a pcap is a chain of dependent reads that only
//! runs at full rate inside the cache. A capture that is damaged gives what it has, then says why it ended.

mod input;
mod pcap;
mod pcapng;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Error, ErrorKind, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

pub use input::Stop;
use input::{BLOCK, Input, Patience};
use pcap::Pcap;
use pcapng::PcapNg;

/// The longest record, libpcap's MAXIMUM_SNAPLEN; one that claims more is damage.
const LONGEST: usize = 262_144;

/// A record of a capture. `missing` octets were cut off by the snap length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub time: u64,
    pub link_type: u32,
    pub octets: &'a [u8],
    pub missing: usize,
}

/// What became of asking for a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    Record(Record<'a>),
    /// Nothing more at hand without waiting for a pipe.
    Wait,
    End,
    /// The capture ends here, early; why.
    Damaged(String),
}

/// Records that are at hand together.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    found: &'a [Found],
    input: &'a Input,
}

impl<'a> Records<'a> {
    pub fn iter(&self) -> impl Iterator<Item = Record<'a>> + Clone + use<'a> {
        let Self { found, input } = *self;
        found.iter().map(|found| {
            let octets = input.octets(found.octets.clone());
            let missing = found.original.saturating_sub(octets.len()).min(LONGEST);
            Record { time: found.time, link_type: found.link_type, octets, missing }
        })
    }
}

/// A record, with its octets still in the input.
struct Found {
    time: u64,
    link_type: u32,
    octets: Range<usize>,
    original: usize,
}

/// Counts what is read, so that progress can be shown from another thread.
struct Counting<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

type Octets = Box<dyn Read + Send>;

enum Format {
    Pcap(Pcap),
    PcapNg(PcapNg),
}

pub struct Capture {
    format: Format,
    input: Input,
    found: Vec<Found>,
    read: Arc<AtomicU64>,
    size: u64,
}

impl Capture {
    /// Open a capture; `-` is standard input. The error says what was expected.
    pub fn open(path: &str) -> io::Result<Self> {
        if path == "-" {
            return Self::new(Box::new(io::stdin()), 0, true);
        }
        let file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(not_a_capture("is a directory, not a capture"));
        }
        let size = if about.is_file() { about.len() } else { 0 };
        Self::new(Box::new(file), size, !about.is_file())
    }

    /// A capture of `size` octets (0 where unknown); a `pipe` is read as it comes.
    pub fn new(octets: Octets, size: u64, pipe: bool) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let octets = decompressed(Box::new(Counting { inner: octets, read: read.clone() }))?;
        let mut input = Input::new(octets, pipe);
        let format = format(&mut input)?;
        Ok(Self { format, input, found: Vec::new(), read, size })
    }

    /// The next record. With `eager`, a pipe is not waited for.
    pub fn next(&mut self, eager: bool) -> Next<'_> {
        match self.gather(1, eager) {
            Ok(records) => records.iter().next().map_or(Next::Wait, Next::Record),
            Err(Stop::Wait) => Next::Wait,
            Err(Stop::End) => Next::End,
            Err(Stop::Damaged(reason)) => Next::Damaged(reason),
        }
    }

    /// The next records, at least one and up to `most` of those that are at hand with it.
    pub fn gather(&mut self, most: usize, eager: bool) -> Result<Records<'_>, Stop> {
        self.found.clear();
        let patient = if eager { Patience::File } else { Patience::Both };
        loop {
            if let Format::Pcap(pcap) = &self.format {
                pcap.at_hand(&mut self.input, most, &mut self.found);
            }
            if self.found.len() >= most {
                break;
            }
            let patience = if self.found.is_empty() { patient } else { Patience::None };
            match self.find(patience) {
                Ok(found) => self.found.push(found),
                Err(_) if !self.found.is_empty() => break, // which is found again
                Err(stop) => {
                    if matches!(stop, Stop::Damaged(_)) {
                        self.input.end();
                    }
                    return Err(stop);
                }
            }
        }
        Ok(Records { found: &self.found, input: &self.input })
    }

    fn find(&mut self, patience: Patience) -> Result<Found, Stop> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.input, patience),
            Format::PcapNg(pcapng) => pcapng.next(&mut self.input, patience),
        }
    }

    /// Octets of the file read so far, to be looked at from anywhere.
    pub fn position(&self) -> Arc<AtomicU64> {
        self.read.clone()
    }

    /// Octets of the file; 0 where unknown.
    pub fn size(&self) -> u64 {
        self.size
    }
}

fn not_a_capture(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, text)
}

/// What is in the gzip, where it is one.
fn decompressed(mut octets: Octets) -> io::Result<Octets> {
    let mut head = Vec::new();
    octets.by_ref().take(2).read_to_end(&mut head)?;
    let zipped = head == [0x1f, 0x8b];
    let octets = Cursor::new(head).chain(octets);
    if zipped {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, octets))));
    }
    Ok(Box::new(octets))
}

fn format(input: &mut Input) -> io::Result<Format> {
    if let Some(reason) = input.unreadable(4) {
        return Err(not_a_capture(&reason));
    }
    let (little, nano) = match input.array::<4>(0) {
        None if input.left() == 0 => return Err(not_a_capture("is empty; expected a capture (pcap or pcapng)")),
        Some([0xd4, 0xc3, 0xb2, 0xa1]) => (true, false),
        Some([0xa1, 0xb2, 0xc3, 0xd4]) => (false, false),
        Some([0x4d, 0x3c, 0xb2, 0xa1]) => (true, true),
        Some([0xa1, 0xb2, 0x3c, 0x4d]) => (false, true),
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => return Ok(Format::PcapNg(PcapNg::default())),
        _ => return Err(not_a_capture("is no capture; expected pcap or pcapng, plain or in gzip")),
    };
    if let Some(reason) = input.unreadable(pcap::FILE_HEADER) {
        return Err(not_a_capture(&reason));
    }
    let pcap = Pcap::open(input, little, nano);
    pcap.map(Format::Pcap).ok_or(not_a_capture("ends within the file header of a pcap"))
}
