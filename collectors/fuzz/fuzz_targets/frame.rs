//! The whole decoder: frames of any link layer in any order of time. The counters add up, nothing panics, nothing is left
//! at the end, the same frames give the same events whatever the keys of the tables and however many are at hand
//! together, and what is open ends in pieces as it does at once. Rows are as many as events, of the same kinds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::capture::Record;
use sentinel_decoder::columns::{Cell, Column};
use sentinel_decoder::decoder::Decoder;
use sentinel_fuzz::{Frame, adds_up, decode, frames};

fuzz_target!(|input: &[u8]| {
    let frames = frames(input);
    let whole = decode(&frames);
    let (mut decoder, mut events) = (Decoder::new(), Vec::new());
    for together in frames.chunks(3) {
        let records = together.iter().map(|frame| {
            let Frame { time, link_type, octets, missing } = *frame;
            Record { time, link_type, octets, missing }
        });
        decoder.decode_together(records, &mut events, |_, _, _| ());
    }
    // A flow that has been told of as ended says nothing more.
    let mut rounds = 0;
    while decoder.finish_some(2, &mut events) {
        rounds += 1;
        assert!(rounds <= 64 * frames.len(), "the end does not come nearer");
    }
    adds_up(&decoder, frames.len() as u64);
    assert!(events == whole, "the same frames gave other events");
    let (mut columns, mut none) = (Decoder::with_rows(), Vec::new());
    for frame in &frames {
        columns.decode(frame.time, frame.link_type, frame.octets, frame.missing, &mut none);
    }
    columns.finish(&mut none);
    let kinds: Vec<Cell> = whole.iter().map(|event| Cell::Text(event.kind.to_owned())).collect();
    assert_eq!(columns.take_rows().shown(Column::Action), kinds, "rows are not of the events");
    adds_up(&columns, frames.len() as u64);
    assert_eq!(none, [], "an event instead of a row");
});
