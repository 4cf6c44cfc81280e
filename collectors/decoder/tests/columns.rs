//! Columns hold what the fields of Events hold, cell by cell: for whole captures and for damaged PDUs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_truncation)]

use std::env::var_os;
use std::fs::read_dir;
use std::path::{Path, PathBuf};

use sentinel_decoder::capture::{Capture, Next};
use sentinel_decoder::columns::{COLUMNS, Cell, Column, both_ways};
use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::event::Event;
use sentinel_decoder::message::Value;

/// All captures below a folder.
fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            captures(&path, found);
        } else if path.extension().is_some_and(|kind| ["pcap", "pcapng", "cap", "gz"].iter().any(|one| *one == kind)) {
            found.push(path);
        }
    }
}

fn all_captures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/traces"), &mut found);
    assert!(found.len() > 10, "the golden captures are not there");
    if let Some(folder) = var_os("SENTINEL_CAPTURES") {
        captures(Path::new(&folder), &mut found);
    }
    found
}

fn each(path: &Path, mut decode: impl FnMut(u64, u32, &[u8], usize)) {
    let Ok(mut capture) = Capture::open(path.to_str().unwrap()) else { return };
    while let Next::Record(record) = capture.next(false) {
        decode(record.time, record.link_type, record.octets, record.missing);
    }
}

fn cell(value: Option<&Value>) -> Cell {
    match value {
        None => Cell::Null,
        Some(Value::U64(number)) => Cell::Number(*number),
        Some(Value::Bool(truth)) => Cell::Flag(*truth),
        Some(Value::Ip(address)) => Cell::Text(address.to_canonical().to_string()),
        Some(Value::List(values)) => cell(values.first()),
        Some(text) => Cell::Text(text.to_string()),
    }
}

/// What the row of an event has to hold.
fn expected(event: &Event) -> Vec<Cell> {
    let of = |name| match name {
        "time" => Cell::Number(event.time),
        "packet" => Cell::Number(event.packet),
        "event.action" => Cell::Text(event.kind.to_owned()),
        name => cell(event.fields().get(name)),
    };
    COLUMNS.iter().map(|spec| of(spec.name)).collect()
}

fn assert_same(rows: &[Vec<Cell>], events: &[Event], path: &Path) {
    for (number, (row, event)) in rows.iter().zip(events).enumerate() {
        for ((spec, cell), expected) in COLUMNS.iter().zip(row).zip(expected(event)) {
            assert_eq!(*cell, expected, "{} of row {number}, a {}, {}", spec.name, event.kind, path.display());
        }
    }
    assert_eq!(rows.len(), events.len(), "{}", path.display());
}

#[test]
fn a_row_is_its_event_in_every_capture() {
    for path in all_captures() {
        let (mut plain, mut events) = (Decoder::new(), Vec::new());
        each(&path, |time, link, octets, missing| plain.decode(time, link, octets, missing, &mut events));
        plain.finish(&mut events);
        let (mut columns, mut rows, mut none) = (Decoder::with_rows(), Vec::new(), Vec::new());
        each(&path, |time, link, octets, missing| {
            columns.decode(time, link, octets, missing, &mut none);
            if columns.rows() > 100 {
                rows.extend(columns.take_rows().cells());
            }
        });
        columns.finish(&mut none);
        rows.extend(columns.take_rows().cells());
        assert_eq!(none, []);
        assert_same(&rows, &events, &path);
        assert_eq!(format!("{:?}", sorted(&plain)), format!("{:?}", sorted(&columns)), "{}", path.display());
    }
}

/// All counters, kinds in order.
fn sorted(decoder: &Decoder) -> (Vec<u64>, Vec<(&'static str, u64)>) {
    let c = decoder.counters();
    let mut kinds: Vec<(&'static str, u64)> = c.messages.iter().map(|(kind, count)| (*kind, *count)).collect();
    kinds.sort_unstable();
    let fates = [c.packets, c.decoded, c.malformed, c.unknown, c.panics, c.cut];
    ([&fates[..], &[c.incomplete, c.events, c.g_pdus, c.retransmissions]].concat(), kinds)
}

/// NGAP PDUs of the golden captures, which carry one in a DATA chunk behind Ethernet and an IPv4 header without options.
fn pdus() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for path in all_captures() {
        each(&path, |_, link, octets, _| {
            let chunk = octets.get(46..).unwrap_or_default();
            if link == 1 && octets.get(23) == Some(&132) && chunk.first() == Some(&0) && chunk.len() > 16 {
                let length = usize::from(u16::from_be_bytes([chunk[2], chunk[3]]));
                found.extend(chunk.get(16..length).map(<[u8]>::to_vec));
            }
        });
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn the_walk_says_of_damaged_messages_what_the_decoding_says() {
    let pdus = pdus();
    assert!(pdus.len() > 50, "{} PDUs", pdus.len());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below.max(1)
    };
    let (mut light, mut changed) = (0, 0);
    for round in 0..300 {
        for pdu in &pdus {
            let mut octets = pdu.clone();
            for _ in 0..(round % 4) {
                let at = next(octets.len());
                match next(4) {
                    0 => octets[at] = next(256) as u8,
                    1 => octets[at] ^= 1 << next(8),
                    2 => octets[at] = [0, 1, 0x7f, 0x80, 0xff][next(5)],
                    _ => octets.truncate(at.max(1)),
                }
            }
            let (full, walked) = both_ways(&octets);
            changed += usize::from(octets != *pdu);
            if let Some(walked) = walked {
                light += 1;
                assert_eq!(walked, full, "{octets:02x?}");
            }
        }
    }
    assert!(light > changed / 10, "the walk gave up on all but {light}");
}

#[test]
fn names_find_their_columns() {
    for spec in COLUMNS {
        let column = Column::named(spec.name).unwrap();
        assert_eq!(COLUMNS[column as usize], *spec);
    }
    assert_eq!(Column::named("fiveg.nothing"), None);
}
