//! What was seen of a packet or of a flow, as numbers; and the fields that say so, made when somebody reads them.

use std::net::IpAddr;

use crate::gtpu;
use crate::identifiers::hex_id;
use crate::ip::{Ip, SCTP, TCP, Transport, UDP, transport_name};
use crate::message::{Fields, Value};

/// The outer addresses and ports of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    pub source: (IpAddr, u16),
    pub destination: (IpAddr, u16),
}

/// Hardware addresses, source and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macs {
    pub source: [u8; 6],
    pub destination: [u8; 6],
}

/// The tunnel around a user's packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    pub outer: Outer,
    pub teid: u32,
    pub qfi: Option<u8>,
    /// 0 downlink, 1 uplink.
    pub pdu_type: Option<u8>,
    pub extensions: gtpu::Extensions,
}

impl Tunnel {
    pub fn new(outer: Outer, gtp: &gtpu::Header<'_>) -> Self {
        Self { outer, teid: gtp.teid, qfi: gtp.qfi, pdu_type: gtp.pdu_type, extensions: gtp.extensions }
    }

    /// Its ends and TEID, where both ends are of IPv4.
    pub fn v4(&self) -> Option<([u32; 2], u32)> {
        match (self.outer.source.0, self.outer.destination.0) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                Some(([source, destination].map(|it| it.to_bits()), self.teid))
            }
            _ => None,
        }
    }

    /// Of which only the ends are known.
    pub fn bare(outer: Outer, teid: u32) -> Self {
        Self { outer, teid, qfi: None, pdu_type: None, extensions: gtpu::Extensions::default() }
    }
}

/// Around an IP packet or another Ethernet payload: the tunnel, the VLAN, the hardware addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    pub tunnel: Option<Tunnel>,
    pub vlan: Option<u16>,
    /// Where they say who it was: of a frame inside a tunnel, or of one that carries no IP.
    pub macs: Option<Macs>,
}

/// A packet: who to whom, over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    pub around: Around,
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    pub transport: Transport,
}

impl Sight {
    pub fn new(around: Around, ip: &Ip<'_>, transport: Transport) -> Self {
        Self { around, source: ip.source, destination: ip.destination, protocol: ip.protocol, transport }
    }
}

/// Counts of a flow so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    pub source: (IpAddr, u16),
    pub destination: (IpAddr, u16),
    pub protocol: u8,
    pub around: Around,
    pub reverse_teid: Option<u32>,
    pub end_reason: Option<&'static str>,
    /// Nanoseconds from the first packet to the last.
    pub duration: u64,
    /// Sent by the source, by the destination.
    pub bytes: [u64; 2],
    pub packets: [u64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A packet that opened a flow.
    Opening(Sight),
    /// A packet of an application protocol, which goes by its name.
    Packet(Sight, &'static str),
    /// Something else on Ethernet.
    Frame(Around, &'static str),
    /// Only the tunnel and what is around it.
    Around(Around),
    /// A tunnel's first packet, and between whom it was, where it is one of IP.
    Entered(Around, Option<(IpAddr, IpAddr)>),
    Totals(Totals),
}

/// What a packet is to an event.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    Opening,
    /// Of an application protocol, which goes by its name.
    Packet(&'static str),
    Entered,
}

impl Role {
    pub fn of(self, sight: &Sight) -> Seen {
        match self {
            Self::Opening => Seen::Opening(*sight),
            Self::Packet(protocol) => Seen::Packet(*sight, protocol),
            Self::Entered => Seen::Entered(sight.around, Some((sight.source, sight.destination))),
        }
    }
}

/// How an event knows what was seen.
#[derive(Clone, Debug)]
pub enum View {
    Nothing,
    Kept(Box<Seen>),
    /// Its frame carries a plain packet, which is read again.
    Again(Role),
}

impl From<Seen> for View {
    fn from(seen: Seen) -> Self {
        Self::Kept(Box::new(seen))
    }
}

impl Seen {
    pub fn tell(&self, fields: &mut Fields) {
        match self {
            Self::Opening(sight) => sight.tell(fields),
            Self::Packet(sight, protocol) => {
                sight.tell_briefly(fields);
                fields.add("network.protocol", Value::Str(protocol));
            }
            Self::Frame(around, protocol) => {
                around.tell(fields);
                fields.add("network.protocol", Value::Str(protocol));
            }
            Self::Around(around) => around.tell(fields),
            Self::Entered(around, ends) => {
                if let Some((source, destination)) = ends {
                    tell_addresses(fields, *source, *destination);
                }
                around.tell(fields);
                if let Some(tunnel) = &around.tunnel {
                    tunnel.extensions.describe(fields);
                }
            }
            Self::Totals(totals) => totals.tell(fields),
        }
    }
}

impl Around {
    pub fn tell(&self, fields: &mut Fields) {
        if let Some(tunnel) = &self.tunnel {
            tunnel.outer.tell(fields);
        }
        if let Some(vlan) = self.vlan {
            fields.add("network.vlan.id", Value::U64(vlan.into()));
        }
        if let Some(tunnel) = &self.tunnel {
            tunnel.tell(fields);
        }
        if let Some(macs) = &self.macs {
            fields.add("source.mac", mac(macs.source));
            fields.add("destination.mac", mac(macs.destination));
        }
    }
}

impl Outer {
    fn tell(&self, fields: &mut Fields) {
        fields.add("fiveg.gtpu.outer.source.ip", Value::Ip(self.source.0));
        fields.add("fiveg.gtpu.outer.source.port", Value::U64(self.source.1.into()));
        fields.add("fiveg.gtpu.outer.destination.ip", Value::Ip(self.destination.0));
        fields.add("fiveg.gtpu.outer.destination.port", Value::U64(self.destination.1.into()));
    }
}

impl Tunnel {
    fn tell(&self, fields: &mut Fields) {
        fields.add("fiveg.gtpu.teid", teid(self.teid));
        if let Some(qfi) = self.qfi {
            fields.add("fiveg.gtpu.qfi", Value::U64(qfi.into()));
        }
        match self.pdu_type {
            Some(0) => fields.add("fiveg.gtpu.pdu_type", Value::Str("dl")),
            Some(1) => fields.add("fiveg.gtpu.pdu_type", Value::Str("ul")),
            _ => {}
        }
    }
}

impl Sight {
    pub fn tell(&self, fields: &mut Fields) {
        tell_addresses(fields, self.source, self.destination);
        set_transport(fields, self.protocol);
        match self.transport.icmp {
            Some((kind, code)) => {
                fields.add("icmp.type", Value::U64(kind.into()));
                fields.add("icmp.code", Value::U64(code.into()));
            }
            None => set_ports(fields, self.protocol, self.transport.source, self.transport.destination),
        }
        if self.protocol == TCP && !self.transport.cut {
            fields.add("tcp.flags", Value::Text(flag_letters(self.transport.flags).into()));
        }
        self.around.tell(fields);
    }

    /// Without what is only of interest in the packet that opens a flow.
    fn tell_briefly(&self, fields: &mut Fields) {
        tell_addresses(fields, self.source, self.destination);
        set_transport(fields, self.protocol);
        if self.transport.icmp.is_none() {
            set_ports(fields, self.protocol, self.transport.source, self.transport.destination);
        }
        self.around.tell(fields);
    }
}

fn tell_addresses(fields: &mut Fields, source: IpAddr, destination: IpAddr) {
    fields.add("source.ip", Value::Ip(source));
    fields.add("destination.ip", Value::Ip(destination));
    fields.add("network.type", Value::Str(if source.is_ipv4() { "ipv4" } else { "ipv6" }));
}

impl Totals {
    fn tell(&self, fields: &mut Fields) {
        tell_addresses(fields, self.source.0, self.destination.0);
        set_ports(fields, self.protocol, self.source.1, self.destination.1);
        set_transport(fields, self.protocol);
        if let Some(reason) = self.end_reason {
            fields.add("fiveg.flow.end_reason", Value::Str(reason));
        }
        fields.add("event.duration", Value::U64(self.duration));
        let ([sent, received], [out, back]) = (self.bytes, self.packets);
        for (name, count) in [
            ("source.bytes", sent),
            ("destination.bytes", received),
            ("network.bytes", sent.saturating_add(received)),
            ("source.packets", out),
            ("destination.packets", back),
            ("network.packets", out.saturating_add(back)),
        ] {
            fields.add(name, Value::U64(count));
        }
        self.around.tell(fields);
        if let Some(reverse) = self.reverse_teid {
            fields.add("fiveg.gtpu.reverse_teid", teid(reverse));
        }
    }
}

pub fn teid(teid: u32) -> Value {
    hex_id(teid.into(), 8)
}

/// As ECS writes hardware addresses.
fn mac(octets: [u8; 6]) -> Value {
    let [a, b, c, d, e, f] = octets;
    Value::Text(format!("{a:02X}-{b:02X}-{c:02X}-{d:02X}-{e:02X}-{f:02X}").into())
}

fn set_ports(fields: &mut Fields, protocol: u8, source: u16, destination: u16) {
    let unknown = source == 0 && destination == 0; // a header that is cut short
    if matches!(protocol, TCP | UDP | SCTP) && !unknown {
        fields.add("source.port", Value::U64(source.into()));
        fields.add("destination.port", Value::U64(destination.into()));
    }
}

fn set_transport(fields: &mut Fields, protocol: u8) {
    let name = transport_name(protocol).map_or_else(|| Value::Text(protocol.to_string().into()), Value::Str);
    fields.add("network.transport", name);
}

fn flag_letters(flags: u8) -> String {
    "FSRPAUEC".chars().enumerate().filter(|(bit, _)| flags & (1 << bit) != 0).map(|(_, letter)| letter).collect()
}
