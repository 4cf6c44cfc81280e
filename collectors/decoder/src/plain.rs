//! Users' packets to which nothing on the way is out of the ordinary: nearly all of them, so they are read by themselves.
//! Whoever has the frame can read it again. Most of these look alike to the octet, and are read briefly.

use std::net::{IpAddr, Ipv4Addr};

use crate::decoder::OURS;
use crate::ip::{self, Ip, Transport};
use crate::link::{self, Payload};
use crate::seen::{Around, Outer, Sight, Tunnel};
use crate::{gtpu, mirror};

/// The user's packet in a frame, where it is whole and nothing on the way to it is out of the ordinary.
#[inline]
pub fn plain(link_type: u32, frame: &[u8]) -> Option<(Sight, Ip<'_>)> {
    match brief(link_type, frame) {
        Some(brief) => Some(brief.whole()),
        None => walked(link_type, frame),
    }
}

/// The same of any form.
pub fn walked(link_type: u32, frame: &[u8]) -> Option<(Sight, Ip<'_>)> {
    let link = link::parse(link_type, frame)?;
    let Payload::Ip(octets) = link.payload else { return None };
    let ip = ip::parse(octets, 0).ok().filter(|ip| ip.fragment.is_none())?;
    let around = Around { tunnel: None, vlan: link.vlan, macs: None };
    match ip.protocol {
        ip::UDP => {
            let ports = ip::transport(ip.protocol, ip.payload)?;
            if ports.destination == gtpu::PORT {
                return tunnelled(around, &ip, ports);
            }
            let special = ports.destination == mirror::VXLAN_PORT || OURS.iter().any(|port| ports.any(*port));
            (!special).then(|| (Sight::new(around, &ip, ports), ip))
        }
        ip::SCTP | ip::IPV4 | ip::IPV6 | mirror::GRE => None,
        _ => Some((Sight::new(around, &ip, ip::transport(ip.protocol, ip.payload)?), ip)),
    }
}

/// A segment or datagram over IPv4 in a tunnel over IPv4, as it is in the frame.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// Addresses and ports, source and destination.
    pub ends: [(u32, u16); 2],
    pub outer: [(u32, u16); 2],
    pub teid: u32,
    pub protocol: u8,
    /// TCP flags; 0 elsewhere.
    pub flags: u8,
    pub length: usize,
    pub hops: u8,
    container: [u8; 4],
    pub payload: &'a [u8],
}

/// A plain packet in the form that nearly all of N3 has: Ethernet, IPv4 without options, a PDU Session Container of one
/// word, and IPv4 without options again.
#[inline]
pub fn brief(link_type: u32, frame: &[u8]) -> Option<Brief<'_>> {
    let (&[.., 0x08, 0x00], packet) = frame.split_first_chunk::<14>()? else { return None };
    let outer = whole(packet).filter(|outer| outer.protocol == ip::UDP && link_type == link::ETHERNET)?;
    let (&[_, _, _, _, high, low, _, _], _) = outer.payload.split_first_chunk::<8>()?;
    let gtp = outer.payload.get(8..u16::from_be_bytes([high, low]).into())?;
    let (head, _) = gtp.split_first_chunk::<16>()?;
    let &[0x34, gtpu::G_PDU, high, low, a, b, c, d, _, _, _, gtpu::PDU_SESSION_CONTAINER, container @ ..] = head else {
        return None;
    };
    let inner = whole(gtp.get(16..usize::from(u16::from_be_bytes([high, low])) + 8)?)?;
    let flags = match inner.protocol {
        ip::TCP => inner.payload.first_chunk::<14>().filter(|[.., offset, _]| offset >> 4 >= 5)?[13],
        ip::UDP => inner.payload.first_chunk::<8>().map(|_| 0)?,
        _ => return None,
    };
    let brief = Brief {
        ends: inner.ends()?,
        outer: outer.ends()?,
        teid: u32::from_be_bytes([a, b, c, d]),
        protocol: inner.protocol,
        flags,
        length: inner.length,
        hops: inner.hops,
        container,
        payload: inner.payload,
    };
    let usual = matches!(container, [1, _, _, 0]) && matches!(brief.outer, [_, (_, gtpu::PORT)]);
    usual.then_some(brief)
}

impl<'a> Brief<'a> {
    fn whole(&self) -> (Sight, Ip<'a>) {
        let [(source, from), (destination, to)] = self.ends;
        let [source, destination] = [source, destination].map(address);
        let [outer_source, outer_destination] = self.outer.map(|(number, port)| (address(number), port));
        let header = gtpu::Header::contained(self.teid, self.container);
        let tunnel = Tunnel::new(Outer { source: outer_source, destination: outer_destination }, &header);
        let Self { protocol, flags, length, hops, payload, .. } = *self;
        let ip = Ip { source, destination, protocol, hops, length, missing: 0, fragment: None, payload };
        let around = Around { tunnel: Some(tunnel), vlan: None, macs: None };
        let transport = Transport { source: from, destination: to, flags, icmp: None, cut: false };
        (Sight::new(around, &ip, transport), ip)
    }
}

fn address(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(number).into()
}

/// A packet of IPv4 without options, which is whole.
struct Whole<'a> {
    source: u32,
    destination: u32,
    protocol: u8,
    hops: u8,
    length: usize,
    payload: &'a [u8],
}

impl Whole<'_> {
    /// Addresses and ports, source and destination.
    #[inline]
    fn ends(&self) -> Option<[(u32, u16); 2]> {
        let [a, b, c, d] = *self.payload.first_chunk::<4>()?;
        Some([(self.source, u16::from_be_bytes([a, b])), (self.destination, u16::from_be_bytes([c, d]))])
    }
}

#[inline]
fn whole(data: &[u8]) -> Option<Whole<'_>> {
    let (&[0x45, _, high, low, _, _, flags, offset, hops, protocol, _, _, a, b, c, d, e, f, g, h], _) =
        data.split_first_chunk::<20>()?
    else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let payload = data.get(20..length)?;
    let (source, destination) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    (flags & 0x3f == 0 && offset == 0).then_some(Whole { source, destination, protocol, hops, length, payload })
}

#[inline]
fn tunnelled<'a>(around: Around, outer: &Ip<'a>, ports: Transport) -> Option<(Sight, Ip<'a>)> {
    let header = gtpu::parse(ip::udp_payload(outer.payload), 0).ok()?;
    let ip = ip::parse(header.payload, 0).ok().filter(|ip| ip.fragment.is_none())?;
    let outer = Outer { source: (outer.source, ports.source), destination: (outer.destination, ports.destination) };
    let around = Around { tunnel: Some(Tunnel::new(outer, &header)), ..around };
    let transport = ip::transport(ip.protocol, ip.payload)?;
    (header.message_type == gtpu::G_PDU).then(|| (Sight::new(around, &ip, transport), ip))
}
