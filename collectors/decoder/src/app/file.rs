//! Programs and firmware that go from host to host: known by their first octets, over whatever carries them.
//!
//! A stream that begins with one is a file (an FTP data connection, a raw copy); of HTTP the bodies are looked at, of TFTP
//! (RFC 1350) the first block of data.

use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Message, Value};

pub const TRANSFER: &str = "file.transfer";

/// Octets of a file that are enough to know it.
pub const HEAD: usize = 64;

/// DATA with the first block, RFC 1350 5.
const FIRST_BLOCK: [u8; 4] = [0, 3, 0, 1];

const MAGICS: [(&[u8], &str); 12] = [
    (b"\x7fELF", "elf"),
    (b"\xfe\xed\xfa\xce", "macho"),
    (b"\xfe\xed\xfa\xcf", "macho"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"\x27\x05\x19\x56", "uimage"),
    (b"\xd0\x0d\xfe\xed", "device_tree"),
    (b"hsqs", "squashfs"),
    (b"sqsh", "squashfs"),
    (b"UBI#", "ubi"),
    (b"HDR0", "trx"),
    (b"#!/bin/", "script"),
    (b"#!/usr/bin/", "script"),
];

pub static TCP: Protocol = Protocol {
    name: "file",
    malformed: "file.malformed",
    carrier: Carrier::Tcp,
    ports: &[],
    begins: begins_file,
    recognise: |_, octets| format(octets).is_some(),
    begin: || Box::new(Stream),
};

pub static TFTP: Protocol = Protocol {
    name: "tftp",
    malformed: "tftp.malformed",
    carrier: Carrier::Udp,
    ports: &[],
    begins: |octet| octet == 0,
    recognise: |_, octets| block(octets).is_some(),
    begin: || Box::new(Datagrams),
};

/// What kind of program or firmware begins with these octets.
pub fn format(octets: &[u8]) -> Option<&'static str> {
    let known = MAGICS.iter().find(|(magic, _)| octets.starts_with(magic)).map(|(_, format)| *format);
    known.or_else(|| is_pe(octets).then_some("pe"))
}

fn begins_file(octet: u8) -> bool {
    octet == b'M' || MAGICS.iter().any(|(magic, _)| magic.first() == Some(&octet))
}

/// A DOS header whose pointer to the PE header goes to where linkers put it.
fn is_pe(octets: &[u8]) -> bool {
    let pointer = octets.get(0x3c..0x40).and_then(|octets| octets.first_chunk().copied()).map(u32::from_le_bytes);
    octets.starts_with(b"MZ") && pointer.is_some_and(|pointer| (0x40..0x1000).contains(&pointer))
}

/// What a file is told as, if it is one.
pub fn told(octets: &[u8]) -> Option<Message> {
    let format = format(octets)?;
    let mut message = Message::new(TRANSFER);
    message.fields.set("file.format", Value::Str(format));
    Some(message)
}

fn block(octets: &[u8]) -> Option<&'static str> {
    octets.strip_prefix(&FIRST_BLOCK).and_then(format)
}

#[derive(Debug)]
struct Stream;

impl Conversation for Stream {
    fn read(&mut self, _side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        match told(octets) {
            Some(message) => out.push(message),
            None if octets.len() < HEAD => return Progress::More,
            None => {}
        }
        Progress::Done
    }

    fn lost(&mut self, _side: Side) -> bool {
        false
    }
}

#[derive(Debug)]
struct Datagrams;

impl Conversation for Datagrams {
    fn read(&mut self, _side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        out.extend(octets.strip_prefix(&FIRST_BLOCK).and_then(told));
        Progress::Used(octets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mutants, survives};
    use super::*;

    fn program(pointer: u32) -> Vec<u8> {
        let mut octets = vec![0; 0x80];
        octets[..2].copy_from_slice(b"MZ");
        octets[0x3c..0x40].copy_from_slice(&pointer.to_le_bytes());
        octets
    }

    #[test]
    fn programs_and_firmware_are_known_by_their_heads() {
        assert_eq!(format(b"\x7fELF\x02\x01\x01"), Some("elf"));
        assert_eq!(format(b"#!/bin/sh\nreboot\n"), Some("script"));
        assert_eq!(format(&program(0x80)), Some("pe"));
        for other in [&program(7)[..], b"MZ", b"GET / HTTP/1.1", b"ELF", b""] {
            assert_eq!(format(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_stream_is_told_once() {
        let (mut talk, mut out) = ((TCP.begin)(), Vec::new());
        assert_eq!(talk.read(Side::Server, b"\x7f", &mut out), Progress::More);
        assert_eq!(talk.read(Side::Server, b"\x7fELF", &mut out), Progress::Done);
        let told = |message: &Message| (message.kind, message.fields.get("file.format").cloned());
        assert_eq!(out.iter().map(told).collect::<Vec<_>>(), [(TRANSFER, Some(Value::Str("elf")))]);
    }

    #[test]
    fn only_the_first_block_of_tftp_is_a_head() {
        assert!((TFTP.recognise)(Side::Server, b"\0\x03\0\x01\x7fELF"));
        assert!(!(TFTP.recognise)(Side::Server, b"\0\x03\0\x02\x7fELF"));
        assert!(!(TFTP.recognise)(Side::Server, b"\0\x03\0\x01hello"));
    }

    #[test]
    fn any_octets_are_read() {
        survives(&TCP, &[b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(), program(0x80)]);
        let mut talk = (TFTP.begin)();
        mutants(b"\0\x03\0\x01\x7fELF\x02", |mutant| {
            let _ = talk.read(Side::Client, mutant, &mut Vec::new());
        });
    }
}
