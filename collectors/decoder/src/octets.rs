//! Reading big-endian numbers and addresses out of octets that may not be there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why something could not be decoded, and at which octet of its own header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub reason: &'static str,
    pub offset: usize,
}

pub fn malformed(reason: &'static str, offset: usize) -> Malformed {
    Malformed { reason, offset }
}

pub fn array<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk::<N>().copied()
}

pub fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

pub fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    array(data, at).map(u16::from_be_bytes)
}

pub fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    array(data, at).map(u32::from_be_bytes)
}

pub fn ipv4_at(data: &[u8], at: usize) -> Option<IpAddr> {
    array::<4>(data, at).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
}

pub fn ipv6_at(data: &[u8], at: usize) -> Option<IpAddr> {
    array::<16>(data, at).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))
}
