//! Capture files: pcap in both byte orders, micro- and nanoseconds, and pcapng; either in gzip; from a file or a pipe.
//!
//! Plain pcap has a walk of our own over large blocks, since it is the format of long captures; pcapng is `pcap-file`'s.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use pcap_file::PcapError;
use pcap_file::pcapng::{Block, PcapNgReader};

const BLOCK: usize = 1 << 20;
const LARGEST: usize = 1 << 24; // no link carries 16 MiB frames: a larger record is damage

/// A record of a capture. `missing` octets were cut off by the snap length.
#[derive(Debug)]
pub struct Record<'a> {
    pub time: u64,
    pub link_type: u32,
    pub octets: &'a [u8],
    pub missing: usize,
}

/// What became of asking for a record.
#[derive(Debug)]
pub enum Next<'a> {
    Record(Record<'a>),
    /// Nothing more at hand without waiting for a pipe.
    Wait,
    End,
    /// The capture ends here, early; why.
    Damaged(String),
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

type Input = Box<dyn Read + Send>;

enum Format {
    Pcap(Pcap),
    PcapNg(Box<PcapNg>),
}

pub struct Capture {
    format: Format,
    read: Arc<AtomicU64>,
    size: u64,
}

impl Capture {
    /// Open a capture; `-` is standard input. The error says what was expected.
    pub fn open(path: &str) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let (input, size, pipe): (Input, u64, bool) = if path == "-" {
            (Box::new(Counting { inner: io::stdin(), read: read.clone() }), 0, true)
        } else {
            let file = File::open(path)?;
            let about = file.metadata()?;
            if about.is_dir() {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory, not a capture"));
            }
            let size = if about.is_file() { about.len() } else { 0 };
            (Box::new(Counting { inner: file, read: read.clone() }), size, !about.is_file())
        };
        let (head, input) = peek(input)?;
        let (head, input) = if head.starts_with(&[0x1f, 0x8b]) {
            peek(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, input))))?
        } else {
            (head, input)
        };
        Ok(Self { format: format(&head, input, pipe)?, read, size })
    }

    /// The next record. With `eager`, a pipe is not waited for.
    pub fn next(&mut self, eager: bool) -> Next<'_> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.next(eager),
            Format::PcapNg(ng) => ng.next(eager),
        }
    }

    /// Octets of the file read so far.
    pub fn position(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Octets of the file; 0 where unknown.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// The first octets, at most four, and an input that gives them again.
fn peek(mut input: Input) -> io::Result<(Vec<u8>, Input)> {
    let mut head = Vec::new();
    input.by_ref().take(4).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(io::Cursor::new(head).chain(input))))
}

fn format(head: &[u8], input: Input, pipe: bool) -> io::Result<Format> {
    let not_a_capture = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text.to_owned());
    let (swapped, nano) = match head {
        [] => return Err(not_a_capture("is empty; expected a capture (pcap or pcapng)")),
        [0xd4, 0xc3, 0xb2, 0xa1] => (true, false),
        [0xa1, 0xb2, 0xc3, 0xd4] => (false, false),
        [0x4d, 0x3c, 0xb2, 0xa1] => (true, true),
        [0xa1, 0xb2, 0x3c, 0x4d] => (false, true),
        [0x0a, 0x0d, 0x0d, 0x0a] => {
            let reader = PcapNgReader::new(input)
                .map_err(|error| not_a_capture(&format!("is no readable pcapng: {}", why(&error))))?;
            return Ok(Format::PcapNg(Box::new(PcapNg { reader, interfaces: Vec::new(), octets: Vec::new(), pipe, given: false })));
        }
        _ => return Err(not_a_capture("is no capture; expected pcap or pcapng, plain or in gzip")),
    };
    let mut pcap = Pcap { input, pipe, swapped, nano, link_type: 0, buffer: Vec::new(), at: 0, ended: false };
    while pcap.left() < 24 && pcap.fill()? {}
    match pcap.u32_at(20) {
        Some(link_type) => pcap.link_type = link_type & 0x0fff_ffff,
        None => return Err(not_a_capture("ends within the file header of a pcap")),
    }
    pcap.at = 24;
    Ok(Format::Pcap(pcap))
}

struct Pcap {
    input: Input,
    pipe: bool,
    swapped: bool,
    nano: bool,
    link_type: u32,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Pcap {
    fn left(&self) -> usize {
        self.buffer.len().saturating_sub(self.at)
    }

    fn u32_at(&self, offset: usize) -> Option<u32> {
        let octets = self.buffer.get(self.at + offset..)?.first_chunk::<4>().copied()?;
        Some(if self.swapped { u32::from_le_bytes(octets) } else { u32::from_be_bytes(octets) })
    }

    /// Read another block; false at the end of input.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + BLOCK, 0);
        let count = loop {
            match self.input.read(self.buffer.get_mut(before..).unwrap_or(&mut [])) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(before + count.as_ref().copied().unwrap_or(0));
        count.map(|count| count > 0)
    }

    fn next(&mut self, eager: bool) -> Next<'_> {
        loop {
            if let Some(length) = self.u32_at(8) {
                let length = length as usize;
                if length > LARGEST {
                    return self.damaged(format!("a record claims {length} octets"));
                }
                if self.left() >= 16 + length {
                    return self.record(length);
                }
            }
            if self.ended {
                return Next::End;
            }
            if eager && self.pipe {
                return Next::Wait;
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) if self.left() == 0 => {
                    self.ended = true;
                    return Next::End;
                }
                Ok(false) => return self.damaged("ends within a record".to_owned()),
                Err(error) => return self.damaged(format!("cannot be read on: {error}")),
            }
        }
    }

    fn damaged(&mut self, reason: String) -> Next<'_> {
        self.ended = true;
        self.buffer.clear();
        self.at = 0;
        Next::Damaged(reason)
    }

    fn record(&mut self, length: usize) -> Next<'_> {
        let seconds = u64::from(self.u32_at(0).unwrap_or(0));
        let fraction = u64::from(self.u32_at(4).unwrap_or(0));
        let original = self.u32_at(12).unwrap_or(0) as usize;
        let scale = if self.nano { 1 } else { 1000 };
        let time = (seconds * 1_000_000_000).saturating_add(fraction.saturating_mul(scale));
        let start = self.at + 16;
        self.at = start + length;
        let octets = self.buffer.get(start..self.at).unwrap_or(&[]);
        let missing = original.saturating_sub(length).min(LARGEST);
        Next::Record(Record { time, link_type: self.link_type, octets, missing })
    }
}

#[derive(Clone, Copy)]
struct Interface {
    link_type: u32,
    /// Ticks per second, and seconds to add.
    resolution: u64,
    offset: u64,
}

struct PcapNg {
    reader: PcapNgReader<Input>,
    interfaces: Vec<Interface>,
    octets: Vec<u8>,
    pipe: bool,
    given: bool,
}

impl PcapNg {
    fn next(&mut self, eager: bool) -> Next<'_> {
        // The library waits for whole blocks: on a pipe a record is handed on as soon as there is one.
        if eager && self.pipe && std::mem::replace(&mut self.given, false) {
            return Next::Wait;
        }
        let (interface, ticks, original) = loop {
            let block = match self.reader.next_block() {
                None => return Next::End,
                Some(Err(error)) => return Next::Damaged(why(&error)),
                Some(Ok(block)) => block,
            };
            let (number, ticks, data, original) = match block {
                Block::SectionHeader(_) => {
                    self.interfaces.clear();
                    continue;
                }
                Block::InterfaceDescription(about) => {
                    self.interfaces.push(interface(&about));
                    continue;
                }
                Block::EnhancedPacket(packet) => {
                    // The library puts the ticks of the interface's clock where nanoseconds are expected.
                    let ticks = u64::try_from(packet.timestamp.as_nanos()).unwrap_or(u64::MAX);
                    (packet.interface_id, Some(ticks), packet.data, packet.original_len)
                }
                Block::Packet(packet) => {
                    (packet.interface_id.into(), Some(packet.timestamp), packet.data, packet.original_len)
                }
                Block::SimplePacket(packet) => (0, None, packet.data, packet.original_len),
                _ => continue,
            };
            if let Some(interface) = self.interfaces.get(number as usize).copied() {
                self.octets.clear();
                self.octets.extend_from_slice(&data);
                break (interface, ticks, original as usize);
            }
        };
        self.given = true;
        let time = ticks.map_or(0, |ticks| nanoseconds(interface, ticks));
        let missing = original.saturating_sub(self.octets.len()).min(LARGEST);
        Next::Record(Record { time, link_type: interface.link_type, octets: &self.octets, missing })
    }
}

fn nanoseconds(interface: Interface, ticks: u64) -> u64 {
    let whole = u128::from(ticks) * 1_000_000_000 / u128::from(interface.resolution.max(1));
    let offset = u128::from(interface.offset) * 1_000_000_000;
    u64::try_from(whole + offset).unwrap_or(u64::MAX)
}

fn interface(about: &pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionBlock<'_>) -> Interface {
    use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption as Opt;
    let mut found = Interface { link_type: u32::from(about.linktype), resolution: 1_000_000, offset: 0 };
    for option in &about.options {
        match option {
            Opt::IfTsResol(value) if value & 0x80 != 0 => found.resolution = 1_u64 << (value & 0x3f),
            Opt::IfTsResol(value) => found.resolution = 10_u64.saturating_pow(u32::from(*value)),
            Opt::IfTsOffset(value) => found.offset = *value,
            _ => {}
        }
    }
    found
}

fn why(error: &PcapError) -> String {
    match error {
        PcapError::IncompleteBuffer => "ends within a block".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}
