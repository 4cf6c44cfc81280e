//! TCP streams of the application protocols, through the decoder: segments that are cut, come twice and change places say
//! what the turns of the talk say whole.
//!
//! The input is that of `app`: the protocol, how the turns are cut (and, in the high bits, disturbed), and the turns.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::app::{Carrier, MOST_MESSAGES, PROTOCOLS, Side};
use sentinel_decoder::message::Value;
use sentinel_fuzz::{Frame, RAW, TCP, Turn, decode, ipv4, turns};

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
/// Pieces of a turn: a stream holds so many that came too early, and no more.
const MOST_PIECES: usize = 8;

/// One segment from a side.
fn segment(side: Side, port: u16, sequence: u32, acknowledged: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let ports = if side == Side::Client { [40_000, port] } else { [port, 40_000] };
    let head =
        [&ports.map(u16::to_be_bytes).concat()[..], &sequence.to_be_bytes(), &acknowledged.to_be_bytes()].concat();
    let mut packet = ipv4(TCP, 7, 0, &[&head[..], &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0], payload].concat());
    if side == Side::Server {
        packet[12..20].rotate_left(4);
    }
    packet
}

/// The talk as packets, each turn in pieces of `most` octets, disturbed as `how` says.
fn packets(port: u16, turns: &[Turn<'_>], most: usize, how: u8) -> Vec<Vec<u8>> {
    let (client, server) = (u32::MAX - 99, 5000_u32); // one of them comes round
    let mut next = [client.wrapping_add(1), server.wrapping_add(1)];
    let mut packets = vec![
        segment(Side::Client, port, client, 0, SYN, &[]),
        segment(Side::Server, port, server, next[0], SYN | ACK, &[]),
    ];
    for turn in turns {
        let (mine, other) = if turn.side == Side::Client { (0, 1) } else { (1, 0) };
        // Which protocol it is, is told by the first segment.
        let first = next[mine] == [client, server][mine].wrapping_add(1);
        let most = if first { usize::MAX } else { most.max(turn.octets.len().div_ceil(MOST_PIECES)).max(1) };
        let mut pieces = Vec::new();
        for piece in turn.octets.chunks(most) {
            pieces.push(segment(turn.side, port, next[mine], next[other], ACK, piece));
            next[mine] = next[mine].wrapping_add(piece.len() as u32);
        }
        if how & 1 != 0 {
            pieces.reverse();
        }
        if how & 2 != 0 {
            pieces.extend(pieces.clone());
        }
        packets.append(&mut pieces);
    }
    packets
}

/// A kind with what it says.
type Said = (&'static str, Vec<(&'static str, Value)>);

/// What the protocol says: the flow itself has more packets in pieces, and what is malformed is shown as it came.
fn told(packets: &[Vec<u8>]) -> Vec<Said> {
    let frames: Vec<Frame<'_>> =
        packets.iter().map(|octets| Frame { time: 1, link_type: RAW, missing: 0, octets }).collect();
    let shown = |name: &str| name.starts_with("fiveg.payload.") || name == "fiveg.malformed.offset";
    let events = decode(&frames).into_iter().filter(|event| !event.kind.starts_with("flow."));
    let said = events.map(|event| {
        let fields = event.fields().iter().filter(|(name, _)| !shown(name)).cloned();
        (event.kind, fields.collect())
    });
    said.collect()
}

fuzz_target!(|input: &[u8]| {
    let Some((&[which, how], rest)) = input.split_first_chunk::<2>() else { return };
    let Some(which) = usize::from(which).checked_rem(PROTOCOLS.len()) else { return };
    let Some(protocol) = PROTOCOLS.get(which).filter(|protocol| protocol.carrier == Carrier::Tcp) else { return };
    let Some(&port) = protocol.ports.first() else { return };
    let turns = turns(rest);
    let whole = told(&packets(port, &turns, usize::MAX, 0));
    let parts = told(&packets(port, &turns, usize::from(how % 32), how >> 5));
    // So many of one packet are told, and no more: in pieces that is another number.
    let most = BTreeSet::from(["monitor.packet_overfull", "monitor.table_full"]);
    // And behind what is no PDU, reading goes on where a segment begins.
    let apart = |kind: &str| most.contains(kind) || kind.ends_with(".malformed");
    if !whole.iter().chain(&parts).any(|(kind, _)| apart(kind))
        && whole.len() < MOST_MESSAGES
        && parts.len() < MOST_MESSAGES
    {
        assert_eq!(whole, parts, "in pieces and whole");
    }
});
