//! Frames of the link layer (9): a header of eight octets and its CRC, then blocks of sixteen octets and theirs.

use crate::message::{Fields, Message, Value};
use crate::octets::{Malformed, array, malformed};

const HEADER: usize = 10;
const BLOCK: usize = 16;
const CRC: usize = 2;

/// The CRC of 9.2.3: x16 + x13 + x12 + x11 + x10 + x8 + x6 + x5 + x2 + 1, least significant bit first, inverted.
const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let (mut crc, mut bit) = (at as u16, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xa6bc } else { crc >> 1 };
            bit += 1;
        }
        #[allow(clippy::indexing_slicing)] // evaluated by the compiler
        {
            table[at] = crc;
        }
        at += 1;
    }
    table
};

pub fn crc(octets: &[u8]) -> u16 {
    !octets.iter().fold(0, |crc: u16, octet| {
        let [low, _] = (crc ^ u16::from(*octet)).to_le_bytes();
        crc >> 8 ^ TABLE.get(usize::from(low)).copied().unwrap_or(0)
    })
}

/// Whether these octets begin with a header whose CRC is right.
pub fn is_header(octets: &[u8]) -> bool {
    octets.starts_with(&[0x05, 0x64]) && octets.get(2).is_some_and(|length| *length >= 5) && checked(octets, 8)
}

/// How many octets come before what is, or may become, a start.
pub fn start(octets: &[u8]) -> usize {
    let pair = |at: usize| octets.get(at + 1).is_none_or(|next| *next == 0x64);
    let found = octets.iter().enumerate().find(|(at, octet)| **octet == 0x05 && pair(*at));
    found.map_or(octets.len(), |(at, _)| at)
}

/// Whether `length` octets are followed by their CRC.
fn checked(octets: &[u8], length: usize) -> bool {
    let Some((data, rest)) = octets.split_at_checked(length) else { return false };
    array(rest, 0).map(u16::from_le_bytes) == Some(crc(data))
}

/// A frame whose header is right.
#[derive(Debug)]
pub struct Frame<'a> {
    control: u8,
    pub source: u16,
    pub destination: u16,
    /// Of all of it.
    pub length: usize,
    pub octets: &'a [u8],
    /// What its blocks carry, if their CRCs are right.
    pub data: Result<Vec<u8>, Malformed>,
}

impl<'a> Frame<'a> {
    /// Read the frame at the head of the octets, if it is whole. An error within the first two octets: it is no frame.
    pub fn read(octets: &'a [u8]) -> Result<Option<Self>, Malformed> {
        if octets.iter().zip([0x05, 0x64]).any(|(octet, start)| *octet != start) {
            return Err(malformed("a frame starts with 0x0564", 0));
        }
        let Some([_, _, counted, control, to_low, to_high, from_low, from_high, _, _]) = array(octets, 0) else {
            return Ok(None);
        };
        if !checked(octets, 8) {
            return Err(malformed("the header's CRC is wrong", 8));
        }
        let Some(count) = usize::from(counted).checked_sub(5) else {
            return Err(malformed("the length is less than the header's", 2));
        };
        let length = HEADER + count + CRC * count.div_ceil(BLOCK);
        let Some(whole) = octets.get(..length) else { return Ok(None) };
        Ok(Some(Self {
            control,
            source: u16::from_le_bytes([from_low, from_high]),
            destination: u16::from_le_bytes([to_low, to_high]),
            length,
            octets: whole,
            data: blocks(whole.get(HEADER..).unwrap_or(&[]), count),
        }))
    }

    fn is_from_master(&self) -> bool {
        self.control & 0x80 != 0
    }

    fn is_primary(&self) -> bool {
        self.control & 0x40 != 0
    }

    pub fn carries_data(&self) -> bool {
        self.is_primary() && matches!(self.control & 0x0f, 3 | 4)
    }

    pub fn is_acknowledgement(&self) -> bool {
        !self.is_primary() && self.control & 0x0f == 0
    }

    pub fn outstation(&self) -> u16 {
        if self.is_from_master() { self.destination } else { self.source }
    }

    pub fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        fields.set("ot.unit_id", Value::U64(self.outstation().into()));
        fields.set("dnp3.source", Value::U64(self.source.into()));
        fields.set("dnp3.destination", Value::U64(self.destination.into()));
        fields.set("dnp3.from_master", Value::Bool(self.is_from_master()));
        fields
    }

    /// A frame that carries nothing says what it is for.
    pub fn told(&self) -> Message {
        let name = match (self.is_primary(), self.control & 0x0f) {
            (true, 0) => "reset_link_states",
            (true, 1) => "reset_user_process",
            (true, 2) => "test_link_states",
            (true, 9) => "request_link_status",
            (false, 1) => "nack",
            (false, 11) => "link_status",
            (false, 15) => "not_supported",
            _ => "unknown",
        };
        let mut message = Message::of("dnp3.link", self.fields());
        message.fields.set("ot.function", Value::Str(name));
        message.fields.set("ot.function_code", Value::U64((self.control & 0x0f).into()));
        message.fields.set("ot.operation", Value::Str("session"));
        message.fields.set("ot.direction", Value::Str(if self.is_primary() { "request" } else { "response" }));
        message
    }
}

/// The octets of blocks without their CRCs.
fn blocks(octets: &[u8], count: usize) -> Result<Vec<u8>, Malformed> {
    let mut data = Vec::with_capacity(count); // at most 250
    for (number, block) in octets.chunks(BLOCK + CRC).enumerate() {
        let (block, _) = block.split_at_checked(block.len().saturating_sub(CRC)).unwrap_or_default();
        if !checked(octets.get(number * (BLOCK + CRC)..).unwrap_or(&[]), block.len()) {
            return Err(malformed("a block's CRC is wrong", HEADER + number * (BLOCK + CRC)));
        }
        data.extend_from_slice(block);
    }
    Ok(data)
}
