//! Checksums of transports, and when to demand them.
//!
//! A receiver drops what has a wrong one, so whoever sends such packets writes for the monitor alone. But hosts that leave
//! the sum to their card show wrong ones at a mirror on the same machine, all the time: a right one is demanded only of a
//! direction that has shown one.

use crate::ip::{Ip, TCP, UDP};
use crate::octets::{u16_at, u32_at};

/// Wrong sums in a row after which a direction is taken to leave them to a card from now on.
const MOST_WRONG: u8 = 32;

/// What a direction has shown of its checksums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    right: bool,
    wrong: u8,
}

impl Checked {
    /// Note a packet's sum; returns whether the packet is to be believed.
    pub fn accepts(&mut self, right: bool) -> bool {
        if right {
            *self = Self { right, wrong: 0 };
        } else if self.right {
            self.wrong = self.wrong.saturating_add(1);
            self.right = self.wrong < MOST_WRONG;
        }
        !self.right || right
    }
}

/// What the sum of a TCP segment or UDP datagram says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    Right,
    Wrong,
    /// That of the addresses and the length alone: a card was to do the rest, or merged segments that it had checked.
    Partial,
    /// There is none (UDP over IPv4), or the capture lacks some of what it is about.
    Unknown,
}

/// The sum of a packet that is whole, of which the transport has one.
pub fn transport(ip: &Ip<'_>) -> Sum {
    let at = match ip.protocol {
        TCP => 16,
        UDP => 6,
        _ => return Sum::Unknown,
    };
    let Some(said) = u16_at(ip.payload, at).filter(|_| ip.missing == 0 && ip.fragment.is_none()) else {
        return Sum::Unknown;
    };
    // A datagram ends where it says; octets behind it are not summed.
    let length = match (ip.protocol, u16_at(ip.payload, 4)) {
        (UDP, Some(declared)) => usize::from(declared),
        _ => ip.payload.len(),
    };
    let Some(payload) = ip.payload.get(..length).filter(|_| ip.protocol != UDP || said != 0) else {
        return Sum::Unknown;
    };
    let pseudo = pseudo(ip, length);
    if fold(pseudo + words(payload)) == 0xffff {
        Sum::Right
    } else if said == fold(pseudo) {
        Sum::Partial
    } else {
        Sum::Wrong
    }
}

/// The pseudo-header, RFC 9293 clause 3.1 and RFC 8200 clause 8.1.
fn pseudo(ip: &Ip<'_>, length: usize) -> u64 {
    let address = |address| match address {
        std::net::IpAddr::V4(address) => words(&address.octets()),
        std::net::IpAddr::V6(address) => words(&address.octets()),
    };
    address(ip.source) + address(ip.destination) + u64::from(ip.protocol) + length as u64
}

/// The sum of 16-bit words, RFC 1071: four octets at a time give the same, and so does summing them with their octets
/// swapped and swapping those of the sum.
fn words(octets: &[u8]) -> u64 {
    let (fours, rest) = octets.as_chunks::<4>();
    let last = match *rest {
        [a] => u32::from_le_bytes([a, 0, 0, 0]),
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        _ => 0,
    };
    // No packet has so many that this could overflow; without a check of that, several are added at once.
    let sum = fours.iter().map(|four| u64::from(u32::from_le_bytes(*four))).fold(u64::from(last), u64::wrapping_add);
    fold(sum).swap_bytes().into()
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(0)
}

/// Whether the CRC32c of an SCTP packet is right, RFC 9260 appendix A.
pub fn sctp(packet: &[u8]) -> bool {
    let (Some(head), Some(said), Some(rest)) = (packet.get(..8), u32_at(packet, 8), packet.get(12..)) else {
        return false;
    };
    let crc = [&[0; 4], rest].into_iter().fold(crc32c::crc32c(head), crc32c::crc32c_append);
    crc.swap_bytes() == said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ip;

    /// A datagram of `payload` with this sum.
    fn datagram(sum: u16, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(8 + payload.len()).unwrap();
        let head = [0x45, 0, 0, 20 + length, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        [&head[..], &[0, 1, 0, 2, 0, length], &sum.to_be_bytes(), payload].concat()
    }

    fn summed(sum: u16, payload: &[u8]) -> Sum {
        transport(&ip::parse(&datagram(sum, payload), 0).expect("well formed"))
    }

    #[test]
    fn one_sum_is_right_one_is_that_of_a_card_and_none_is_none() {
        for payload in [&b""[..], b"a", b"ab", b"abc", b"abcd", b"abcde"] {
            let of = |wanted| (0..=u16::MAX).filter(|sum| summed(*sum, payload) == wanted).collect::<Vec<_>>();
            assert_eq!((of(Sum::Right).len(), of(Sum::Unknown)), (1, vec![0]), "{payload:?}");
            assert_eq!(of(Sum::Partial), [0x1400 + 3 + 17 + 8 + payload.len() as u16], "{payload:?}");
        }
    }

    #[test]
    fn the_check_value_of_crc32c_is_that_of_the_standard() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        let crc = crc32c::crc32c(&[&[0, 1, 0, 2, 0, 0, 0, 9][..], &[0; 4], b"chunk"].concat());
        let packet = [&[0, 1, 0, 2, 0, 0, 0, 9][..], &crc.to_le_bytes(), b"chunk"].concat();
        assert!(sctp(&packet) && !sctp(&[&packet[..16], b"x"].concat()) && !sctp(&packet[..11]));
    }

    #[test]
    fn a_right_sum_is_demanded_of_who_has_shown_one_until_many_are_wrong() {
        let mut checked = Checked::default();
        assert!(checked.accepts(false) && checked.accepts(true));
        for wrong in 1..MOST_WRONG {
            assert!(!checked.accepts(false), "{wrong}");
        }
        assert!(checked.accepts(false) && checked.accepts(false));
        assert!(checked.accepts(true) && !checked.accepts(false));
    }
}
