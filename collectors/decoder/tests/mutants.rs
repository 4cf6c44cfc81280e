//! Packets of every protocol, walked whole and then mutated: no mutant panics, none goes uncounted, and the same octets
//! give the same events whatever the random keys of the tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

use std::collections::BTreeSet;

use sentinel_decoder::capture::Record;
use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::event::Event;

const ETHERNET: u32 = 1;
const RAW: u32 = 101;
const MUTANTS: u64 = 200_000;
const NG_SETUP_REQUEST: &str = "00150041000004001b00090099f9075000000001005240170a00554552414e53494d2d676e622d3939392d\
                                37302d310066000d00000000010099f907000000080015400140";
const INITIAL_UE_MESSAGE: &str = "000f40480000050055000200010026001a197e004179000d0199f9070000000000000000422e04f0f0f0f00\
                                  07900135099f907000000010099f907000001eeab60e7005a4001180070400100";
const HEARTBEAT: &str = "2001000c0000010000600004eeab5fc3";

fn ipv4(protocol: u8, id: u16, fragment: u16, source: u8, destination: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 20).to_be_bytes();
    let (id, fragment) = (id.to_be_bytes(), fragment.to_be_bytes());
    let mut packet = vec![0x45, 0, length[0], length[1], id[0], id[1], fragment[0], fragment[1], 64, protocol, 0, 0];
    packet.extend([10, 0, 0, source, 10, 0, 0, destination]);
    packet.extend_from_slice(payload);
    packet
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    let mut packet = vec![0x60, 0, 0, 0, length[0], length[1], next, 64];
    packet.extend([0xfd; 16]);
    packet.extend([0xfe; 16]);
    packet.extend_from_slice(payload);
    packet
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let words = [source, destination, payload.len() as u16 + 8, 0];
    [words.map(u16::to_be_bytes).concat(), payload.to_vec()].concat()
}

fn tcp(source: u16, destination: u16, flags: u8) -> Vec<u8> {
    let mut segment = [source.to_be_bytes(), destination.to_be_bytes()].concat();
    segment.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0, 1, 0, 0, 0, 0]);
    segment
}

fn sctp(vtag: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = [40000_u16.to_be_bytes(), 38412_u16.to_be_bytes()].concat();
    packet.extend(vtag.to_be_bytes());
    packet.extend([0; 4]);
    for chunk in chunks {
        packet.extend_from_slice(chunk);
        packet.resize(packet.len().next_multiple_of(4), 0);
    }
    packet
}

fn chunk(kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 4).to_be_bytes();
    [&[kind, flags, length[0], length[1]], body].concat()
}

fn data(flags: u8, tsn: u32, ppid: u32, payload: &[u8]) -> Vec<u8> {
    chunk(0, flags, &[&tsn.to_be_bytes()[..], &[0, 1, 0, 0], &ppid.to_be_bytes(), payload].concat())
}

fn gtpu(kind: u8, teid: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 8).to_be_bytes();
    let container = [0, 0, 0, 0x85, 1, 0x10, 9, 0];
    [&[0x34, kind, length[0], length[1]], &teid.to_be_bytes()[..], &container, payload].concat()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Frames of every protocol and of every way that they are carried.
fn frames() -> Vec<(u32, Vec<u8>)> {
    let (ng_setup, initial_ue, pfcp) = (hex(NG_SETUP_REQUEST), hex(INITIAL_UE_MESSAGE), hex(HEARTBEAT));
    let tcp_flow = |flags| gtpu(255, 7, &ipv4(6, 1, 0, 45, 80, &tcp(1024, 80, flags)));
    let on_n3 = |payload: &[u8]| ipv4(17, 2, 0, 101, 20, &udp(2152, 2152, payload));
    let echo = [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0];
    let nested = ipv4(17, 3, 0, 45, 20, &udp(2152, 2152, &echo));
    let ethernet = [&[0x45; 12][..], &[0x08, 0x00], &ipv4(1, 4, 0, 1, 2, &[8, 0, 0, 0, 0, 1, 0, 1])].concat();
    let error = gtpu(26, 0, &[16, 0, 0, 0, 7, 133, 0, 4, 10, 0, 0, 101]);
    let large = udp(2152, 2152, &gtpu(255, 9, &ipv4(17, 5, 0, 45, 53, &udp(1, 53, &[7; 64]))));
    let (head, tail) = large.split_at(48);
    let (first, rest) = ng_setup.split_at(20);
    let (second, third) = rest.split_at(20);
    let options = [&[44, 0, 1, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9][..], head].concat();
    let last = [&[44, 0, 1, 0, 0, 0, 0, 0, 17, 0, 0, 48, 0, 0, 0, 9][..], tail].concat();
    let packets = [
        ipv4(132, 0, 0, 101, 10, &sctp(0, &[chunk(1, 0, &[0, 0, 0, 9, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1])])),
        ipv4(132, 0, 0, 101, 10, &sctp(9, &[data(3, 1, 60, &ng_setup), data(3, 2, 60, &initial_ue)])),
        ipv4(132, 0, 0, 101, 10, &sctp(9, &[data(2, 3, 60, first), data(1, 5, 60, third)])),
        ipv4(132, 0, 0, 101, 10, &sctp(9, &[data(0, 4, 60, second), data(3, 6, 1, b"junk")])),
        ipv4(132, 0, 0, 101, 10, &sctp(9, &[chunk(6, 0, &[]), chunk(9, 0, &[0, 1, 0, 4]), chunk(14, 0, &[])])),
        ipv4(17, 0, 0, 30, 20, &udp(8805, 8805, &pfcp)),
        on_n3(&echo),
        on_n3(&error),
        on_n3(&gtpu(254, 7, &[])),
        on_n3(&tcp_flow(2)),
        on_n3(&tcp_flow(0x11)),
        on_n3(&gtpu(255, 7, &nested)),
        on_n3(&gtpu(255, 8, &ethernet)),
        on_n3(&gtpu(255, 8, &ipv6(58, &[128, 0, 0, 0, 0, 1, 0, 1]))),
        ipv4(17, 6, 0x2000, 101, 20, head),
        ipv4(17, 6, 6, 101, 20, tail),
        ipv6(0, &options),
        ipv6(0, &last),
    ];
    let mut frames = Vec::new();
    for packet in packets {
        let ethertype: [u8; 2] = if packet[0] >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] };
        let tagged = [&[2; 12][..], &[0x81, 0, 0, 7], &ethertype, &packet].concat();
        frames.push((RAW, packet));
        frames.push((ETHERNET, tagged));
    }
    frames
}

fn decode(frames: &[(u64, u32, Vec<u8>)]) -> (Vec<Event>, Decoder) {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for (time, link_type, octets) in frames {
        decoder.decode(*time, *link_type, octets, 0, &mut events);
    }
    decoder.finish(&mut events);
    (events, decoder)
}

fn timed(frames: Vec<(u32, Vec<u8>)>) -> Vec<(u64, u32, Vec<u8>)> {
    (1..).zip(frames).map(|(number, (link, octets))| (number * 1_000_000, link, octets)).collect()
}

#[test]
fn the_packets_walk_every_protocol() {
    let (events, decoder) = decode(&timed(frames()));
    let kinds: BTreeSet<&str> = events.iter().map(|event| event.kind).collect();
    for kind in [
        "sctp.init",
        "sctp.abort",
        "sctp.error",
        "sctp.shutdown_complete",
        "sctp.unexpected_ppid",
        "ngap.ng_setup_request",
        "ngap.initial_ue_message",
        "nas.registration_request",
        "pfcp.heartbeat_request",
        "gtpu.echo_request",
        "gtpu.error_indication",
        "gtpu.end_marker",
        "gtpu.nested",
        "gtpu.tunnel_started",
        "flow.started",
        "flow.ended",
    ] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
    assert_eq!(decoder.counters().panics, 0);
}

#[test]
fn no_mutant_panics_and_the_counts_add_up() {
    let frames = frames();
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for number in 0..MUTANTS {
        let (link_type, octets) = &frames[next() as usize % frames.len()];
        let mut octets = octets.clone();
        for _ in 0..next() % 4 {
            let at = next() as usize % octets.len();
            match next() % 4 {
                0 => octets[at] = next() as u8,
                1 => octets[at] ^= 1 << (next() % 8),
                2 => octets[at] = [0, 1, 0x7f, 0x80, 0xff][next() as usize % 5],
                _ => octets.truncate(at.max(1)),
            }
        }
        // Time mostly runs, sometimes leaps, sometimes falls back.
        let time = number * 1_000_000 + if next() % 1000 == 0 { next() } else { 0 };
        let missing = if next() % 16 == 0 { next() as usize % 100 } else { 0 };
        decoder.decode(time, *link_type, &octets, missing, &mut events);
        events.clear();
    }
    decoder.finish(&mut events);
    let counters = decoder.counters();
    assert_eq!(counters.panics, 0);
    assert_eq!(counters.packets, MUTANTS);
    assert_eq!(counters.packets, counters.decoded + counters.malformed + counters.unknown);
}

#[test]
fn frames_that_are_at_hand_together_give_the_same_events() {
    let frames = timed((0..50).flat_map(|_| frames()).collect());
    let plain = decode(&frames).0;
    for most in [1, 2, 7, 16, 300] {
        let (mut decoder, mut events) = (Decoder::new(), Vec::new());
        for together in frames.chunks(most) {
            let frames = together.iter().map(|(time, link_type, octets)| Record {
                time: *time,
                link_type: *link_type,
                octets,
                missing: 0,
            });
            decoder.decode_together(frames, &mut events, |_, _, _| ());
        }
        decoder.finish(&mut events);
        assert!(events == plain, "with {most} together");
    }
}

#[test]
fn the_same_octets_give_the_same_events_whatever_the_hash() {
    let mut many = Vec::new();
    for round in 0..200_u16 {
        for (link, mut octets) in frames() {
            if link == RAW {
                octets[16..18].copy_from_slice(&round.to_be_bytes());
            }
            many.push((link, octets));
        }
    }
    let mut frames = timed(many);
    for (number, frame) in frames.iter_mut().enumerate() {
        frame.0 = number as u64 * 100_000_000; // flows end on the way
    }
    let (first, second) = (decode(&frames).0, decode(&frames).0);
    assert!(first.len() > 1000);
    assert_eq!(first, second);
}
