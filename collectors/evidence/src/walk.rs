//! A cheap look at the outside of a packet: what it is about, which flow it counts in, and whether all of it is kept.

use std::net::{IpAddr, SocketAddr};

use sentinel_decoder::decoder::PFCP_PORT;
use sentinel_decoder::gtpu::{self, Header};
use sentinel_decoder::ip::{self, Ip, SCTP, TCP, Transport, UDP};
use sentinel_decoder::link::{self, Payload};
use sentinel_decoder::mirror;
use xxhash_rust::xxh3::xxh3_64;

use crate::subject::Subject;

/// Keys of one packet, from outside.
const MOST_KEYS: usize = 7;
/// Datagrams in fragments that are remembered until their later pieces come; the latest push out the earlier.
const DATAGRAMS: usize = 1024;
/// More than any packet lacks: of a first fragment, the rest is elsewhere.
const ELSEWHERE: usize = 65_535;
/// Addresses and type of an Ethernet frame.
const ETHERNET: usize = 14;
/// S7 and MMS, Modbus, MQTT, EtherNet/IP (both), IEC 104, OPC UA, DNP3, PROFINET, BACnet.
const INDUSTRIAL: [u16; 12] = [102, 502, 1883, 2222, 2404, 4840, 20_000, 34_962, 34_963, 34_964, 44_818, 47_808];

/// Ports that say what a datagram is, whatever its other one.
const SIGNALLED: [u16; 4] = [gtpu::PORT, PFCP_PORT, gtpu::CONTROL_PORT, gtpu::CHARGING_PORT];

/// What a packet is about, without its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    keys: [u64; MOST_KEYS],
    count: usize,
    /// The flow in which the packet is counted; signalling is not.
    pub flow: Option<u64>,
    /// Its first octets are enough.
    pub short: bool,
}

impl Walk {
    pub fn keys(&self) -> &[u64] {
        self.keys.get(..self.count).unwrap_or(&[])
    }

    fn about(&mut self, subject: &Subject) -> u64 {
        let key = subject.key();
        if let Some(place) = self.keys.get_mut(self.count) {
            *place = key;
            self.count += 1;
        }
        key
    }

    /// Two hosts and the flow between them; returns the flow's key.
    fn ends(&mut self, ip: &Ip<'_>, transport: &Transport) -> u64 {
        self.about(&Subject::Address(ip.source));
        self.about(&Subject::Address(ip.destination));
        self.about(&Subject::Flow(
            SocketAddr::new(ip.source, transport.source),
            SocketAddr::new(ip.destination, transport.destination),
        ))
    }
}

/// Walks packets in order, because the pieces of a datagram belong together.
#[derive(Debug)]
pub struct Walker {
    datagrams: Box<[Option<(u64, Walk)>]>,
}

impl Default for Walker {
    fn default() -> Self {
        Self { datagrams: vec![None; DATAGRAMS].into_boxed_slice() }
    }
}

impl Walker {
    /// Look at a frame of which the last `missing` octets are not at hand.
    pub fn walk(&mut self, link_type: u32, octets: &[u8], missing: usize) -> Walk {
        self.frame(link_type, octets, missing, 0)
    }

    /// A frame inside of `depth` encapsulations of a mirror.
    fn frame(&mut self, link_type: u32, octets: &[u8], missing: usize, depth: usize) -> Walk {
        let Some(link) = link::parse(link_type, octets) else { return no_ip(octets) };
        let Payload::Ip(packet) = link.payload else { return no_ip(octets) };
        let Ok(ip) = ip::parse(packet, missing) else { return no_ip(octets) };
        let Some(fragment) = ip.fragment else { return self.packet(&ip, ip.missing, depth) };
        let datagram = datagram(&ip, fragment.id);
        if fragment.offset == 0 {
            let walk = self.packet(&ip, ELSEWHERE, depth);
            if let Some(place) = self.place(datagram) {
                *place = Some((datagram, walk));
            }
            return walk;
        }
        match self.place(datagram) {
            Some(Some((same, walk))) if *same == datagram => *walk,
            _ => piece(&ip),
        }
    }

    fn packet(&mut self, ip: &Ip<'_>, missing: usize, depth: usize) -> Walk {
        match wrapped(ip, depth) {
            Some((link_type, frame)) => self.frame(link_type, frame, missing, depth + 1),
            None => whole(ip, missing),
        }
    }

    fn place(&mut self, datagram: u64) -> Option<&mut Option<(u64, Walk)>> {
        let at = usize::try_from(datagram % DATAGRAMS as u64).ok()?;
        self.datagrams.get_mut(at)
    }
}

/// What a mirror wrapped up, as the decoder peels it: the same ports come first, and as many layers at most.
fn wrapped<'a>(ip: &Ip<'a>, depth: usize) -> Option<(u32, &'a [u8])> {
    if depth >= mirror::MOST {
        return None;
    }
    match ip.protocol {
        mirror::GRE => mirror::gre(ip.payload),
        UDP => {
            let ports = ip::ports(UDP, ip.payload);
            let vxlan = ports.destination == mirror::VXLAN_PORT && !SIGNALLED.contains(&ports.source);
            vxlan.then(|| mirror::vxlan(ip::udp_payload(ip.payload))).flatten()
        }
        _ => None,
    }
}

/// Not IP, such as GOOSE or PROFINET: counted by hardware addresses and type.
fn no_ip(octets: &[u8]) -> Walk {
    Walk { flow: Some(xxh3_64(octets.get(..ETHERNET).unwrap_or(octets))), ..Walk::default() }
}

fn datagram(ip: &Ip<'_>, id: u32) -> u64 {
    let peers = (ip.source, ip.destination);
    Subject::AmfUe(u64::from(id) << 8 | u64::from(ip.protocol), peers).key()
}

/// A later piece of a datagram that nobody remembers.
fn piece(ip: &Ip<'_>) -> Walk {
    let mut walk = Walk::default();
    let flow = walk.ends(ip, &Transport::default());
    Walk { flow: Some(flow), short: ip.protocol != SCTP, ..walk }
}

fn whole(ip: &Ip<'_>, missing: usize) -> Walk {
    let transport = transport(ip);
    let either = |port| transport.source == port || transport.destination == port;
    if ip.protocol == UDP && either(gtpu::PORT) {
        tunnelled(ip, &transport, missing)
    } else if ip.protocol == UDP && either(PFCP_PORT) {
        let mut walk = signalling(ip, &transport);
        if let Some(seid) = seid(ip::udp_payload(ip.payload)) {
            walk.about(&Subject::Seid(seid));
            walk.about(&Subject::Session(seid, ip.destination));
        }
        walk
    } else if ip.protocol == SCTP {
        signalling(ip, &transport)
    } else {
        let mut walk = Walk::default();
        let flow = walk.ends(ip, &transport);
        Walk { flow: Some(flow), short: !industrial(ip, &transport), ..walk }
    }
}

fn transport(ip: &Ip<'_>) -> Transport {
    ip::transport(ip.protocol, ip.payload).unwrap_or_else(|| ip::ports(ip.protocol, ip.payload))
}

fn signalling(ip: &Ip<'_>, transport: &Transport) -> Walk {
    let mut walk = Walk::default();
    walk.ends(ip, transport);
    walk
}

/// A GTP-U message: a user's packet, or the tunnel's own signalling.
fn tunnelled(ip: &Ip<'_>, transport: &Transport, missing: usize) -> Walk {
    match gtpu::parse(ip::udp_payload(ip.payload), missing) {
        Ok(header) if header.message_type == gtpu::G_PDU => users(ip, &header, missing),
        Ok(header) => {
            let mut walk = signalling(ip, transport);
            let (named, own) = (gtpu::elements(header.payload).teid, Subject::Tunnel(header.teid, ip.destination));
            for subject in [Some(Subject::Teid(header.teid)), Some(own), named.map(Subject::Teid)].iter().flatten() {
                walk.about(subject);
            }
            walk
        }
        Err(_) => signalling(ip, transport),
    }
}

/// A G-PDU: known by its tunnel and by what is inside; all of them lie between the same two peers.
fn users(outer: &Ip<'_>, header: &Header<'_>, missing: usize) -> Walk {
    let mut walk = Walk::default();
    walk.about(&Subject::Teid(header.teid));
    let tunnel = walk.about(&Subject::Tunnel(header.teid, outer.destination));
    let Ok(inner) = ip::parse(header.payload, missing) else {
        walk.about(&Subject::Address(outer.source));
        return Walk { flow: Some(tunnel), ..walk };
    };
    let transport = match inner.fragment {
        Some(fragment) if fragment.offset > 0 => Transport::default(),
        _ => transport(&inner),
    };
    let flow = walk.ends(&inner, &transport);
    Walk { flow: Some(flow), short: !industrial(&inner, &transport), ..walk }
}

fn industrial(ip: &Ip<'_>, transport: &Transport) -> bool {
    matches!(ip.protocol, TCP | UDP)
        && (INDUSTRIAL.contains(&transport.source) || INDUSTRIAL.contains(&transport.destination))
}

/// The SEID of a PFCP header that has one, TS 29.244 clause 7.2.2.
fn seid(payload: &[u8]) -> Option<u64> {
    let has_one = payload.first()? & 0x01 != 0;
    has_one.then(|| payload.get(4..)?.first_chunk::<8>().copied().map(u64::from_be_bytes)).flatten()
}

/// One line for people: protocol and ends, inside a tunnel those of the user, without what a mirror wrapped around it.
pub fn describe(link_type: u32, octets: &[u8], missing: usize) -> String {
    described(link_type, octets, missing, 0)
}

fn described(link_type: u32, octets: &[u8], missing: usize, depth: usize) -> String {
    let Some(link) = link::parse(link_type, octets) else { return "not IP".to_owned() };
    let Payload::Ip(packet) = link.payload else { return "not IP".to_owned() };
    let Ok(ip) = ip::parse(packet, missing) else { return "IP, malformed".to_owned() };
    if ip.fragment.is_some_and(|fragment| fragment.offset > 0) {
        return format!("IP fragment {} → {}", ip.source, ip.destination);
    }
    let missing = if ip.fragment.is_some() { ELSEWHERE } else { ip.missing };
    if let Some((link_type, frame)) = wrapped(&ip, depth) {
        return described(link_type, frame, missing, depth + 1);
    }
    let transport = transport(&ip);
    let either = |port| transport.source == port || transport.destination == port;
    if ip.protocol != UDP || !either(gtpu::PORT) {
        return line(&ip, &transport, if ip.protocol == UDP && either(PFCP_PORT) { "PFCP" } else { "" });
    }
    match gtpu::parse(ip::udp_payload(ip.payload), missing) {
        Ok(header) if header.message_type == gtpu::G_PDU => {
            let inner = ip::parse(header.payload, missing).map(|inner| line(&inner, &self::transport(&inner), ""));
            format!("GTP-U 0x{:08x}: {}", header.teid, inner.unwrap_or_else(|_| "not IP".to_owned()))
        }
        Ok(header) => line(&ip, &transport, gtpu::kind(header.message_type)),
        Err(_) => line(&ip, &transport, "GTP-U, malformed"),
    }
}

fn line(ip: &Ip<'_>, transport: &Transport, name: &str) -> String {
    let protocol = match (name, ip::transport_name(ip.protocol)) {
        ("", Some(known)) => known.to_owned(),
        ("", None) => format!("protocol {}", ip.protocol),
        (name, _) => name.to_owned(),
    };
    let end = |address: IpAddr, port: u16| match port {
        0 => address.to_string(),
        _ => SocketAddr::new(address, port).to_string(),
    };
    let ends = if transport.icmp.is_some() { (0, 0) } else { (transport.source, transport.destination) };
    format!("{protocol} {} → {}", end(ip.source, ends.0), end(ip.destination, ends.1))
}
