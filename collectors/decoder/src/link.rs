//! Link layers, by LINKTYPE_ number: Ethernet with VLANs (IEEE 802.1Q), Linux cooked captures, raw IP, loopback.

use crate::octets::{array, u16_at};

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN_DEPTH: usize = 4;

/// What a frame carries: an IP packet and the outermost VLAN.
#[derive(Debug, PartialEq, Eq)]
pub struct Link<'a> {
    pub vlan: Option<u16>,
    pub packet: &'a [u8],
}

/// The IP packet of a frame; `None` where it carries none, or no link layer that is known.
pub fn parse(link_type: u32, frame: &[u8]) -> Option<Link<'_>> {
    match link_type {
        1 => tagged(u16_at(frame, 12)?, frame, 14),
        113 => tagged(u16_at(frame, 14)?, frame, 16),
        276 => tagged(u16_at(frame, 0)?, frame, 20),
        12 | 14 | 101 | 228 | 229 => untagged(frame, 0),
        0 | 108 => loopback(frame),
        _ => None,
    }
}

fn tagged(mut ethertype: u16, frame: &[u8], mut at: usize) -> Option<Link<'_>> {
    let mut vlan = None;
    for _ in 0..VLAN_DEPTH {
        match ethertype {
            IPV4 | IPV6 => return Some(Link { vlan, packet: frame.get(at..)? }),
            0x8100 | 0x88a8 | 0x9100 => {
                vlan = vlan.or(Some(u16_at(frame, at)? & 0x0fff));
                ethertype = u16_at(frame, at + 2)?;
                at += 4;
            }
            _ => return None,
        }
    }
    None
}

fn untagged(frame: &[u8], at: usize) -> Option<Link<'_>> {
    Some(Link { vlan: None, packet: frame.get(at..)? })
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

    #[test]
    fn vlans_are_peeled_and_the_outermost_kept() {
        let mut frame = vec![0; 12];
        frame.extend([0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x09, 0x08, 0x00, 0x45]);
        assert_eq!(parse(1, &frame), Some(Link { vlan: Some(7), packet: &[0x45] }));
    }

    #[test]
    fn loopback_reads_either_byte_order() {
        assert!(parse(0, &[2, 0, 0, 0, 0x45]).is_some());
        assert!(parse(0, &[0, 0, 0, 30, 0x60]).is_some());
        assert!(parse(0, &[0, 0, 0, 99, 0x60]).is_none());
    }
}
