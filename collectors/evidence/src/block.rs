//! Blocks of a segment (draft-ietf-opsawg-pcapng): little-endian, nanoseconds, and read by us as we write them.
//!
//! An Enhanced Packet Block carries the packet's number in its source (epb_packetid) and, where events told something,
//! a comment.

use std::io::Read;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const COMMENT: u16 = 1;
const PACKET_ID: u16 = 5;
/// Octets around a packet and its options, at most: what is longer is no packet of ours.
const LONGEST: usize = 1 << 20;
/// Of a block's head and its tail.
const FRAME: usize = 12;
/// Of a packet's own head.
const HEAD: usize = 20;
const SNAP: u32 = 262_144;

/// A packet as it lies in a segment; `length` is what it had on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub interface: u32,
    pub time: u64,
    pub length: u32,
    pub number: u64,
    pub comment: String,
    pub octets: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Section,
    /// Its LINKTYPE_.
    Interface(u32),
    Packet(Stored),
}

pub fn section(into: &mut Vec<u8>) {
    let mut body = Vec::with_capacity(48);
    word(&mut body, 0x1a2b_3c4d);
    body.extend_from_slice(&[1, 0, 0, 0]); // version 1.0
    body.extend_from_slice(&[0xff; 8]); // as long as it is
    option(&mut body, 4, b"Sentinel evidence");
    word(&mut body, 0);
    block(into, SECTION, &body);
}

pub fn interface(into: &mut Vec<u8>, link_type: u32, name: &str) {
    let mut body = Vec::with_capacity(64);
    word(&mut body, link_type & 0xffff);
    word(&mut body, SNAP);
    option(&mut body, 2, name.as_bytes());
    option(&mut body, 9, &[9]); // nanoseconds
    word(&mut body, 0);
    block(into, INTERFACE, &body);
}

/// A packet of `length` octets on the wire, of which `octets` are kept.
pub fn packet(into: &mut Vec<u8>, head: (u32, u64, usize), number: u64, octets: &[u8], comment: &str) {
    let (interface, time, length) = head;
    let start = into.len();
    word(into, PACKET);
    word(into, 0); // its length, when that is known
    word(into, interface);
    into.extend_from_slice(&upper(time).to_le_bytes());
    into.extend_from_slice(&lower(time).to_le_bytes());
    word(into, short(octets.len()));
    word(into, short(length));
    into.extend_from_slice(octets);
    pad(into, octets.len());
    if !comment.is_empty() {
        option(into, COMMENT, comment.as_bytes());
    }
    option(into, PACKET_ID, &number.to_le_bytes());
    word(into, 0);
    let total = short(into.len() - start + 4);
    word(into, total);
    if let Some(place) = into.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&total.to_le_bytes());
    }
}

fn upper(time: u64) -> u32 {
    u32::try_from(time >> 32).unwrap_or(0)
}

fn lower(time: u64) -> u32 {
    u32::try_from(time & 0xffff_ffff).unwrap_or(0)
}

fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn word(into: &mut Vec<u8>, word: u32) {
    into.extend_from_slice(&word.to_le_bytes());
}

fn pad(into: &mut Vec<u8>, length: usize) {
    into.extend(std::iter::repeat_n(0, length.next_multiple_of(4) - length));
}

fn option(into: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(0);
    let value = value.get(..usize::from(length)).unwrap_or(&[]);
    into.extend_from_slice(&code.to_le_bytes());
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(value);
    pad(into, value.len());
}

fn block(into: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let total = short(body.len() + FRAME);
    word(into, kind);
    word(into, total);
    into.extend_from_slice(body);
    word(into, total);
}

/// Whole blocks in runs of so many octets, or more by one block.
pub fn together(octets: &[u8], least: usize) -> Vec<&[u8]> {
    let (mut runs, mut rest, mut at) = (Vec::new(), octets, 0);
    while let Some(total) = u32_at(rest, at + 4) {
        at += (total as usize).max(FRAME);
        if at >= least {
            let Some((run, others)) = rest.split_at_checked(at) else { break };
            runs.push(run);
            (rest, at) = (others, 0);
        }
    }
    if !rest.is_empty() {
        runs.push(rest);
    }
    runs
}

/// Read a block and say how long it is; `None` at the end, and where the file is not one of ours.
pub fn read(from: &mut impl Read, buffer: &mut Vec<u8>) -> Option<(Block, usize)> {
    let mut head = [0; 8];
    from.read_exact(&mut head).ok()?;
    let (kind, total) = (u32_at(&head, 0)?, u32_at(&head, 4)? as usize);
    if !(FRAME..=LONGEST).contains(&total) || !total.is_multiple_of(4) {
        return None;
    }
    buffer.clear();
    // A length that is a lie costs no memory: what is not there is not read.
    from.take(total as u64 - 8).read_to_end(buffer).ok()?;
    let body = buffer.get(..total - FRAME)?;
    if u32_at(buffer, total - FRAME)? as usize != total {
        return None;
    }
    let block = match kind {
        SECTION => (u32_at(body, 0)? == 0x1a2b_3c4d).then_some(Block::Section)?,
        INTERFACE => Block::Interface(u32_at(body, 0)? & 0xffff),
        PACKET => Block::Packet(stored(body)?),
        _ => return None,
    };
    Some((block, total))
}

fn stored(body: &[u8]) -> Option<Stored> {
    let word = |at| u32_at(body, at);
    let captured = word(12)? as usize;
    let mut found = Stored {
        interface: word(0)?,
        time: u64::from(word(4)?) << 32 | u64::from(word(8)?),
        length: word(16)?,
        octets: body.get(HEAD..HEAD.checked_add(captured)?)?.to_vec(),
        ..Stored::default()
    };
    let mut options = body.get(HEAD + captured.next_multiple_of(4)..).unwrap_or(&[]);
    while let Some((code, length)) = u16_at(options, 0).zip(u16_at(options, 2)) {
        let length = usize::from(length);
        let Some(value) = options.get(4..4 + length).filter(|_| code != 0) else { break };
        match code {
            COMMENT => found.comment = String::from_utf8_lossy(value).into_owned(),
            PACKET_ID => found.number = value.first_chunk::<8>().copied().map_or(0, u64::from_le_bytes),
            _ => {}
        }
        options = options.get(4 + length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Some(found)
}

pub fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk::<2>().copied().map(u16::from_le_bytes)
}

pub fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk::<4>().copied().map(u32::from_le_bytes)
}

pub fn u64_at(octets: &[u8], at: usize) -> Option<u64> {
    octets.get(at..)?.first_chunk::<8>().copied().map(u64::from_le_bytes)
}
