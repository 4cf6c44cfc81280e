//! PDUs that made cores fall, from public issues: the decoder says what each is, alone, cut short anywhere, and on the wire.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_truncation)]

use sentinel_decoder::decoder::Decoder;
use sentinel_decoder::message::{Fields, Message};
use sentinel_decoder::{nas, ngap, pfcp};

const PDUS: &str = include_str!("crash_pdus.txt");
const RAW: u32 = 101;

struct Pdu {
    protocol: &'static str,
    issue: &'static str,
    /// Of all messages that it makes.
    kinds: Vec<&'static str>,
    octets: Vec<u8>,
}

fn pdus() -> Vec<Pdu> {
    let lines = PDUS.lines().filter(|line| !line.starts_with('#'));
    let parsed = lines.map(|line| {
        let [protocol, issue, kinds, hex] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("a line `{line}`") };
        let octets = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        Pdu { protocol, issue, kinds: kinds.split('+').collect(), octets }
    });
    parsed.collect()
}

fn decode(protocol: &str, octets: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    match protocol {
        "ngap" => ngap::decode(octets, &mut messages),
        "nas" => nas::decode(octets, &Fields::default(), &mut messages),
        _ => pfcp::decode(octets, &mut messages),
    }
    messages
}

#[test]
fn each_is_called_what_it_is() {
    for Pdu { protocol, issue, kinds, octets } in pdus() {
        let said: Vec<&str> = decode(protocol, &octets).iter().map(|message| message.kind).collect();
        assert_eq!(said, kinds, "{issue}");
    }
}

#[test]
fn none_falls_where_it_is_cut() {
    for Pdu { protocol, issue, octets, .. } in pdus() {
        for end in 0..octets.len() {
            assert!(!decode(protocol, &octets[..end]).is_empty(), "{issue} cut at {end}");
        }
    }
}

/// An IPv4 packet of the PDU, as N2 or N4 carry it.
fn packet(pdu: &Pdu) -> Vec<u8> {
    let length = pdu.octets.len() as u16;
    let (protocol, transport) = if pdu.protocol == "pfcp" {
        (17, [8805, 8805, length + 8, 0].map(u16::to_be_bytes).concat())
    } else {
        let ports = [40_000, 38_412, 0, 9, 0, 0].map(u16::to_be_bytes).concat();
        (132, [ports, [3, length + 16, 0, 1, 0, 0, 0, 60].map(u16::to_be_bytes).concat()].concat())
    };
    let payload = [transport, pdu.octets.clone()].concat();
    let total = (payload.len() as u16 + 20).to_be_bytes();
    let ip = [0x45, 0, total[0], total[1], 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    [&ip[..], &payload].concat()
}

#[test]
fn on_the_wire_each_is_an_event_and_counted() {
    for pdu in pdus().iter().filter(|pdu| pdu.protocol != "nas") {
        let (mut decoder, mut events) = (Decoder::new(), Vec::new());
        decoder.decode(1, RAW, &packet(pdu), 0, &mut events);
        let said: Vec<&str> = events.iter().map(|event| event.kind).collect();
        assert_eq!(said, pdu.kinds, "{}", pdu.issue);
        let counters = decoder.counters();
        assert_eq!((counters.packets, counters.panics, counters.unknown), (1, 0, 0), "{}", pdu.issue);
        assert_eq!(counters.malformed == 1, said.iter().any(|kind| kind.ends_with(".malformed")), "{}", pdu.issue);
    }
}
