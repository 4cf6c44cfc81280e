//! What the decoding of N2 costs, step by step, without Python: nanoseconds of CPU for each packet of a capture.
//!
//! `cargo run --release -p sentinel-decoder --example n2 -- CAPTURE [STEP]`. Each step does what the one before it does, and more.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use sentinel_decoder::capture::{Capture, Next, Record};
use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::event::Frame;
use sentinel_decoder::link::{self, Payload};
use sentinel_decoder::sctp::{self, Arrival, Chunk, Direction, Streams};
use sentinel_decoder::{ip, ngap};

const ROUNDS: usize = 7;

fn records(path: &str, mut each: impl FnMut(&Record<'_>)) -> usize {
    let (mut capture, mut count) = (Capture::open(path).unwrap(), 0);
    while let Next::Record(record) = capture.next(false) {
        each(&record);
        count += 1;
    }
    count
}

/// The whole NGAP PDUs of a packet.
fn pdus(streams: &mut Streams, record: &Record<'_>, mut each: impl FnMut(&[u8])) {
    let Some(link) = link::parse(record.link_type, record.octets) else { return };
    let Payload::Ip(octets) = link.payload else { return };
    let Ok(ip) = ip::parse(octets, record.missing) else { return };
    let Some(header) = sctp::header(ip.payload).filter(|_| ip.protocol == ip::SCTP) else { return };
    for chunk in sctp::chunks(ip.payload) {
        let Ok(Chunk::Data(data)) = chunk else { continue };
        let (source, destination) = ((ip.source, header.source), (ip.destination, header.destination));
        let at = Direction { source, destination, vtag: header.vtag };
        match streams.arrive(at, &data, true, || Frame::new(record.time, record.link_type, record.octets)) {
            Arrival::Message => each(data.payload),
            Arrival::Completed(whole) => each(&whole.payload),
            Arrival::Piece | Arrival::Retransmission | Arrival::Conflict => {}
        }
    }
}

fn measure(name: &str, mut run: impl FnMut() -> usize) {
    if std::env::args().nth(2).is_some_and(|only| only != name) {
        return;
    }
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let count = run();
            start.elapsed().as_secs_f64() * 1e9 / count as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:<12} {:>8.1} ns", times.get(ROUNDS / 2).unwrap());
}

fn main() {
    let path = std::env::args().nth(1).unwrap();
    measure("capture", || records(&path, |_| ()));
    measure("sctp", || {
        let mut streams = Streams::default();
        let mut octets = 0;
        let count = records(&path, |record| pdus(&mut streams, record, |pdu| octets += pdu.len()));
        std::hint::black_box(octets);
        count
    });
    measure("messages", || {
        let (mut streams, mut out) = (Streams::default(), Vec::new());
        records(&path, |record| {
            pdus(&mut streams, record, |pdu| ngap::decode(pdu, &mut out));
            out.clear();
        })
    });
    measure("events", || {
        let (mut decoder, mut out) = (Decoder::new(), Vec::new());
        records(&path, |record| {
            decoder.decode(record.time, record.link_type, record.octets, record.missing, &mut out);
            if out.len() > 512 {
                out.clear();
            }
        })
    });
    measure("rows", || {
        let (mut decoder, mut out) = (Decoder::with_rows(), Vec::new());
        records(&path, |record| {
            decoder.decode(record.time, record.link_type, record.octets, record.missing, &mut out);
            if decoder.rows() > 4096 {
                std::hint::black_box(decoder.take_rows());
            }
        })
    });
}
