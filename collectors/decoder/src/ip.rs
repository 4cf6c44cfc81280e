//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers, and the ports of what they carry.

use std::net::{IpAddr, Ipv4Addr};

use crate::octets::{Malformed, ipv6_at, malformed, u8_at, u16_at, u32_at};

pub const ICMP: u8 = 1;
/// A packet in a packet, RFC 2003 and RFC 2473.
pub const IPV4: u8 = 4;
pub const IPV6: u8 = 41;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMPV6: u8 = 58;
pub const SCTP: u8 = 132;

/// Extension headers that a packet may carry before we call it nonsense.
const EXTENSIONS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub id: u32,
    pub offset: usize,
    pub more: bool,
}

/// An IP packet. `length` is what the header declares; `missing` are octets that the capture's snap length cut off.
#[derive(Clone, Copy, Debug)]
pub struct Ip<'a> {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    /// Time to live, or hop limit.
    pub hops: u8,
    pub length: usize,
    pub missing: usize,
    pub fragment: Option<Fragment>,
    pub payload: &'a [u8],
}

impl Ip<'_> {
    pub fn network_type(&self) -> &'static str {
        if self.source.is_ipv4() { "ipv4" } else { "ipv6" }
    }
}

/// Parse a packet of which the capture lacks the last `missing` octets.
#[inline]
pub fn parse(data: &[u8], missing: usize) -> Result<Ip<'_>, Malformed> {
    match u8_at(data, 0).map(|octet| octet >> 4) {
        Some(4) => ipv4(data, missing).ok_or(malformed("ipv4 header is cut short", data.len()))?,
        Some(6) => ipv6(data, missing).ok_or(malformed("ipv6 header is cut short", data.len()))?,
        Some(_) => Err(malformed("ip version is neither 4 nor 6", 0)),
        None => Err(malformed("ip packet is empty", 0)),
    }
}

#[inline]
fn ipv4(data: &[u8], missing: usize) -> Option<Result<Ip<'_>, Malformed>> {
    let [
        first,
        _,
        length_high,
        length_low,
        id_high,
        id_low,
        flags_high,
        flags_low,
        hops,
        protocol,
        _,
        _,
        addresses @ ..,
    ] = *data.first_chunk::<20>()?;
    let [a, b, c, d, e, f, g, h] = addresses;
    let header = usize::from(first & 0x0f) * 4;
    let declared = usize::from(u16::from_be_bytes([length_high, length_low]));
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    // Segmentation offload leaves 0 where the capturing host's own card fills the length in.
    let length = if declared == 0 { data.len().saturating_add(missing) } else { declared };
    if header < 20 || header > length {
        return Some(Err(malformed("ipv4 header length is impossible", 0)));
    }
    if length > data.len().saturating_add(missing) {
        return Some(Err(malformed("ipv4 total length exceeds the packet", 2)));
    }
    let offset = usize::from(flags & 0x1fff) * 8;
    let more = flags & 0x2000 != 0;
    let id = u16::from_be_bytes([id_high, id_low]);
    let fragment = (offset > 0 || more).then(|| Fragment { id: id.into(), offset, more });
    let payload = data.get(header..length.min(data.len()))?;
    Some(Ok(Ip {
        source: Ipv4Addr::new(a, b, c, d).into(),
        destination: Ipv4Addr::new(e, f, g, h).into(),
        protocol,
        hops,
        length,
        missing: length.saturating_sub(data.len()),
        fragment,
        payload,
    }))
}

fn ipv6(data: &[u8], missing: usize) -> Option<Result<Ip<'_>, Malformed>> {
    let declared = usize::from(u16_at(data, 4)?);
    let source = ipv6_at(data, 8)?;
    let destination = ipv6_at(data, 24)?;
    let whole = data.len().saturating_add(missing);
    let length = if declared == 0 { whole } else { declared.saturating_add(40) };
    if length > whole {
        return Some(Err(malformed("ipv6 payload length exceeds the packet", 4)));
    }
    let end = length.min(data.len());
    let walked = match extensions(u8_at(data, 6)?, data.get(40..end)?)? {
        Ok(walked) => walked,
        Err(error) => return Some(Err(error)),
    };
    Some(Ok(Ip {
        source,
        destination,
        protocol: walked.protocol,
        hops: u8_at(data, 7)?,
        length,
        missing: length.saturating_sub(data.len()),
        fragment: walked.fragment,
        payload: walked.payload,
    }))
}

/// What stands behind the extension headers, RFC 8200 clause 4.
#[derive(Clone, Copy, Debug)]
pub struct Walked<'a> {
    pub protocol: u8,
    pub fragment: Option<Fragment>,
    pub payload: &'a [u8],
}

/// Walk extension headers up to the payload or to a fragment, whose other headers wait until it is whole.
pub fn extensions(mut protocol: u8, data: &[u8]) -> Option<Result<Walked<'_>, Malformed>> {
    let mut at = 0;
    for _ in 0..EXTENSIONS {
        let octets = match protocol {
            0 | 43 | 60 | 135 => (usize::from(u8_at(data, at + 1)?) + 1) * 8,
            51 => (usize::from(u8_at(data, at + 1)?) + 2) * 4,
            44 => 8,
            _ => return Some(Ok(Walked { protocol, fragment: None, payload: data.get(at..)? })),
        };
        let next = u8_at(data, at)?;
        if protocol == 44 {
            let word = u16_at(data, at + 2)?;
            let fragment =
                Fragment { id: u32_at(data, at + 4)?, offset: usize::from(word & 0xfff8), more: word & 1 != 0 };
            if fragment.offset > 0 || fragment.more {
                return Some(Ok(Walked { protocol: next, fragment: Some(fragment), payload: data.get(at + 8..)? }));
            }
        }
        protocol = next;
        at += octets;
    }
    Some(Err(malformed("too many ipv6 extension headers", at)))
}

/// The payload of a UDP datagram, without what follows its length.
pub fn udp_payload(datagram: &[u8]) -> &[u8] {
    let declared = u16_at(datagram, 4).map_or(0, usize::from);
    datagram.get(8..declared).or_else(|| datagram.get(8..)).unwrap_or(&[])
}

/// Octets of the payload of a UDP datagram, as it says.
pub fn udp_length(datagram: &[u8]) -> usize {
    u16_at(datagram, 4).map_or(0, usize::from).saturating_sub(8)
}

/// What a flow is told apart by, within a pair of addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transport {
    pub source: u16,
    pub destination: u16,
    /// TCP flags; 0 elsewhere.
    pub flags: u8,
    /// ICMP type and code.
    pub icmp: Option<(u8, u8)>,
    /// The header is cut short: what is 0 or absent here may be something else.
    pub cut: bool,
}

impl Transport {
    /// One of its ports is this one.
    pub fn any(&self, port: u16) -> bool {
        self.source == port || self.destination == port
    }
}

/// Ports, flags and ICMP type; `None` where the header is cut short.
pub fn transport(protocol: u8, payload: &[u8]) -> Option<Transport> {
    Some(match protocol {
        TCP => {
            let [a, b, c, d, .., offset, flags] = *payload.first_chunk::<14>()?;
            if offset >> 4 < 5 {
                return None;
            }
            let (source, destination) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            Transport { source, destination, flags, icmp: None, cut: false }
        }
        UDP | SCTP => {
            payload.get(..if protocol == UDP { 8 } else { 12 })?;
            Transport {
                source: u16_at(payload, 0)?,
                destination: u16_at(payload, 2)?,
                flags: 0,
                icmp: None,
                cut: false,
            }
        }
        ICMP | ICMPV6 => {
            let kind = u8_at(payload, 0)?;
            let id = if echo(protocol, kind) { u16_at(payload, 4)? } else { 0 };
            Transport { source: id, destination: id, flags: 0, icmp: Some((kind, u8_at(payload, 1)?)), cut: false }
        }
        _ => Transport::default(),
    })
}

/// What is left of a header that is cut short: the ports, where they are there.
pub fn ports(protocol: u8, payload: &[u8]) -> Transport {
    let (source, destination) = match (protocol, u16_at(payload, 0), u16_at(payload, 2)) {
        (TCP | UDP | SCTP, Some(source), Some(destination)) => (source, destination),
        _ => (0, 0),
    };
    Transport { source, destination, cut: true, ..Transport::default() }
}

fn echo(protocol: u8, kind: u8) -> bool {
    match protocol {
        ICMP => matches!(kind, 0 | 8 | 13 | 14),
        _ => matches!(kind, 128 | 129),
    }
}

/// Request and reply belong to one family; other types stand for themselves.
pub fn icmp_family(protocol: u8, kind: u8) -> u8 {
    match (protocol, kind) {
        (ICMP, 0) => 8,
        (ICMP, 14) => 13,
        (ICMPV6, 129) => 128,
        _ => kind,
    }
}

/// ECS `network.transport`; other protocols go by number.
pub fn transport_name(protocol: u8) -> Option<&'static str> {
    match protocol {
        ICMP => Some("icmp"),
        TCP => Some("tcp"),
        UDP => Some("udp"),
        ICMPV6 => Some("ipv6-icmp"),
        SCTP => Some("sctp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(protocol: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(20 + payload.len()).unwrap_or(0).to_be_bytes();
        let mut packet = vec![0x45, 0, length[0], length[1], 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        packet.extend_from_slice(payload);
        packet
    }

    #[test]
    fn ethernet_padding_is_not_payload() {
        let mut data = packet(UDP, &[1, 2, 3]);
        data.extend([0; 20]);
        let ip = parse(&data, 0).expect("well formed");
        assert_eq!((ip.payload, ip.length), (&[1, 2, 3][..], 23));
    }

    #[test]
    fn a_length_beyond_the_packet_is_malformed_unless_the_capture_cut_it() {
        let data = packet(UDP, &[0; 100]);
        let cut = data.get(..60).expect("longer");
        assert_eq!(parse(cut, 0).err().map(|error| error.offset), Some(2));
        assert_eq!(parse(cut, 60).map(|ip| ip.missing), Ok(60));
    }

    #[test]
    fn udp_ends_where_its_length_says() {
        assert_eq!(udp_payload(&[0, 1, 0, 2, 0, 9, 0, 0, 7, 8]), &[7]);
        assert_eq!(udp_payload(&[0, 1, 0, 2, 0, 0, 0, 0, 7, 8]), &[7, 8]);
        assert_eq!(udp_payload(&[0, 1, 0, 2, 0, 99, 0, 0, 7, 8]), &[7, 8]);
    }

    #[test]
    fn ipv6_extension_headers_are_walked() {
        let mut data = vec![0x60, 0, 0, 0, 0, 17, 0, 64];
        data.extend([0; 32]);
        data.extend([44, 0, 1, 4, 0, 0, 0, 0]);
        data.extend([17, 0, 0, 1, 0, 0, 0, 9]);
        data.push(7);
        let ip = parse(&data, 0).expect("well formed");
        assert_eq!((ip.protocol, ip.payload), (17, &[7][..]));
        assert_eq!(ip.fragment, Some(Fragment { id: 9, offset: 0, more: true }));
    }
}
