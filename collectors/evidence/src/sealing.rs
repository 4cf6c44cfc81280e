//! Sealing: a file in pieces, each bound to its file and its place in it. Who holds the keys is somebody else.
//!
//! A piece on disk is two little-endian numbers, the octets that it takes and those that it gives, and what the seal made of
//! them. Offsets everywhere else are those of what the pieces give, one after the other, so that an index knows no difference.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::block::u32_at;

/// Octets before a piece.
const HEAD: usize = 8;
/// What a seal adds to a piece, and more.
pub const EXTRA: u64 = 128;
const NO_KEY: &str = "packets are sealed, and no key is at hand to open them";

/// Seals octets for a place, and opens them there and nowhere else.
pub trait Sealing: Debug + Send + Sync {
    fn seal(&self, place: &str, plain: &[u8]) -> io::Result<Vec<u8>>;
    fn open(&self, place: &str, sealed: &[u8]) -> io::Result<Vec<u8>>;
}

/// The keys, where there are any.
pub type Keys = Option<Arc<dyn Sealing>>;

/// The seal of one file, by its name.
#[derive(Clone, Debug)]
pub struct Seal {
    keys: Keys,
    name: String,
}

impl Seal {
    pub fn new(keys: &Keys, name: String) -> Self {
        Self { keys: keys.clone(), name }
    }

    pub fn seal(&self, at: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.keys()?.seal(&format!("{}/{at}", self.name), plain)
    }

    pub fn open(&self, at: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
        self.keys()?.open(&format!("{}/{at}", self.name), sealed)
    }

    /// Write pieces, the first of which begins at `start`; returns what they take on disk.
    pub fn write(&self, file: &mut impl Write, mut start: u64, pieces: &[&[u8]]) -> io::Result<u64> {
        let mut octets = Vec::new();
        for piece in pieces {
            let sealed = self.seal(&start.to_string(), piece)?;
            for length in [sealed.len(), piece.len()] {
                let length = u32::try_from(length).map_err(|_| ErrorKind::FileTooLarge)?;
                octets.extend_from_slice(&length.to_le_bytes());
            }
            octets.extend_from_slice(&sealed);
            start += piece.len() as u64;
        }
        file.write_all(&octets)?;
        Ok(octets.len() as u64)
    }

    fn keys(&self) -> io::Result<&dyn Sealing> {
        self.keys.as_deref().ok_or_else(|| io::Error::new(ErrorKind::PermissionDenied, NO_KEY))
    }
}

/// Where a piece begins in what the file gives and in the file, and its octets there.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u64,
    gives: u32,
    at: u64,
    takes: u32,
}

/// Reads what the whole pieces of a file give, wherever it is asked for; `trouble` says which one could not be opened, and why.
#[derive(Debug)]
pub struct Pieces {
    file: File,
    seal: Seal,
    pieces: Vec<Piece>,
    /// Octets of the file up to the end of its last whole piece.
    pub whole: u64,
    pub trouble: String,
    /// Which pieces could not be opened: the name of the file, and where each begins in what it gives.
    pub unopened: BTreeSet<String>,
    open: Option<(u64, Vec<u8>)>,
    /// The end of the piece that could not be opened just now.
    behind: Option<u64>,
    position: u64,
}

impl Pieces {
    pub fn new(file: File, seal: Seal) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
        let mut head = [0; HEAD];
        while file.read_exact_at(&mut head, at).is_ok() {
            let Some((takes, gives)) = u32_at(&head, 0).zip(u32_at(&head, 4)) else { break };
            let end = at + HEAD as u64 + u64::from(takes);
            if takes == 0 || gives == 0 || end > length {
                break;
            }
            pieces.push(Piece { start, gives, at: at + HEAD as u64, takes });
            (start, at) = (start + u64::from(gives), end);
        }
        Ok(Self {
            file,
            seal,
            pieces,
            whole: at,
            trouble: String::new(),
            unopened: BTreeSet::new(),
            open: None,
            behind: None,
            position: 0,
        })
    }

    /// Where to go on after a read that failed: behind the piece that could not be opened.
    pub fn behind(&mut self) -> Option<u64> {
        self.behind.take()
    }

    fn piece(&self) -> Option<Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= self.position);
        let piece = *self.pieces.get(after.checked_sub(1)?)?;
        (self.position < piece.start + u64::from(piece.gives)).then_some(piece)
    }

    fn opened(&self, piece: Piece) -> io::Result<Vec<u8>> {
        let mut sealed = vec![0; piece.takes as usize];
        self.file.read_exact_at(&mut sealed, piece.at)?;
        let plain = self.seal.open(&piece.start.to_string(), &sealed)?;
        if plain.len() != piece.gives as usize {
            return Err(io::Error::new(ErrorKind::InvalidData, "a sealed piece is not as long as it says"));
        }
        Ok(plain)
    }

    fn fill(&mut self, piece: Piece) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(start, _)| *start == piece.start) {
            return Ok(());
        }
        match self.opened(piece) {
            Ok(plain) => {
                self.open = Some((piece.start, plain));
                Ok(())
            }
            Err(error) => {
                self.behind = Some(piece.start + u64::from(piece.gives));
                self.unopened.insert(format!("{}:{}", self.seal.name, piece.start));
                if self.trouble.is_empty() {
                    self.trouble = format!("`{}`, from octet {}: {error}", self.seal.name, piece.start);
                }
                Err(error)
            }
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.piece() else { return Ok(0) };
        self.fill(piece)?;
        let within = usize::try_from(self.position - piece.start).unwrap_or(usize::MAX);
        let mut rest = self.open.as_ref().and_then(|(_, plain)| plain.get(within..)).unwrap_or(&[]);
        let read = rest.read(into)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Pieces {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.pieces.last().map_or(0, |piece| piece.start + u64::from(piece.gives));
        let (from, step) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(step) => (self.position, step),
            SeekFrom::End(step) => (end, step),
        };
        self.position = from.checked_add_signed(step).ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
