//! Encapsulations in which a mirror port's frames travel: ERSPAN (draft-foschiano-erspan), GRE (RFC 2784, RFC 2890),
//! VXLAN (RFC 7348). Peeled only outside of users' tunnels, where they are the site's own.

use crate::link::{ETHERNET, RAW_IP};
use crate::octets::{u8_at, u16_at};

pub const GRE: u8 = 47;
pub const VXLAN_PORT: u16 = 4789;
/// Frames in frames that are peeled.
pub const MOST: usize = 4;

/// The link type and octets of the frame inside GRE; `None` where that is something else, such as PPTP.
pub fn gre(payload: &[u8]) -> Option<(u32, &[u8])> {
    let flags = u16_at(payload, 0)?;
    if flags & 0x4007 != 0 {
        return None; // source routing, and any version but 0
    }
    let optional = [0x8000, 0x2000, 0x1000].into_iter().filter(|bit| flags & bit != 0).count() * 4;
    let inside = payload.get(4 + optional..)?;
    match u16_at(payload, 2)? {
        0x0800 | 0x86dd => Some((RAW_IP, inside)),
        0x6558 => Some((ETHERNET, inside)),
        // Type II is told from type I, which has no header of its own, by the sequence number.
        0x88be if flags & 0x1000 == 0 => Some((ETHERNET, inside)),
        0x88be => Some((ETHERNET, inside.get(8..)?)),
        0x22eb => {
            let platform = u8_at(inside, 11)? & 1 != 0;
            Some((ETHERNET, inside.get(if platform { 20 } else { 12 }..)?))
        }
        _ => None,
    }
}

/// The Ethernet frame inside a VXLAN datagram.
pub fn vxlan(payload: &[u8]) -> Option<(u32, &[u8])> {
    let valid = u8_at(payload, 0)? & 0x08 != 0;
    valid.then_some((ETHERNET, payload.get(8..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erspan_of_each_type_is_peeled() {
        assert_eq!(gre(&[0, 0, 0x88, 0xbe, 7]), Some((ETHERNET, &[7][..])));
        let second = [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..], &[0x10; 8], &[7]].concat();
        assert_eq!(gre(&second), Some((ETHERNET, &[7][..])));
        let third = [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0x20; 11], &[0], &[7]].concat();
        assert_eq!(gre(&third), Some((ETHERNET, &[7][..])));
        let platform = [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0x20; 11], &[1], &[9; 8], &[7]].concat();
        assert_eq!(gre(&platform), Some((ETHERNET, &[7][..])));
    }

    #[test]
    fn gre_skips_key_and_checksum_and_leaves_pptp_alone() {
        let keyed = [&[0xb0, 0, 0x08, 0x00][..], &[0; 12], &[0x45]].concat();
        assert_eq!(gre(&keyed), Some((RAW_IP, &[0x45][..])));
        assert_eq!(gre(&[0x30, 0x01, 0x88, 0x0b, 0, 0, 0, 0]), None);
        assert_eq!(gre(&[0, 0]), None);
    }

    #[test]
    fn vxlan_needs_its_flag() {
        assert_eq!(vxlan(&[8, 0, 0, 0, 0, 0, 1, 0, 7]), Some((ETHERNET, &[7][..])));
        assert_eq!(vxlan(&[0, 0, 0, 0, 0, 0, 1, 0, 7]), None);
    }
}
