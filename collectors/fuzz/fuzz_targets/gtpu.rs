//! GTP-U: the header and its extensions, elements of path messages, GTP in GTP; then the datagrams through the decoder,
//! up and down, so that tunnels and flows are kept.
//!
//! The first octet says how many octets the snap length cut off.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::gtpu;
use sentinel_fuzz::{Frame, RAW, UDP, decode, ipv4};

fuzz_target!(|input: &[u8]| {
    let Some((&missing, datagram)) = input.split_first() else { return };
    let missing = usize::from(missing.saturating_sub(0xc0)) * 16;
    if let Ok(header) = gtpu::parse(datagram, missing) {
        assert!(header.payload.len() + 8 <= datagram.len(), "the payload is longer than the datagram allows");
        gtpu::elements(header.payload);
        assert!(gtpu::kind(header.message_type).starts_with("gtpu."));
    }
    gtpu::nested(datagram, missing);
    gtpu::elements(datagram);
    let length = (datagram.len().min(65_507) as u16 + 8).to_be_bytes();
    let whole = [&[8, 0x68, 8, 0x68, length[0], length[1], 0, 0], datagram].concat();
    let packet = ipv4(UDP, 1, 0, &whole);
    let mut back = packet.clone();
    back[12..20].rotate_left(4);
    let frame = |time, octets| Frame { time, link_type: RAW, missing: 0, octets };
    let events = decode(&[frame(1, &packet), frame(2_000_000_000, &back), frame(900_000_000_000, &packet)]);
    assert!(events.len() < 64, "three packets made {} events", events.len());
});
