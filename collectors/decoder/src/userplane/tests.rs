//! Packets of users, made here.

use std::net::IpAddr;

use super::reading::{TALK_IDLE, stands};
use super::*;
use crate::event::Frame;
use crate::seen::{Outer, Tunnel};

fn around(uplink: bool, teid: u32) -> Around {
    let (gnb, upf) = ((IpAddr::from([10, 0, 0, 2]), 2152), (IpAddr::from([10, 0, 0, 3]), 2152));
    let (source, destination) = if uplink { (gnb, upf) } else { (upf, gnb) };
    let tunnel = Tunnel::bare(Outer { source, destination }, teid);
    Around { tunnel: Some(tunnel), ..Around::default() }
}

fn taken(users: &mut UserPlane, time: u64, around: Around, payload: &[u8]) -> Vec<Event> {
    let carried = || Carried { packet: 1, earlier: Vec::new(), frame: Frame::new(time, 1, payload) };
    let at = Place { time, packet: 1, carried: &carried, octets: payload, depth: 0, plain: false };
    let mut out = Vec::new();
    users.g_pdu(around, payload, 0, &at, &mut out);
    out
}

fn echo(terminal: u8, reply: bool) -> Vec<u8> {
    let (source, destination) =
        if reply { ([10, 0, 0, 1], [10, 45, 0, terminal]) } else { ([10, 45, 0, terminal], [10, 0, 0, 1]) };
    let head = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0];
    [&head[..], &source, &destination, &[if reply { 0 } else { 8 }, 0, 0, 0, 0, 1, 0, 1]].concat()
}

/// A ping of `terminal`, taken in by `users` at `time`.
fn ping(users: &mut UserPlane, time: u64, terminal: u8, wrap: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Event> {
    taken(users, time, around(true, 7), &wrap(&echo(terminal, false)))
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.kind).collect()
}

#[test]
fn an_extension_header_that_n3_does_not_have_is_told_once_in_a_tunnel() {
    let mut users = UserPlane::new(10, 10);
    let g_pdu = |kind, teid| [0x34, 255, 0, 8, 0, 0, 0, teid, 0, 0, 0, kind, 1, 0, 9, 0];
    let mut take = |kind, teid| {
        let octets = g_pdu(kind, teid);
        let header = gtpu::parse(&octets, 0).expect("well formed");
        let outer = Outer { source: ([10, 0, 0, 2].into(), 2152), destination: ([10, 0, 0, 3].into(), 2152) };
        let around = Around { tunnel: Some(Tunnel::new(outer, &header)), ..Around::default() };
        let carried = || Carried { packet: 1, earlier: Vec::new(), frame: Frame::new(0, 1, &octets) };
        let at = Place { time: 0, packet: 1, carried: &carried, octets: &octets, depth: 0, plain: false };
        let mut out = taken(&mut users, 0, around, &echo(1, false));
        users.unusual(&around, &at, &mut out);
        out.retain(|event| event.kind.starts_with("gtpu."));
        out
    };
    let first = take(0x40, 1);
    assert_eq!(kinds(&first), ["gtpu.tunnel_started", "gtpu.unexpected_extension_header"]);
    for event in &first {
        assert_eq!(event.fields().get("fiveg.gtpu.extension_headers"), Some(&Value::U64(0x40)));
        assert_eq!(event.fields().get("fiveg.gtpu.teid"), Some(&teid(1)));
    }
    assert!(take(0x40, 1).is_empty());
    assert_eq!(kinds(&take(0x20, 2)), ["gtpu.tunnel_started", "gtpu.unexpected_extension_header"]);
}

#[test]
fn a_full_table_evicts_the_oldest_flow_and_says_so_once_a_minute() {
    let mut users = UserPlane::new(10, 2);
    assert_eq!(kinds(&ping(&mut users, 0, 1, <[u8]>::to_vec)), ["gtpu.tunnel_started", "flow.started"]);
    assert_eq!(kinds(&ping(&mut users, 0, 2, <[u8]>::to_vec)), ["flow.started"]);
    let third = ping(&mut users, 0, 3, <[u8]>::to_vec);
    assert_eq!(kinds(&third), ["flow.started", "flow.ended", "monitor.table_full"]);
    let ended = third[1].fields();
    assert_eq!(ended.get("fiveg.flow.end_reason"), Some(&Value::Str("evicted")));
    assert_eq!(ended.get("source.ip"), Some(&Value::Ip(IpAddr::from([10, 45, 0, 1]))));
    assert_eq!(kinds(&ping(&mut users, 0, 4, <[u8]>::to_vec)), ["flow.started", "flow.ended"]);
}

#[test]
fn an_idle_flow_ends_once() {
    let mut users = UserPlane::new(10, 10);
    let mut out = Vec::new();
    users.expire(5, 5 * SECOND, &mut out);
    ping(&mut users, 5 * SECOND, 1, <[u8]>::to_vec);
    users.expire(125, 125 * SECOND, &mut out);
    assert_eq!(kinds(&out), Vec::<&str>::new());
    users.expire(126, 126 * SECOND, &mut out);
    assert!(!users.finish(127 * SECOND, 10, &mut out));
    assert_eq!(kinds(&out), ["flow.ended"]);
    assert_eq!((out[0].time, out[0].fields().get("event.duration")), (126 * SECOND, Some(&Value::U64(0))));
}

#[test]
fn an_ethernet_session_is_known_by_its_ethertype_whatever_the_addresses() {
    for first in [0x02, 0x44, 0x6c] {
        let ethernet = |ping: &[u8]| [&[first; 12][..], &[0x08, 0x00], ping].concat();
        let tagged = |ping: &[u8]| [&[first; 12][..], &[0x81, 0x00, 0, 5, 0x08, 0x00], ping].concat();
        let mut users = UserPlane::default();
        assert_eq!(kinds(&ping(&mut users, 0, 1, ethernet)), ["gtpu.tunnel_started", "flow.started"]);
        assert_eq!(kinds(&ping(&mut users, 0, 1, tagged)), Vec::<&str>::new());
    }
}

#[test]
fn an_answer_joins_and_both_directions_are_counted() {
    let mut users = UserPlane::default();
    taken(&mut users, 0, around(true, 7), &echo(1, false));
    assert_eq!(kinds(&taken(&mut users, 1, around(false, 9), &echo(1, true))), ["gtpu.tunnel_started"]);
    let mut out = Vec::new();
    users.finish(2, 10, &mut out);
    assert_eq!(kinds(&out), ["flow.ended"]);
    assert_eq!(out[0].fields().get("destination.packets"), Some(&Value::U64(1)));
    assert_eq!(out[0].fields().get("fiveg.gtpu.reverse_teid"), Some(&teid(9)));
}

#[test]
fn two_terminals_with_one_address_behind_one_gnb_stay_apart() {
    let mut users = UserPlane::default();
    let started = ["gtpu.tunnel_started", "flow.started"];
    assert_eq!(kinds(&taken(&mut users, 0, around(true, 7), &echo(1, false))), started);
    assert_eq!(kinds(&taken(&mut users, 1, around(true, 8), &echo(1, false))), started);
    assert_eq!(kinds(&taken(&mut users, 2, around(true, 7), &echo(1, false))), Vec::<&str>::new());
    let mut out = Vec::new();
    users.finish(3, 10, &mut out);
    let packets: Vec<_> = out.iter().map(|event| event.fields().get("source.packets").cloned()).collect();
    assert_eq!(packets, [Some(Value::U64(2)), Some(Value::U64(1))]);
}

#[test]
fn a_silent_direction_that_comes_back_with_another_teid_is_told_and_goes_on() {
    let mut users = UserPlane::default();
    taken(&mut users, 0, around(true, 7), &echo(1, false));
    taken(&mut users, 0, around(false, 9), &echo(1, true));
    let back = taken(&mut users, 5 * SECOND, around(false, 10), &echo(1, true));
    assert_eq!(kinds(&back), ["gtpu.tunnel_started", "flow.started"]);
    let mut out = Vec::new();
    users.finish(6 * SECOND, 10, &mut out);
    assert_eq!(kinds(&out), ["flow.ended"]);
    assert_eq!(out[0].fields().get("destination.packets"), Some(&Value::U64(2)));
}

#[test]
fn a_flow_that_goes_on_gives_account_now_and_then() {
    let mut users = UserPlane::default();
    let told: Vec<usize> = (0..1000).map(|second| ping(&mut users, second * SECOND, 1, <[u8]>::to_vec).len()).collect();
    assert_eq!(told.iter().skip(1).sum::<usize>(), 3);
}

#[test]
fn a_datagram_in_pieces_is_one_flow_and_is_looked_into() {
    // A DNS query in two fragments of which the second has the name.
    let dns = [&[0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3][..], b"plc", &[0, 0, 1, 0, 1]].concat();
    let udp = [&[0xc0, 0, 0, 53, 0, u8::try_from(dns.len() + 8).unwrap(), 0, 0][..], &dns].concat();
    let piece = |from: usize, to: usize, more: bool| {
        let length = u8::try_from(20 + to - from).unwrap();
        let flags = [if more { 0x20 } else { 0 }, u8::try_from(from / 8).unwrap()];
        let head = [0x45, 0, 0, length, 0, 9, flags[0], flags[1], 64, 17, 0, 0, 10, 45, 0, 1, 10, 0, 0, 53];
        [&head[..], &udp[from..to]].concat()
    };
    let mut users = UserPlane::default();
    let first = taken(&mut users, 0, around(true, 7), &piece(0, 16, true));
    assert_eq!(kinds(&first), ["gtpu.tunnel_started", "flow.started"]);
    let second = taken(&mut users, 1, around(true, 7), &piece(16, udp.len(), false));
    assert_eq!(kinds(&second), ["dns.query"]);
    assert_eq!(second[0].fields().get("fiveg.gtpu.teid"), Some(&teid(7)));
    let mut out = Vec::new();
    users.finish(2, 10, &mut out);
    let bytes = Value::U64(u64::try_from(20 + 20 + udp.len()).unwrap());
    assert_eq!((kinds(&out), out[0].fields().get("source.bytes")), (vec!["flow.ended"], Some(&bytes)));
}

/// A packet of a terminal, in its tunnel.
fn packet(terminal: u8, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let head = [0x45, 0, length[0], length[1], 0, 1, 0, 0, 64, protocol, 0, 0, 10, 45, 0, terminal, 10, 0, 0, 53];
    [&head[..], payload].concat()
}

fn query(terminal: u8, port: u16) -> Vec<u8> {
    let dns = [&[0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3][..], b"plc", &[0, 0, 1, 0, 1]].concat();
    let length = u16::try_from(8 + dns.len()).unwrap().to_be_bytes();
    let udp = [&port.to_be_bytes()[..], &[0, 53], &length, &[0, 0], &dns].concat();
    packet(terminal, UDP, &udp)
}

#[test]
fn whoever_takes_all_room_makes_room_himself() {
    let mut users = UserPlane { room: Room::new(8, 1000), ..UserPlane::default() };
    taken(&mut users, 0, around(true, 1), &query(1, 1000));
    for port in 0..100 {
        taken(&mut users, 1, around(true, 2), &query(2, 2000 + port));
    }
    let told = taken(&mut users, 2, around(true, 3), &query(3, 1000));
    assert!(kinds(&told).contains(&"dns.query"));
    let seats = std::iter::from_fn(|| users.room.next()).filter(|ticket| stands(&users.flows, ticket).is_some());
    let first: Vec<Slot> = seats.map(|ticket| ticket.flow).collect();
    let read: Vec<_> = first.iter().filter_map(|slot| users.flows.peek(*slot)).map(|flow| flow.sight(true)).collect();
    let of = |terminal: u8| {
        let address = IpAddr::from([10, 45, 0, terminal]);
        read.iter().filter(|sight| [sight.source, sight.destination].contains(&address)).count()
    };
    assert_eq!([of(1), of(2), of(3)], [1, 6, 1]);
    assert_eq!(users.overflow()[1], ("talks", Some(100 + 2 - 8)));
}

#[test]
fn datagrams_that_fell_silent_need_no_room_and_are_read_when_they_come_back() {
    let mut users = UserPlane::default();
    taken(&mut users, 0, around(true, 1), &query(1, 1000));
    users.expire(TALK_IDLE, TALK_IDLE * SECOND, &mut Vec::new());
    assert!(users.flows.len() == 1 && users.room.next().map(|ticket| users.room.put_back(ticket)).is_some());
    let later = 2 * TALK_IDLE + 1;
    users.expire(later, later * SECOND, &mut Vec::new());
    assert!(users.room.next().is_none());
    assert_eq!(kinds(&taken(&mut users, later * SECOND, around(true, 1), &query(1, 1000))), ["dns.query"]);
}

#[test]
fn whoever_leaves_much_half_said_forgets_it_himself() {
    let mut users = UserPlane { room: Room::new(100, 64 * 1000), ..UserPlane::default() };
    let modbus = |terminal, sequence: u32, octets: &[u8]| {
        let tcp =
            [&[0x9c, 0x40, 0x01, 0xf6][..], &sequence.to_be_bytes(), &[0, 0, 0, 1, 0x50, 16, 0, 9, 0, 0, 0, 0], octets];
        packet(terminal, TCP, &tcp.concat())
    };
    let write = [0, 2, 0, 0, 0, 6, 1, 6, 0, 99, 0, 7];
    taken(&mut users, 0, around(true, 1), &modbus(1, 100, &write[..6]));
    taken(&mut users, 0, around(true, 2), &modbus(2, 100, &write));
    for number in 1..20 {
        taken(&mut users, 0, around(true, 2), &modbus(2, 1000 * number, &[0; 400]));
    }
    let told = taken(&mut users, 1, around(true, 1), &modbus(1, 106, &write[6..]));
    assert_eq!(kinds(&told), ["modbus.write"]);
    assert!(users.overflow()[1].1.is_some());
}

#[test]
fn packets_in_packets_are_read_to_a_depth_that_is_told() {
    let mut users = UserPlane::default();
    let gtp = [0x30, 255, 0, 28, 0, 0, 0, 9];
    let udp = [&[0x08, 0x68, 0x08, 0x68, 0, 44, 0, 0][..], &gtp, &echo(1, false)].concat();
    let wrapped = |times: u8| (0..times).fold(packet(1, UDP, &udp), |inner, _| packet(1, ip::IPV4, &inner));
    let told = taken(&mut users, 0, around(true, 7), &wrapped(3));
    assert!(kinds(&told).contains(&"gtpu.nested"), "{:?}", kinds(&told));
    let mut users = UserPlane::default();
    let told = taken(&mut users, 0, around(true, 7), &wrapped(20));
    let deep = told.iter().find(|event| event.kind == "gtpu.malformed_inner").expect("told");
    let reason = deep.fields().get("fiveg.malformed.reason").map(ToString::to_string);
    assert_eq!(reason.as_deref(), Some("packets are nested too deep"));
}

#[test]
fn ngap_of_a_user_is_told_and_is_none_of_this_network() {
    let ng_reset = [0x00, 0x14, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00];
    let chunk = [&[0, 3, 0, 24, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 60][..], &ng_reset].concat();
    let sctp = [&[0x96, 0x0c, 0x96, 0x0c, 0, 0, 0, 9, 0, 0, 0, 0][..], &chunk].concat();
    let mut users = UserPlane::default();
    let told = taken(&mut users, 0, around(true, 7), &packet(1, SCTP, &sctp));
    assert_eq!(kinds(&told), ["gtpu.tunnel_started", "flow.started", "gtpu.nested_ngap"]);
    assert!(told[2].fields().get("fiveg.gtpu.inner_message").is_some());
    assert!(taken(&mut users, 1, around(true, 7), &packet(1, SCTP, &sctp)).is_empty(), "once in a flow");
}
