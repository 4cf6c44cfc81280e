//! Captures made here, octet by octet, in every format.

use std::io::Write;

use super::*;

const SECOND: u64 = 1_000_000_000;
const SECTION: u32 = 0x0a0d_0d0a;

fn pcap(little: bool, nano: bool, records: &[&[u8]]) -> Vec<u8> {
    let number = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let magic = if nano { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let mut file: Vec<u8> = [magic, 0x0004_0002, 0, 0, 65535, 1].into_iter().flat_map(number).collect();
    for record in records {
        let length = u32::try_from(record.len()).expect("short");
        file.extend([7, 5, length, length + 2].into_iter().flat_map(number));
        file.extend_from_slice(record);
    }
    file
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 12).expect("short").to_le_bytes();
    [&kind.to_le_bytes()[..], &length, body, &length].concat()
}

fn ng() -> Vec<u8> {
    let section = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    // nanosecond clock, one second ahead
    let about = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let enhanced = [0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 1, 2, 0, 0];
    let obsolete = [0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0];
    let simple = [1, 0, 0, 0, 4, 0, 0, 0];
    [block(SECTION, &section), block(1, &about), block(6, &enhanced), block(2, &obsolete), block(3, &simple)].concat()
}

/// Time, octets, and how many are missing.
type Seen = (u64, Vec<u8>, usize);

/// What a capture gives, and how it ended.
fn all(file: &[u8]) -> (Vec<Seen>, Option<String>) {
    let mut capture = Capture::new(Box::new(io::Cursor::new(file.to_vec())), 0, false).expect("a capture");
    let mut records = Vec::new();
    loop {
        match capture.next(true) {
            Next::Record(record) => records.push((record.time, record.octets.to_vec(), record.missing)),
            Next::End => return (records, None),
            Next::Damaged(reason) => return (records, Some(reason)),
            Next::Wait => panic!("a file has no waiting"),
        }
    }
}

#[test]
fn pcap_of_every_order_and_resolution() {
    for (little, nano) in [(true, true), (true, false), (false, true), (false, false)] {
        let time = 7 * SECOND + if nano { 5 } else { 5000 };
        let expected = (vec![(time, vec![1, 2], 2), (time, vec![3], 2)], None);
        assert_eq!(all(&pcap(little, nano, &[&[1, 2], &[3]])), expected);
    }
}

#[test]
fn pcapng_of_every_packet_block() {
    let expected = vec![(SECOND + 9, vec![1, 2], 3), (SECOND + 8, vec![3], 0), (SECOND + 8, vec![4], 0)];
    assert_eq!(all(&ng()), (expected, None));
}

#[test]
fn gzip_is_opened() {
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(&ng()).expect("in memory");
    assert_eq!(all(&zipped.finish().expect("in memory")).0.len(), 3);
}

#[test]
fn a_gzip_that_ends_within_the_header_of_its_capture_says_so() {
    for file in [pcap(true, false, &[]), ng()] {
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        zipped.write_all(&file).expect("in memory");
        let zipped = zipped.finish().expect("in memory");
        for end in 2..15 {
            let refused = Capture::new(Box::new(io::Cursor::new(zipped[..end].to_vec())), 0, false).err();
            let reason = refused.expect("no capture").to_string();
            assert!(reason.starts_with("cannot be read on"), "cut at {end}: {reason}");
        }
    }
}

#[test]
fn a_capture_cut_anywhere_gives_what_it_has() {
    for file in [pcap(true, false, &[&[1; 9], &[2; 9]]), ng()] {
        let whole = all(&file).0;
        for end in 24..file.len() {
            let (records, reason) = all(&file[..end]);
            assert!(whole.starts_with(&records));
            assert!(reason.is_some() || records.len() < whole.len());
        }
    }
}

#[test]
fn records_cross_blocks() {
    let large = vec![5; 200_000];
    let records: Vec<&[u8]> = vec![&large; 20];
    assert_eq!(all(&pcap(true, false, &records)).0.len(), 20);
}

#[test]
fn a_record_of_impossible_length_ends_the_capture() {
    let mut file = pcap(true, false, &[&[1]]);
    file.extend([0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);
    assert_eq!(all(&file).1.as_deref(), Some("a record claims 4294967295 octets"));
}

#[test]
fn what_is_no_capture_says_so() {
    for (file, expected) in
        [(&b""[..], "is empty"), (b"\xff\xd8\xff\xe0JFIF", "is no capture"), (b"\xd4\xc3\xb2\xa1", "ends within")]
    {
        let error = Capture::new(Box::new(io::Cursor::new(file.to_vec())), 0, false).err().expect("no capture");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn a_clock_of_binary_ticks_and_a_clock_of_large_ones() {
    for (octet, ticks, expected) in
        [(0x8a, 512, SECOND / 2), (0, 3, 3 * SECOND), (0xff, 1, 0), (0x7f, u64::MAX, SECOND)]
    {
        let about = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, octet, 0, 0, 0];
        let ticks: u64 = ticks;
        let high = u32::try_from(ticks >> 32).expect("half").to_le_bytes();
        let low = u32::try_from(ticks & 0xffff_ffff).expect("half").to_le_bytes();
        let packet = [&[0; 4][..], &high, &low, &[0; 8]].concat();
        let section = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
        let file = [block(SECTION, &section), block(1, &about), block(6, &packet)].concat();
        assert_eq!(all(&file).0.first().map(|(time, _, _)| *time), Some(expected), "{octet:#x}");
    }
}

#[test]
fn a_packet_of_an_interface_that_nobody_described_is_of_no_link() {
    let section = [0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    let big = |kind: u32, body: &[u8]| {
        let length = u32::try_from(body.len() + 12).expect("short").to_be_bytes();
        [&kind.to_be_bytes()[..], &length, body, &length].concat()
    };
    let file = [big(SECTION, &section), big(6, &[0; 20])].concat();
    let mut capture = Capture::new(Box::new(io::Cursor::new(file)), 0, false).expect("a capture");
    assert_eq!(capture.next(false), Next::Record(Record { time: 0, link_type: u32::MAX, octets: &[], missing: 0 }));
}

/// Gives a few octets at a time, as a pipe does.
struct Drip(Cursor<Vec<u8>>);

impl Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(5);
        self.0.read(buffer.get_mut(..most).expect("shorter"))
    }
}

#[test]
fn a_pipe_is_never_waited_for_behind_a_record() {
    let mut capture =
        Capture::new(Box::new(Drip(Cursor::new(pcap(true, true, &[&[1], &[2]])))), 0, true).expect("a capture");
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen.push(match capture.next(!seen.is_empty()) {
            Next::Record(record) => record.octets.first().copied(),
            Next::Wait => None,
            _ => break,
        });
        if seen.last() == Some(&None) {
            seen.clear();
            capture.next(false);
        }
    }
    assert!(matches!(capture.next(false), Next::End));
}

/// Whatever the octets, a capture ends, and gives no more than the file can hold.
#[test]
fn mutants_of_captures_end() {
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(&ng()).expect("in memory");
    let files = [pcap(true, false, &[&[1; 9], &[2; 9]]), ng(), zipped.finish().expect("in memory")];
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 8).expect("64 bits") % below
    };
    for round in 0..20_000 {
        let mut file = files[round % files.len()].clone();
        for _ in 0..next(4) {
            let at = next(file.len());
            file[at] = [0, 1, 0x7f, 0x80, 0xff, u8::try_from(next(256)).expect("an octet")][next(6)];
        }
        file.truncate(1 + next(file.len()));
        let Ok(mut capture) = Capture::new(Box::new(Cursor::new(file)), 0, round % 2 == 0) else { continue };
        let mut steps = 0;
        while !matches!(capture.next(false), Next::End | Next::Damaged(_)) {
            steps += 1;
            assert!(steps < 1000);
        }
        assert_eq!(capture.next(false), Next::End);
    }
}

#[test]
fn records_that_are_gathered_are_those_that_come_one_by_one() {
    let records: Vec<Vec<u8>> = (0..3000_usize).map(|number| vec![number as u8; number * 37 % 1500]).collect();
    let whole = pcap(true, true, &records.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (file, drip) in
        [(whole.clone(), false), (whole[..whole.len() - 1].to_vec(), false), (whole[..9000].to_vec(), true)]
    {
        let octets: Octets =
            if drip { Box::new(Drip(Cursor::new(file.clone()))) } else { Box::new(Cursor::new(file.clone())) };
        let mut capture = Capture::new(octets, 0, drip).expect("a capture");
        let mut gathered = Vec::new();
        let ended = loop {
            match capture.gather(32, false) {
                Ok(found) => gathered.extend(found.iter().map(|it| (it.time, it.octets.to_vec(), it.missing))),
                Err(Stop::Damaged(reason)) => break Some(reason),
                Err(_) => break None,
            }
        };
        assert!((gathered, ended) == all(&file));
    }
}
