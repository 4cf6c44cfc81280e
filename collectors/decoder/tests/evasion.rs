//! An attacker: a Modbus write that its receiver takes, while the monitor is told something else as well. However it is
//! split, reordered, repeated and hidden among segments that the receiver drops, the write is told.
//!
//! The receiver is one of Linux: checksums are verified, of octets that came in order the first copy counts, a reset
//! counts exactly where the next octet is expected, segments without ACK are dropped.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::event::Event;

const ETHERNET_LESS: u32 = 101;
const CLIENT: ([u8; 4], u16) = ([10, 45, 0, 7], 40_000);
const SERVER: ([u8; 4], u16) = ([10, 60, 0, 9], 502);
/// Runs, each with another seed.
const RUNS: u64 = 1000;

const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// A small generator: xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

fn sum(octets: impl Iterator<Item = u8>) -> u16 {
    let octets: Vec<u8> = octets.collect();
    let mut sum: u32 =
        octets.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

#[derive(Clone)]
struct Segment {
    up: bool,
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    hops: u8,
    right: bool,
    payload: Vec<u8>,
}

impl Segment {
    fn octets(&self) -> Vec<u8> {
        let (from, to) = if self.up { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let mut tcp = [&from.1.to_be_bytes()[..], &to.1.to_be_bytes(), &self.sequence.to_be_bytes()].concat();
        tcp.extend(self.acknowledged.to_be_bytes());
        tcp.extend([0x50, self.flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(&self.payload);
        let length = u16::try_from(tcp.len()).unwrap().to_be_bytes();
        let pseudo = from.0.into_iter().chain(to.0).chain([0, 6]).chain(length);
        let right = sum(pseudo.chain(tcp.iter().copied()));
        let said = if self.right { right } else { right.wrapping_add(0x1234) };
        tcp[16..18].copy_from_slice(&said.to_be_bytes());
        let total = u16::try_from(20 + tcp.len()).unwrap().to_be_bytes();
        let head = [0x45, 0, total[0], total[1], 0, 1, 0, 0, self.hops, 6, 0, 0];
        [&head[..], &from.0, &to.0, &tcp].concat()
    }
}

/// What the client means to say: a read, the write, and a read again.
fn requests() -> Vec<u8> {
    let read = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 4];
    let write = [0, 2, 0, 0, 0, 6, 1, 6, 0, 99, 0x12, 0x34];
    let after = [0, 3, 0, 0, 0, 6, 1, 4, 0, 0, 0, 4];
    [read, write, after].concat()
}

/// One talk, as it is seen on its way.
struct Scene {
    dice: Dice,
    first: u32,
    seen: Vec<Segment>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let first = [1000, u32::MAX - 20, 0x7fff_fff0][dice.roll(3)];
        Self { dice, first, seen: Vec::new() }
    }

    /// A segment of the client, `at` octets behind its beginning.
    fn sent(&self, at: usize, payload: &[u8]) -> Segment {
        let sequence = self.first.wrapping_add(1).wrapping_add(u32::try_from(at).unwrap());
        Segment { up: true, sequence, acknowledged: 9001, flags: ACK, hops: 63, right: true, payload: payload.to_vec() }
    }

    /// The server has everything before `at`.
    fn acknowledge(&mut self, at: usize) {
        let acknowledged = self.sent(at, &[]).sequence;
        let answer = Segment { up: false, sequence: 9001, acknowledged, hops: 60, ..self.sent(0, &[]) };
        self.seen.push(answer);
    }

    fn noise(&mut self, count: usize) -> Vec<u8> {
        let mut junk: Vec<u8> = (0..count).map(|_| self.dice.roll(256) as u8).collect();
        if self.dice.roll(2) == 0 {
            junk = [0, 2, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1].into_iter().cycle().take(count).collect();
        }
        junk
    }

    /// A segment that the receiver drops, for octets around `at`.
    fn dropped(&mut self, at: usize) {
        let count = 1 + self.dice.roll(30);
        let junk = self.noise(count);
        let segment = self.sent(at, &junk);
        let far = 1_000_000 + self.dice.roll(1 << 31) as u32;
        let dropped = match self.dice.roll(8) {
            0 => Segment { right: false, ..segment },
            1 => Segment { hops: 1 + self.dice.roll(20) as u8, ..segment },
            2 => Segment { flags: 0, ..segment },
            3 => Segment { sequence: segment.sequence.wrapping_add(far), ..segment },
            4 => Segment { flags: RST, right: false, payload: Vec::new(), ..segment },
            5 => Segment { flags: RST, sequence: segment.sequence.wrapping_add(77), payload: Vec::new(), ..segment },
            6 => Segment { flags: SYN, sequence: segment.sequence.wrapping_add(far), payload: Vec::new(), ..segment },
            _ => Segment { flags: RST, hops: 2, payload: Vec::new(), ..segment },
        };
        self.seen.push(dropped);
    }

    /// A handshake, with another client's beginning among it at times.
    fn open(&mut self) {
        let fake = self.first.wrapping_add([500, 1 << 20, 1 << 30][self.dice.roll(3)]);
        let syn = Segment { flags: SYN, sequence: self.first, acknowledged: 0, ..self.sent(0, &[]) };
        let other = Segment { sequence: fake, right: self.dice.roll(2) == 0, hops: 3, ..syn.clone() };
        let order = self.dice.roll(3);
        self.seen.extend(if order == 0 { vec![other, syn] } else { vec![syn] });
        let acknowledged = self.first.wrapping_add(1);
        let accepted = Segment { up: false, sequence: 9000, acknowledged, flags: SYN | ACK, ..self.sent(0, &[]) };
        self.seen.push(Segment { hops: 60, ..accepted });
        self.seen.push(self.sent(0, &[]));
    }

    /// The octets in pieces, in rounds of which each is acknowledged.
    fn talk(&mut self, octets: &[u8]) {
        let mut at = 0;
        while at < octets.len() {
            let end = octets.len().min(at + 1 + self.dice.roll(20));
            self.round(octets, at, end);
            self.acknowledge(end);
            if self.dice.roll(4) == 0 {
                // Sent again with other content: the receiver has it already.
                let junk = self.noise(end - at);
                self.seen.push(self.sent(at, &junk));
            }
            at = end;
        }
    }

    fn round(&mut self, octets: &[u8], from: usize, to: usize) {
        let mut pieces = Vec::new();
        let mut at = from;
        while at < to {
            let end = to.min(at + 1 + self.dice.roll(8));
            let overlap = self.dice.roll(3).min(at);
            pieces.push((at - overlap, end));
            if self.dice.roll(4) == 0 {
                pieces.push((at, end));
            }
            at = end;
        }
        for last in (1..pieces.len()).rev() {
            let other = self.dice.roll(last + 1);
            pieces.swap(last, other);
        }
        for (start, end) in pieces {
            while self.dice.roll(2) == 0 {
                self.dropped(start);
            }
            self.seen.push(self.sent(start, &octets[start..end]));
        }
    }

    /// The segments, one a line, with what is odd about them.
    fn shown(&self) -> String {
        let line = |it: &Segment| {
            let at = it.sequence.wrapping_sub(self.first);
            format!("{} {at} +{} flags {} hops {} {}\n", it.up, it.payload.len(), it.flags, it.hops, it.right)
        };
        self.seen.iter().map(line).collect()
    }

    fn events(&self) -> Vec<Event> {
        let (mut decoder, mut out) = (Decoder::new(), Vec::new());
        for (number, segment) in (1..).zip(&self.seen) {
            decoder.decode(number * 1_000_000, ETHERNET_LESS, &segment.octets(), 0, &mut out);
        }
        decoder.finish(&mut out);
        out
    }
}

fn is_the_write(event: &Event) -> bool {
    let is = |name, value: &str| event.fields().get(name).is_some_and(|it| it.to_string() == value);
    event.kind == "modbus.write"
        && is("modbus.address", "99")
        && is("modbus.value", &0x1234.to_string())
        && is("source.ip", "10.45.0.7")
        && is("destination.ip", "10.60.0.9")
}

#[test]
fn a_write_that_its_receiver_takes_is_told() {
    for seed in 0..RUNS {
        let mut scene = Scene::new(seed);
        scene.open();
        scene.talk(&requests());
        let events = scene.events();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind).collect();
        assert!(events.iter().any(is_the_write), "seed {seed}: {kinds:?}\n{}", scene.shown());
    }
}

#[test]
fn what_hides_it_is_told_too() {
    let scenes = (0..RUNS).map(|seed| {
        let mut scene = Scene::new(seed);
        scene.open();
        scene.talk(&requests());
        scene.events()
    });
    let mut kinds: Vec<&str> =
        scenes.flatten().map(|event| event.kind).filter(|kind| kind.starts_with("tcp.")).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["tcp.doubtful_segment", "tcp.overlap_conflict"]);
}

#[test]
fn what_is_read_when_a_flow_ends_has_the_packet_that_it_came_in() {
    let mut scene = Scene::new(1);
    scene.open();
    let hole = 1000;
    scene.seen.push(scene.sent(hole, &requests()[12..24]));
    let packet = scene.seen.len() as u64;
    let octets = scene.seen.last().unwrap().octets();
    let told = scene.events().into_iter().find(is_the_write).unwrap();
    assert_eq!(told.packet, packet);
    assert_eq!(told.frames().map(|frame| frame.data.to_vec()).collect::<Vec<_>>(), [octets]);
}
