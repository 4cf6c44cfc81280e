//! Octets of a file or a pipe, read in large blocks and looked at without copying.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::Octets;

pub(super) const BLOCK: usize = 1 << 18;

/// Why there is no record.
#[derive(Debug)]
pub enum Stop {
    /// Nothing more at hand without waiting.
    Wait,
    End,
    /// The capture ends here, early; why.
    Damaged(String),
}

/// Whether to wait for what is not at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// For a file, and for a pipe.
    Both,
    /// For a file, not for a pipe.
    File,
    /// Nothing is read, so that what was taken stays where it is.
    None,
}

pub(super) struct Input {
    inner: Octets,
    pipe: bool,
    ended: bool,
    buffer: Vec<u8>,
    /// What was read and not yet taken.
    at: usize,
    end: usize,
}

impl Input {
    pub(super) fn new(inner: Octets, pipe: bool) -> Self {
        Self { inner, pipe, ended: false, buffer: vec![0; 2 * BLOCK], at: 0, end: 0 }
    }

    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Have `count` octets at hand. The end is damage unless nothing is left.
    #[inline]
    pub(super) fn want(&mut self, count: usize, patience: Patience) -> Result<(), Stop> {
        if self.left() >= count { Ok(()) } else { self.want_more(count, patience) }
    }

    #[cold]
    fn want_more(&mut self, count: usize, patience: Patience) -> Result<(), Stop> {
        while self.left() < count {
            if patience == Patience::None {
                return Err(Stop::Wait);
            }
            if self.ended && self.left() == 0 {
                return Err(Stop::End);
            }
            if self.ended {
                return Err(Stop::Damaged("ends within a record".to_owned()));
            }
            if patience == Patience::File && self.pipe {
                return Err(Stop::Wait);
            }
            self.fill(count)?;
        }
        Ok(())
    }

    /// Have `count` octets at hand, whatever signals come, or fewer at the end; why that cannot be.
    pub(super) fn unreadable(&mut self, count: usize) -> Option<String> {
        loop {
            match self.want(count, Patience::Both) {
                Err(Stop::Wait) => {}
                Err(Stop::Damaged(reason)) if !self.ended => return Some(reason),
                _ => return None,
            }
        }
    }

    fn fill(&mut self, count: usize) -> Result<(), Stop> {
        self.buffer.copy_within(self.at..self.end, 0);
        self.end = self.left();
        self.at = 0;
        if self.buffer.len() < count + BLOCK {
            self.buffer.resize(count + BLOCK, 0);
        }
        let most = self.buffer.len().min(self.end + BLOCK);
        match self.inner.read(self.buffer.get_mut(self.end..most).unwrap_or(&mut [])) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end += count,
            // A signal: whoever reads wants to look at it.
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(Stop::Wait),
            Err(error) => return Err(Stop::Damaged(format!("cannot be read on: {error}"))),
        }
        Ok(())
    }

    /// Nothing more is to be read.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.at = self.end;
    }

    /// What is left, and where it starts.
    pub(super) fn rest(&self) -> (usize, &[u8]) {
        (self.at, self.buffer.get(self.at..self.end).unwrap_or(&[]))
    }

    /// Octets from what is left, at `offset`.
    pub(super) fn array<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.buffer.get(self.at + offset..self.end)?.first_chunk::<N>().copied()
    }

    pub(super) fn u32(&self, offset: usize, little: bool) -> Option<u32> {
        let octets = self.array(offset)?;
        Some(if little { u32::from_le_bytes(octets) } else { u32::from_be_bytes(octets) })
    }

    pub(super) fn u16(&self, offset: usize, little: bool) -> Option<u16> {
        let octets = self.array(offset)?;
        Some(if little { u16::from_le_bytes(octets) } else { u16::from_be_bytes(octets) })
    }

    /// Take `count` octets; where they start.
    pub(super) fn take(&mut self, count: usize) -> usize {
        let start = self.at;
        self.at = self.end.min(start + count);
        start
    }

    /// What was taken and is still there.
    pub(super) fn octets(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or(&[])
    }
}
