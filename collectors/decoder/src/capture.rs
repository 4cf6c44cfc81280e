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

use input::{BLOCK, Input, Stop};
use pcap::Pcap;
use pcapng::PcapNg;

/// The longest record, libpcap's MAXIMUM_SNAPLEN; one that claims more is damage.
const LONGEST: usize = 262_144;

/// A record of a capture. `missing` octets were cut off by the snap length.
#[derive(Debug, PartialEq, Eq)]
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
        Ok(Self { format, input, read, size })
    }

    /// The next record. With `eager`, a pipe is not waited for.
    pub fn next(&mut self, eager: bool) -> Next<'_> {
        let found = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.input, eager),
            Format::PcapNg(pcapng) => pcapng.next(&mut self.input, eager),
        };
        match found {
            Ok(found) => {
                let octets = self.input.octets(found.octets);
                let missing = found.original.saturating_sub(octets.len()).min(LONGEST);
                Next::Record(Record { time: found.time, link_type: found.link_type, octets, missing })
            }
            Err(Stop::Wait) => Next::Wait,
            Err(Stop::End) => Next::End,
            Err(Stop::Damaged(reason)) => {
                self.input.end();
                Next::Damaged(reason)
            }
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
