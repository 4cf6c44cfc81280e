//! Which protocol a flow speaks: by its first octets, or else by its ports. Only those protocols are asked that may begin
//! with the first octet.

use std::sync::LazyLock;

use crate::app::{Carrier, PROTOCOLS, Protocol, Side};

/// The protocols over one carrier, by their places in `PROTOCOLS`.
struct Known {
    /// A bit for each that may begin with an octet.
    by_octet: Vec<u32>,
    /// The first whose usual port this is, and 1.
    by_port: Vec<u8>,
}

const _: () = assert!(PROTOCOLS.len() <= u32::BITS as usize, "each has a bit");

impl Known {
    fn over(carrier: Carrier) -> Self {
        let mut known = Self { by_octet: vec![0; 256], by_port: vec![0; 1 << 16] };
        let places = PROTOCOLS.iter().zip(0_u8..).filter(|(protocol, _)| protocol.carrier == carrier);
        for (protocol, place) in places {
            for (octet, bits) in (0..=u8::MAX).zip(&mut known.by_octet) {
                *bits |= u32::from((protocol.begins)(octet)) << place;
            }
            for port in protocol.ports {
                let slot = known.by_port.get_mut(usize::from(*port)).filter(|slot| **slot == 0);
                slot.into_iter().for_each(|slot| *slot = place + 1);
            }
        }
        known
    }

    fn of(carrier: Carrier) -> &'static Self {
        static TCP: LazyLock<Known> = LazyLock::new(|| Known::over(Carrier::Tcp));
        static UDP: LazyLock<Known> = LazyLock::new(|| Known::over(Carrier::Udp));
        match carrier {
            Carrier::Tcp => &TCP,
            Carrier::Udp => &UDP,
        }
    }

    /// The first in `PROTOCOLS` whose usual port this is, and its place there.
    fn usual(&self, port: u16) -> Option<(u8, &'static Protocol)> {
        let place = self.by_port.get(usize::from(port))?.checked_sub(1)?;
        PROTOCOLS.get(usize::from(place)).map(|protocol| (place, *protocol))
    }

    /// The first that recognises these octets, and whether as the client's.
    fn recognised(&self, octets: &[u8]) -> Option<(&'static Protocol, bool)> {
        let mut left = *self.by_octet.get(usize::from(*octets.first()?))?;
        while left != 0 {
            let protocol = *PROTOCOLS.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            let as_client = (protocol.recognise)(Side::Client, octets);
            if as_client || (protocol.recognise)(Side::Server, octets) {
                return Some((protocol, as_client));
            }
        }
        None
    }
}

/// The protocol of a flow, by its first octets or else by its ports; and whether their sender is the client.
pub fn protocol(carrier: Carrier, ports: (u16, u16), octets: &[u8]) -> Option<(&'static Protocol, bool)> {
    let (source, destination) = ports;
    let known = Known::of(carrier);
    let usual = match (known.usual(destination), known.usual(source)) {
        (Some((at, protocol)), server) if server.is_none_or(|(other, _)| at <= other) => Some((protocol, true)),
        (_, server) => server.map(|(_, protocol)| (protocol, false)),
    };
    match usual {
        // Another protocol on a usual port is worth more than nonsense in the usual one.
        Some((protocol, _)) if !(protocol.recognise)(Side::Client, octets) => known.recognised(octets).or(usual),
        Some(_) => usual,
        None => known.recognised(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(carrier: Carrier, ports: (u16, u16), octets: &[u8]) -> Option<(&'static str, bool)> {
        protocol(carrier, ports, octets).map(|(protocol, client)| (protocol.name, client))
    }

    #[test]
    fn octets_say_more_than_a_port_and_a_port_more_than_nothing() {
        let (get, read) = (b"GET / HTTP/1.1\r\n", [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]);
        assert_eq!(found(Carrier::Tcp, (40_000, 502), get), Some(("http", true)));
        assert_eq!(found(Carrier::Tcp, (502, 40_000), b"?"), Some(("modbus", false)));
        assert_eq!(found(Carrier::Tcp, (40_000, 40_001), &read), Some(("modbus", true)));
        assert_eq!(found(Carrier::Tcp, (40_000, 40_001), b"HTTP/1.1 200 OK\r\n"), Some(("http", false)));
        assert_eq!(found(Carrier::Tcp, (40_000, 40_001), b"?"), None);
        assert_eq!(found(Carrier::Udp, (40_000, 502), &read), None);
        assert_eq!(found(Carrier::Udp, (53, 40_000), b"?"), Some(("dns", false)));
    }

    /// A protocol that is not asked for an octet would not have recognised what begins with it.
    #[test]
    fn nobody_is_left_out_who_would_recognise_something() {
        let heads: [&[u8]; 8] = [
            b"GET / HTTP/1.1\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            &[0, 0, 0, 4, 0, 0, 0, 0, 0],
            &[22, 3, 1, 0, 4, 1, 0, 0, 0],
            &[0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 9, 0, 0],
            &[0x68, 4, 7, 0, 0, 0],
            &[0x65, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            b"\x7fELF",
        ];
        let mut recognised = 0;
        for (head, first) in heads.iter().flat_map(|head| (0..=u8::MAX).map(move |first| (head, first))) {
            let octets = [&[first], &head[1..]].concat();
            for protocol in PROTOCOLS.iter().filter(|protocol| !(protocol.begins)(first)) {
                for side in [Side::Client, Side::Server] {
                    assert!(!(protocol.recognise)(side, &octets), "{} {octets:?}", protocol.name);
                }
            }
            recognised += usize::from(protocol(Carrier::Tcp, (1, 2), &octets).is_some());
        }
        assert!(recognised >= heads.len(), "{recognised}");
    }
}
