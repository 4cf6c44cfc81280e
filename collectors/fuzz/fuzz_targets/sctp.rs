//! SCTP: any packet is chunks or malformed; a message in pieces, in any order and each piece twice, says the same as whole.
//!
//! The input is the lengths of the pieces behind their number, one octet for the order, four for the first TSN, and the
//! message, which is also read as a packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::sctp::{Chunk, chunks};
use sentinel_fuzz::{Frame, RAW, SCTP, cuts, decode, ipv4, pieces, said};

/// A packet from a gNB to the AMF.
fn packet(chunks: &[u8]) -> Vec<u8> {
    let header = [&40_000_u16.to_be_bytes()[..], &38_412_u16.to_be_bytes(), &[0, 0, 0, 9, 0, 0, 0, 0]].concat();
    ipv4(SCTP, 7, 0, &[&header, chunks].concat())
}

/// A DATA chunk.
fn data(flags: u8, tsn: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 16).to_be_bytes();
    let head = [&[0, flags, length[0], length[1]][..], &tsn.to_be_bytes(), &[0, 1, 0, 0, 0, 0, 0, 60]].concat();
    let mut chunk = [&head, payload].concat();
    chunk.resize(chunk.len().next_multiple_of(4), 0);
    chunk
}

fn framed(packets: &[Vec<u8>]) -> Vec<Frame<'_>> {
    packets.iter().map(|octets| Frame { time: 1, link_type: RAW, missing: 0, octets }).collect()
}

fuzz_target!(|input: &[u8]| {
    let mut broken = 0;
    for chunk in chunks(input) {
        match chunk {
            Ok(Chunk::Data(data)) => assert!(data.payload.len() + 16 <= input.len()),
            Ok(Chunk::Life(life)) => assert!(life.addresses().count() <= input.len() / 8),
            Ok(Chunk::Other) => {}
            Err(_) => broken += 1,
        }
    }
    assert!(broken <= 256, "the walk goes on after it is lost");
    let Some((cuts, rest)) = cuts(input) else { return };
    let Some((&[order, tsn @ ..], message)) = rest.split_first_chunk::<5>() else { return };
    decode(&framed(&[packet(message), packet(message)]));
    if message.is_empty() || message.len() > 60_000 {
        return;
    }
    let tsn = u32::from_be_bytes(tsn);
    let pieces = pieces(cuts, message.len());
    let piece = |(number, piece): (usize, &std::ops::Range<usize>)| {
        let flags = u8::from(number == 0) << 1 | u8::from(number + 1 == pieces.len());
        packet(&data(flags, tsn.wrapping_add(number as u32), &message[piece.clone()]))
    };
    let mut packets: Vec<Vec<u8>> = pieces.iter().enumerate().map(piece).collect();
    let turn = usize::from(order >> 2) % packets.len();
    packets.rotate_left(turn);
    if order & 1 != 0 {
        packets.reverse();
    }
    if order & 2 != 0 {
        packets.extend(packets.clone());
    }
    let (whole, parts) = (decode(&framed(&[packet(&data(3, tsn, message))])), decode(&framed(&packets)));
    assert_eq!(said(&whole), said(&parts), "in pieces and whole");
});
