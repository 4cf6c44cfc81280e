//! Capture files: any octets are read to an end or refused, and in odd pieces, as from a pipe, as they are whole.
#![no_main]

use std::io::{Cursor, Read, Result};

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::capture::{Capture, Next};

/// A pipe that gives a few octets at a time.
struct Pieces {
    octets: Cursor<Vec<u8>>,
    most: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let most = buffer.len().min(self.most);
        self.octets.read(&mut buffer[..most])
    }
}

/// What a capture gives: records, why it ended early, and how much of it was read.
#[derive(Debug, Default, PartialEq)]
struct All {
    records: Vec<(u64, u32, Vec<u8>, usize)>,
    refused: Option<String>,
    damage: Option<String>,
}

fn read(input: &[u8], most: usize, pipe: bool) -> All {
    let mut all = All::default();
    let octets = Box::new(Pieces { octets: Cursor::new(input.to_vec()), most });
    let mut capture = match Capture::new(octets, input.len() as u64, pipe) {
        Ok(capture) => capture,
        Err(error) => return All { refused: Some(error.to_string()), ..all },
    };
    let mut waits = 0;
    loop {
        // A pipe is asked eagerly first, then waited for.
        match capture.next(pipe && waits == 0) {
            Next::Record(record) => {
                assert!(record.octets.len() <= 1 << 24, "a record is longer than any");
                all.records.push((record.time, record.link_type, record.octets.to_vec(), record.missing));
                waits = 0;
            }
            Next::Wait => {
                waits += 1;
                assert!(waits < 2, "waits without being asked to");
            }
            Next::End => break,
            Next::Damaged(reason) => {
                all.damage = Some(reason);
                assert_eq!(capture.next(false), Next::End, "goes on after the damage");
                break;
            }
        }
    }
    let position = capture.position().load(std::sync::atomic::Ordering::Relaxed);
    assert!(position <= input.len() as u64);
    all
}

fuzz_target!(|input: &[u8]| {
    let (whole, pieces) = (read(input, usize::MAX, false), read(input, 1 + input.len() % 61, true));
    let zipped = input.starts_with(&[0x1f, 0x8b]);
    if zipped && whole.refused.as_ref().or(whole.damage.as_ref()).is_some() {
        // How much comes out of a gzip before its damage hangs on how it is read.
        let shared = whole.records.len().min(pieces.records.len());
        assert_eq!(whole.records[..shared], pieces.records[..shared], "in pieces and whole");
    } else {
        assert_eq!(pieces, whole, "in pieces and whole");
    }
});
