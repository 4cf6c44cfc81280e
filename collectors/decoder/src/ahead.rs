//! Users' packets that were read before their turn, as far as their flow needs it to be found and to count them. Most
//! only count; whoever needs more of one reads it again.

use crate::flows::{FlowId, FlowKey, Ids, Way};
use crate::gtpu;
use crate::ip::{Ip, TCP, UDP};
use crate::plain::{Brief, brief, walked};
use crate::seen::{Sight, Tunnel};
use crate::stream::Outline;
use crate::table::Place;

#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    /// Its place among those that come next.
    pub number: usize,
    pub id: FlowId,
    pub way: Way,
    /// Where its flow lay when that was last looked up.
    pub place: Option<Place>,
    pub teid: Option<u32>,
    /// The peers and the TEID, of IPv4, to have fetched what is known of the tunnel.
    pub tunnel: Option<([u32; 2], u32)>,
    pub length: usize,
    /// TCP flags; 0 elsewhere.
    pub flags: u8,
    /// Of a segment.
    pub outline: Option<Outline>,
    /// There is nothing in it but what a protocol over TCP or UDP may read.
    pub simple: bool,
}

impl Ahead {
    /// The user's packet in a frame, where it is a plain one.
    #[inline]
    pub fn read(number: usize, link_type: u32, frame: &[u8], ids: &Ids) -> Option<Self> {
        match brief(link_type, frame) {
            Some(brief) => Some(Self::brief(number, &brief, ids)),
            None => walked(link_type, frame).map(|(sight, ip)| Self::walked(number, &sight, &ip, ids)),
        }
    }

    #[inline]
    fn brief(number: usize, brief: &Brief<'_>, ids: &Ids) -> Self {
        let peers = brief.outer.map(|(address, _)| address);
        let (id, way) = ids.of_v4(brief.ends, peers, brief.protocol);
        let simple = brief.protocol == TCP || !gtpu::has_port(brief.ends.map(|(_, port)| port));
        let Brief { teid, length, flags, .. } = *brief;
        let outline = if brief.protocol == TCP { Outline::of(brief.payload, brief.hops) } else { None };
        let tunnel = Some((peers, teid));
        Self { number, id, way, place: None, teid: Some(teid), tunnel, length, flags, outline, simple }
    }

    fn walked(number: usize, sight: &Sight, ip: &Ip<'_>, ids: &Ids) -> Self {
        let (key, way) = FlowKey::of(sight);
        let tunnel = sight.around.tunnel.as_ref();
        let usual = tunnel.is_none_or(|tunnel| tunnel.extensions.are_usual());
        let gtp = tunnel.is_some() && gtpu::has_port([sight.transport.source, sight.transport.destination]);
        Self {
            number,
            id: ids.of(&key),
            way,
            place: None,
            teid: tunnel.map(|tunnel| tunnel.teid),
            tunnel: tunnel.and_then(Tunnel::v4),
            length: ip.length,
            flags: sight.transport.flags,
            outline: if ip.protocol == TCP { Outline::of(ip.payload, ip.hops) } else { None },
            simple: usual && (ip.protocol == TCP || ip.protocol == UDP && !gtp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::ETHERNET;
    use crate::plain::plain;

    /// A G-PDU with a PDU Session Container.
    fn frame(up: bool, protocol: u8) -> Vec<u8> {
        let (a, b) = if up { ([10, 0, 0, 2], [10, 0, 0, 3]) } else { ([10, 0, 0, 3], [10, 0, 0, 2]) };
        let (c, d) = if up { ([10, 45, 0, 1], [10, 0, 0, 9]) } else { ([10, 0, 0, 9], [10, 45, 0, 1]) };
        let ports = if up { [0x9c, 0x40, 0, 80] } else { [0, 80, 0x9c, 0x40] };
        let ip = |length, protocol, a: [u8; 4], b: [u8; 4]| {
            [&[0x45, 0, 0, length, 0, 1, 0x40, 0, 64, protocol, 0, 0][..], &a, &b].concat()
        };
        let rest = [0, 0, 0, 7, 0, 0, 0, 8, 0x50, 0x18, 0, 0, 0, 0, 0, 0];
        let gtp = [0x34, 255, 0, 48, 0, 0, 0, 77, 0, 0, 0, 0x85, 1, 0x10, 9, 0];
        let udp = [8, 104, 8, 104, 0, 64, 0, 0];
        [&[0; 12][..], &[8, 0], &ip(84, UDP, a, b), &udp, &gtp, &ip(40, protocol, c, d), &ports, &rest].concat()
    }

    /// What is made of a frame, briefly and at length.
    fn both(octets: &[u8], ids: &Ids) -> [Option<String>; 2] {
        let brief = brief(ETHERNET, octets).map(|brief| (plain(ETHERNET, octets), Ahead::brief(0, &brief, ids)));
        let walked = walked(ETHERNET, octets).map(|read| (Some(read), Ahead::walked(0, &read.0, &read.1, ids)));
        [brief, walked].map(|made| made.map(|made| format!("{made:?}")))
    }

    #[test]
    fn what_is_read_briefly_is_what_is_read_at_length() {
        let ids = Ids::default();
        for (up, protocol) in [(true, TCP), (false, TCP), (true, UDP), (false, UDP)] {
            let [brief, walked] = both(&frame(up, protocol), &ids);
            assert!(brief.is_some() && brief == walked, "{brief:?} {walked:?}");
        }
    }

    #[test]
    fn of_any_octets_what_can_be_read_briefly_can_be_read_at_length_to_the_same_end() {
        let (ids, mut read) = (Ids::default(), 0);
        for frame in [frame(true, TCP), frame(false, UDP)] {
            for (at, value) in (12..frame.len()).flat_map(|at| (0..=u8::MAX).map(move |value| (at, value))) {
                let mut changed = frame.clone();
                changed[at] = value;
                let [brief, walked] = both(&changed, &ids);
                assert!(brief.is_none() || brief == walked, "octet {at} is {value}: {brief:?} {walked:?}");
                read += usize::from(brief.is_some());
            }
            assert!((0..frame.len()).all(|length| brief(ETHERNET, &frame[..length]).is_none()));
        }
        assert!(read > 1000, "{read}");
    }
}
