//! IP: a datagram says the same in fragments, in any order, as it does whole; and any octets are a packet or malformed.
//!
//! The input is the lengths of the fragments in units of eight octets behind their number, one octet for the order and the
//! protocol, and the payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::event::Event;
use sentinel_decoder::ip;
use sentinel_decoder::message::Value;
use sentinel_fuzz::{Frame, RAW, SCTP, UDP, cuts, decode, ipv4, ipv6_fragment, pieces};

fn framed(packets: &[Vec<u8>]) -> Vec<Frame<'_>> {
    packets.iter().map(|octets| Frame { time: 1, link_type: RAW, missing: 0, octets }).collect()
}

/// What the events say, but for octets and packets: fragments are more packets, with headers of their own.
fn meant(events: &[Event]) -> Vec<(&'static str, Vec<&(&'static str, Value)>)> {
    let counted = |name: &str| name.ends_with(".bytes") || name.ends_with(".packets");
    let all =
        events.iter().map(|event| (event.kind, event.fields().iter().filter(|(name, _)| !counted(name)).collect()));
    all.collect()
}

fuzz_target!(|input: &[u8]| {
    for missing in [0, 100] {
        if let Ok(packet) = ip::parse(input, missing) {
            assert!(packet.payload.len() < input.len(), "the payload is longer than the packet allows");
            assert!(packet.missing <= missing);
            ip::transport(packet.protocol, packet.payload);
            ip::ports(packet.protocol, packet.payload);
            assert!(ip::udp_payload(packet.payload).len() <= packet.payload.len());
        }
    }
    let Some((cuts, rest)) = cuts(input) else { return };
    let Some((&choice, payload)) = rest.split_first() else { return };
    if payload.is_empty() || payload.len() > 60_000 {
        return;
    }
    let protocol = if choice & 1 == 0 { UDP } else { SCTP };
    let pieces = pieces(cuts, payload.len().div_ceil(8));
    let fragment = |piece: &std::ops::Range<usize>| {
        let octets = &payload[piece.start * 8..payload.len().min(piece.end * 8)];
        let (at, more) = (piece.start as u16, u16::from(piece.end * 8 < payload.len()));
        if choice & 2 == 0 {
            ipv4(protocol, 7, more << 13 | at, octets)
        } else {
            ipv6_fragment(protocol, 7, at << 3 | more, octets)
        }
    };
    let mut packets: Vec<Vec<u8>> = pieces.iter().map(fragment).collect();
    let turn = usize::from(choice >> 3) % packets.len();
    packets.rotate_left(turn);
    if choice & 4 != 0 {
        packets.reverse();
    }
    // One fragment that is the whole: the same addresses, and no extension header that only one of both has.
    let whole = if choice & 2 == 0 { ipv4(protocol, 7, 0, payload) } else { ipv6_fragment(protocol, 7, 0, payload) };
    let (whole, parts) = (decode(&framed(&[whole])), decode(&framed(&packets)));
    assert_eq!(meant(&whole), meant(&parts), "in fragments and whole");
});
