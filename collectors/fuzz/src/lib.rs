//! What the fuzz targets share: how an input becomes frames, and what must hold of whatever the decoder says of them.
//!
//! An assertion that fails is a finding. Panics inside the decoder are caught there and counted, so it is the count that
//! is looked at.

use sentinel_decoder::app::Side;
use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::event::Event;
use sentinel_decoder::message::{Fields, Message, Value};

pub const RAW: u32 = 101;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const SCTP: u8 = 132;

/// LINKTYPE_ numbers that a frame may have; the last is none of ours.
const LINKS: [u32; 8] = [1, RAW, 113, 276, 0, 12, 228, 9999];
/// Octets of text in all fields of one packet's events: a packet must not be a way to fill the memory.
const MOST_TEXT: usize = 1 << 20;

/// A frame as a target feeds it.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    pub time: u64,
    pub link_type: u32,
    pub missing: usize,
    pub octets: &'a [u8],
}

/// Frames out of an input: of each, one octet for the link, one for how time passes (as an exponent; the highest bit
/// turns it back), one for what the snap length cut off, and two for its length; what the last one lacks it does without.
pub fn frames(mut input: &[u8]) -> Vec<Frame<'_>> {
    let (mut frames, mut time) = (Vec::new(), 1_790_000_000_000_000_000_u64);
    while let Some((&[link, step, missing, high, low], rest)) = input.split_first_chunk::<5>() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (octets, rest) = rest.split_at(length);
        input = rest;
        let leap = 1_u64 << (step & 0x3f);
        time = if step & 0x80 == 0 { time.saturating_add(leap) } else { time.saturating_sub(leap) };
        let link_type = LINKS[usize::from(link) % LINKS.len()];
        // Mostly nothing is missing.
        let missing = usize::from(missing.saturating_sub(0xc0)) * 16;
        frames.push(Frame { time, link_type, missing, octets });
    }
    frames
}

/// Feed frames, check what must hold after each and at the end, and give all events.
pub fn decode(frames: &[Frame<'_>]) -> Vec<Event> {
    let (mut decoder, mut events) = (Decoder::new(), Vec::new());
    for frame in frames {
        let before = events.len();
        decoder.decode(frame.time, frame.link_type, frame.octets, frame.missing, &mut events);
        assert!(text(events[before..].iter().map(Event::fields)) <= MOST_TEXT, "a packet made too much of itself");
    }
    decoder.finish(&mut events);
    let counted = decoder.counters().events;
    decoder.finish(&mut events);
    assert_eq!(decoder.counters().events, counted, "something was left");
    assert_eq!(counted, events.len() as u64, "events are not all counted");
    adds_up(&decoder, frames.len() as u64);
    for event in &events {
        assert!(event.time <= i64::MAX.unsigned_abs(), "a time that cannot be stored");
        well_named(event.kind);
    }
    events
}

/// The counters add up, and nothing fell.
pub fn adds_up(decoder: &Decoder, packets: u64) {
    let counters = decoder.counters();
    assert_eq!(counters.panics, 0, "the decoder panicked");
    assert_eq!(counters.packets, packets);
    assert_eq!(counters.packets, counters.decoded + counters.malformed + counters.unknown);
    assert!(counters.cut <= counters.unknown);
    assert_eq!(counters.events, counters.messages.values().sum::<u64>());
}

/// What the events say, without the frames that carried it.
pub fn said(events: &[Event]) -> Vec<(&'static str, &Fields)> {
    events.iter().map(|event| (event.kind, event.fields())).collect()
}

/// Messages are named for one of the protocols (for any, where none is given: one may carry another), and have not more text
/// than their octets explain.
pub fn check(protocols: &[&str], messages: &[Message], octets: &[u8]) {
    for message in messages {
        well_named(message.kind);
        let protocol = message.kind.split('.').next().unwrap_or_default();
        assert!(protocols.is_empty() || protocols.contains(&protocol), "`{}` is none of {protocols:?}", message.kind);
    }
    let told: Vec<Fields> = messages.iter().map(Message::all).collect();
    let length = text(told.iter());
    assert!(length <= MOST_TEXT + 64 * octets.len(), "{length} octets of text out of {}", octets.len());
}

/// A kind is `<protocol>.<message>` in snake case.
fn well_named(kind: &str) {
    let snake = |part: &str| !part.is_empty() && !part.contains(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '_'));
    assert!(kind.split_once('.').is_some_and(|(protocol, message)| snake(protocol) && snake(message)), "`{kind}`");
}

/// Octets that the values take.
fn text<'a>(all: impl Iterator<Item = &'a Fields>) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Text(text) => text.len(),
            Value::List(values) => values.iter().map(of).sum::<usize>() + values.len() * size_of::<Value>(),
            _ => 0,
        }
    }
    all.flat_map(Fields::iter).map(|(_, value)| of(value)).sum()
}

/// An IPv4 packet; `place` is the word of flags and fragment offset. What is too long for one loses its end.
pub fn ipv4(protocol: u8, id: u16, place: u16, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(65_515)];
    let length = (payload.len() as u16 + 20).to_be_bytes();
    let (id, place) = (id.to_be_bytes(), place.to_be_bytes());
    let mut packet = vec![0x45, 0, length[0], length[1], id[0], id[1], place[0], place[1], 64, protocol, 0, 0];
    packet.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend_from_slice(payload);
    packet
}

/// An IPv6 packet with a fragment header; `place` is its word of offset and flag.
pub fn ipv6_fragment(protocol: u8, id: u32, place: u16, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(65_515)];
    let length = (payload.len() as u16 + 8).to_be_bytes();
    let mut packet = vec![0x60, 0, 0, 0, length[0], length[1], 44, 64];
    packet.extend([0xfd; 16]);
    packet.extend([0xfe; 16]);
    packet.extend([protocol, 0]);
    packet.extend(place.to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend_from_slice(payload);
    packet
}

/// What one side says at once; `lost` where something before it was not seen.
pub struct Turn<'a> {
    pub side: Side,
    pub lost: bool,
    pub octets: &'a [u8],
}

/// Turns out of an input: of each, one octet for the side (and for a loss before it) and two for its length.
pub fn turns(mut input: &[u8]) -> Vec<Turn<'_>> {
    let mut turns = Vec::new();
    while let Some((&[flags, high, low], rest)) = input.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (octets, rest) = rest.split_at(length);
        input = rest;
        let side = if flags & 1 == 0 { Side::Client } else { Side::Server };
        turns.push(Turn { side, lost: flags & 0xf0 == 0xf0, octets });
    }
    turns
}

/// The pieces into which `cuts` divide something of `length` units: each octet is the length of a piece, the last goes on
/// to the end.
pub fn pieces(cuts: &[u8], length: usize) -> Vec<std::ops::Range<usize>> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    for cut in cuts {
        let end = (at + usize::from(*cut).max(1)).min(length);
        if at < end {
            pieces.push(at..end);
        }
        at = end;
    }
    if at < length || pieces.is_empty() {
        pieces.push(at..length);
    }
    pieces
}

/// Octets that say how something is cut, behind their number (at most 15), and the rest of the input.
pub fn cuts(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = input.split_first()?;
    rest.split_at_checked(usize::from(count & 0x0f))
}
