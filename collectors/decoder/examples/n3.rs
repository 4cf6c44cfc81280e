//! What N3 costs without Python: nanoseconds of each packet for reading the capture, and for Events of it.
//!
//!     cargo run --release -p sentinel-decoder --example n3 -- CAPTURE [ROUNDS]
//!
//! One round is for an instrument that counts instructions and needs no best of several.

#![allow(clippy::expect_used)]

use std::time::{Duration, Instant};

use sentinel_decoder::capture::{Capture, Stop};
use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::event::Event;

const ROUNDS: usize = 15;
const TOGETHER: usize = 32;
/// Events that are held at once, as a batch on its way to Python.
const BATCH: usize = 512;

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("expected a capture");
        std::process::exit(2);
    };
    let rounds = std::env::args().nth(2).map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    println!("{:<28} {:>8.0} ns", "reading the capture", each(rounds, || read(&path, None)));
    println!("{:<28} {:>8.0} ns", "events", each(rounds, || read(&path, Some(Decoder::new()))));
}

/// The fewest nanoseconds that a packet took.
fn each(rounds: usize, run: impl Fn() -> u64) -> f64 {
    let best = (0..rounds).map(|_| timed(&run)).min_by(|(a, _), (b, _)| a.cmp(b));
    best.map_or(0.0, |(took, packets)| took.as_secs_f64() * 1e9 / packets.max(1) as f64)
}

fn timed(run: impl Fn() -> u64) -> (Duration, u64) {
    let start = Instant::now();
    let packets = run();
    (start.elapsed(), packets)
}

/// Read the capture, and decode it where there is a decoder; gives its packets.
fn read(path: &str, mut decoder: Option<Decoder>) -> u64 {
    let mut capture = Capture::open(path).expect("a capture");
    let (mut packets, mut events) = (0, Vec::new());
    loop {
        match capture.gather(TOGETHER, false) {
            Ok(records) => {
                packets += records.iter().count() as u64;
                if let Some(decoder) = &mut decoder {
                    decoder.decode_together(records.iter(), &mut events, |_, _, _| ());
                }
                if events.len() >= BATCH {
                    events = Vec::new();
                }
            }
            Err(Stop::Wait) => {}
            Err(_) => break,
        }
    }
    if let Some(mut decoder) = decoder {
        decoder.finish(&mut Vec::<Event>::new());
    }
    packets
}
