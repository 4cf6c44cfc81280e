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

/// Octets read from the front. Nothing moves when there are not enough of them.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// How many octets are behind.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The same octets, read from elsewhere.
    pub fn moved(&self, at: usize) -> Self {
        Self { data: self.data, at }
    }

    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or(&[])
    }

    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.rest().get(..count)?;
        self.at += count;
        Some(taken)
    }

    /// A cursor that ends after the next `count` octets, which are passed over here; what is behind stays behind.
    pub fn within(&mut self, count: usize) -> Option<Self> {
        let start = self.at;
        self.take(count)?;
        Some(Self { data: self.data.get(..self.at)?, at: start })
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.fixed().map(u8::from_be_bytes)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.fixed().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.fixed().map(u32::from_be_bytes)
    }

    /// A little-endian number, as EtherNet/IP and OPC UA write them.
    pub fn le16(&mut self) -> Option<u16> {
        self.fixed().map(u16::from_le_bytes)
    }

    pub fn le32(&mut self) -> Option<u32> {
        self.fixed().map(u32::from_le_bytes)
    }

    pub fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let octets = array(self.data, self.at)?;
        self.at += N;
        Some(octets)
    }
}
