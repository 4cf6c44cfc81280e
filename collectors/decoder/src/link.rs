//! Link layers, by LINKTYPE_ number: Ethernet with VLANs (IEEE 802.1Q), PPPoE (RFC 2516), MPLS (RFC 3032), Linux cooked
//! captures, raw IP, loopback.

use crate::octets::{array, u8_at, u16_at};
use crate::seen::Macs;

pub const ETHERNET: u32 = 1;
pub const RAW_IP: u32 = 101;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
/// Tags and labels that a frame may carry before we call it nonsense.
const DEPTH: usize = 8;

/// What a frame carries, the outermost VLAN, and who sent it where that is said.
#[derive(Debug, PartialEq, Eq)]
pub struct Link<'a> {
    pub vlan: Option<u16>,
    pub macs: Option<Macs>,
    pub payload: Payload<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    Ip(&'a [u8]),
    /// Anything else, by its EtherType.
    Other(u16, &'a [u8]),
}

/// What a frame carries; `None` where that is cut off, or the link layer is not known.
pub fn parse(link_type: u32, frame: &[u8]) -> Option<Link<'_>> {
    match link_type {
        ETHERNET => {
            let [a, b, c, d, e, f, g, h, i, j, k, l, high, low] = *frame.first_chunk::<14>()?;
            let macs = Macs { destination: [a, b, c, d, e, f], source: [g, h, i, j, k, l] };
            tagged(u16::from_be_bytes([high, low]), frame, 14).map(|link| Link { macs: Some(macs), ..link })
        }
        113 => tagged(u16_at(frame, 14)?, frame, 16),
        276 => tagged(u16_at(frame, 0)?, frame, 20),
        12 | 14 | RAW_IP | 228 | 229 => untagged(frame, 0),
        0 | 108 => loopback(frame),
        _ => None,
    }
}

fn tagged(mut ethertype: u16, frame: &[u8], mut at: usize) -> Option<Link<'_>> {
    let mut vlan = None;
    for _ in 0..=DEPTH {
        match ethertype {
            IPV4 | IPV6 => return Some(Link { vlan, macs: None, payload: Payload::Ip(frame.get(at..)?) }),
            0x8100 | 0x88a8 | 0x9100 => {
                vlan = vlan.or(Some(u16_at(frame, at)? & 0x0fff));
                ethertype = u16_at(frame, at + 2)?;
                at += 4;
            }
            0x8864 => {
                ethertype = point_to_point(u16_at(frame, at + 6)?)?;
                at += 8;
            }
            0x8847 | 0x8848 => {
                if u8_at(frame, at + 2)? & 1 != 0 {
                    ethertype = after_labels(u8_at(frame, at + 4)?)?;
                }
                at += 4;
            }
            _ => return Some(Link { vlan, macs: None, payload: Payload::Other(ethertype, frame.get(at..)?) }),
        }
    }
    None
}

/// PPP protocol numbers, of those that carry packets.
fn point_to_point(protocol: u16) -> Option<u16> {
    match protocol {
        0x0021 => Some(IPV4),
        0x0057 => Some(IPV6),
        _ => None,
    }
}

/// Nothing says what follows the last label but the IP version.
fn after_labels(octet: u8) -> Option<u16> {
    match octet >> 4 {
        4 => Some(IPV4),
        6 => Some(IPV6),
        _ => None,
    }
}

fn untagged(frame: &[u8], at: usize) -> Option<Link<'_>> {
    Some(Link { vlan: None, macs: None, payload: Payload::Ip(frame.get(at..)?) })
}

/// BSD loopback: an address family in the byte order of the machine that captured.
fn loopback(frame: &[u8]) -> Option<Link<'_>> {
    let family = u32::from_be_bytes(array(frame, 0)?);
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    matches!(family, 2 | 10 | 24 | 28 | 30).then(|| untagged(frame, 4)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(ethertype: &[u8], rest: &[u8]) -> Option<(Option<u16>, Vec<u8>)> {
        let frame = [&[0; 12], ethertype, rest].concat();
        parse(ETHERNET, &frame).and_then(|link| match link.payload {
            Payload::Ip(packet) => Some((link.vlan, packet.to_vec())),
            Payload::Other(..) => None,
        })
    }

    #[test]
    fn vlans_are_peeled_and_the_outermost_kept() {
        let rest = [0x00, 0x07, 0x81, 0x00, 0x00, 0x09, 0x08, 0x00, 0x45];
        assert_eq!(carried(&[0x88, 0xa8], &rest), Some((Some(7), vec![0x45])));
    }

    #[test]
    fn pppoe_and_labels_are_peeled() {
        assert_eq!(carried(&[0x88, 0x64], &[0x11, 0, 0, 1, 0, 3, 0, 0x21, 0x45]), Some((None, vec![0x45])));
        assert_eq!(carried(&[0x88, 0x64], &[0x11, 0, 0, 1, 0, 3, 0xc0, 0x21, 1]), None);
        assert_eq!(carried(&[0x88, 0x47], &[0, 1, 0, 9, 0, 2, 1, 9, 0x60]), Some((None, vec![0x60])));
    }

    #[test]
    fn what_is_not_ip_goes_by_its_ethertype() {
        let frame = [&[2; 6][..], &[4; 6], &[0x08, 0x06, 1]].concat();
        let link = parse(ETHERNET, &frame).expect("well formed");
        assert_eq!(link.payload, Payload::Other(0x0806, &[1]));
        assert_eq!(link.macs, Some(Macs { source: [4; 6], destination: [2; 6] }));
    }

    #[test]
    fn loopback_reads_either_byte_order() {
        assert!(parse(0, &[2, 0, 0, 0, 0x45]).is_some());
        assert!(parse(0, &[0, 0, 0, 30, 0x60]).is_some());
        assert!(parse(0, &[0, 0, 0, 99, 0x60]).is_none());
    }
}
