//! Users' packets to which nothing on the way is out of the ordinary: nearly all of them, so they are read by themselves.
//! Whoever has the frame can read it again.

use crate::decoder::OURS;
use crate::ip::{self, Ip, Transport};
use crate::link::{self, Payload};
use crate::seen::{Around, Outer, Sight, Tunnel};
use crate::{gtpu, mirror};

/// The user's packet in a frame, where it is whole and nothing on the way to it is out of the ordinary.
#[inline]
pub fn plain(link_type: u32, frame: &[u8]) -> Option<(Sight, Ip<'_>)> {
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
        ip::SCTP | mirror::GRE => None,
        _ => Some((Sight::new(around, &ip, ip::transport(ip.protocol, ip.payload)?), ip)),
    }
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
