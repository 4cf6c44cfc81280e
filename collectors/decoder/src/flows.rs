//! Flows: an inner 5-tuple in a tunnel, or a 5-tuple outside of any, both directions joined.
//!
//! A flow is found by its 5-tuple and the pair of outer peers, and told apart from others of the same by the TEID of each
//! direction, for two terminals may have one private address on two slices behind one gNB–UPF pair. The answering
//! direction joins the flow that waits for one. Where a direction that has been silent comes back with another TEID, as
//! after an idle terminal was paged, the flow goes on and is told of again: whether a TEID belongs to an address is judged
//! at first sight.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;

use crate::app::Protocol;
use crate::event::{Event, digest};
use crate::ip::{TCP, Transport, icmp_family};
use crate::message::Fields;
use crate::seen::{Around, Outer, Seen, Sight, Totals, Tunnel};
use crate::stream::{Begin, Outline, Segment};
use crate::table::{Key, Line, Mix, pair_v4, seed};
use crate::talk::Talk;

/// Seconds between two accounts of a flow that goes on.
const UPDATE_EVERY: u32 = 300;
/// Nanoseconds of silence after which a direction may come back with another TEID.
const SILENCE: u64 = 1_000_000_000;
/// Packets of a flow in a flood that end untold.
const FEW: u64 = 3;
pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;

/// An address as a number, of IPv4 or of IPv6.
type Number = u128;

fn number(address: IpAddr) -> Number {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn address(number: Number, v6: bool) -> IpAddr {
    if v6 { Ipv6Addr::from_bits(number).into() } else { v4(number).into() }
}

fn v4(number: Number) -> Ipv4Addr {
    #[expect(clippy::cast_possible_truncation, reason = "that of IPv4 has 32 bits")]
    Ipv4Addr::from_bits(number as u32)
}

/// What both directions of a flow have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowKey {
    ends: [Number; 2],
    peers: [Number; 2],
    ports: [u16; 2],
    protocol: u8,
    icmp: u8,
    /// Whether inner and outer addresses are IPv6, and whether there is a tunnel.
    v6: bool,
    outer_v6: bool,
    tunnelled: bool,
}

/// Which way a packet goes: from the first of the key's ends, and of its peers, or from the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    pub forward: bool,
    outer_forward: bool,
}

impl FlowKey {
    #[inline]
    pub fn of(sight: &Sight) -> (Self, Way) {
        let Sight { around, source, destination, protocol, transport } = sight;
        let from = (number(*source), transport.source);
        let to = (number(*destination), transport.destination);
        let forward = from <= to;
        let (a, b) = if forward { (from, to) } else { (to, from) };
        let mut key = Self {
            ends: [a.0, b.0],
            peers: [0; 2],
            ports: [a.1, b.1],
            protocol: *protocol,
            icmp: transport.icmp.map_or(0, |(kind, _)| icmp_family(*protocol, kind)),
            v6: source.is_ipv6(),
            outer_v6: false,
            tunnelled: false,
        };
        let Some(tunnel) = &around.tunnel else { return (key, Way { forward, outer_forward: forward }) };
        let from = number(tunnel.outer.source.0);
        let to = number(tunnel.outer.destination.0);
        let outer_forward = from <= to;
        key.peers = if outer_forward { [from, to] } else { [to, from] };
        (key.outer_v6, key.tunnelled) = (tunnel.outer.source.0.is_ipv6(), true);
        (key, Way { forward, outer_forward })
    }
}

fn words(number: Number) -> [u64; 2] {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the number")]
    let halves = [(number >> 64) as u64, number as u64];
    halves
}

impl FlowKey {
    /// Give each word of what is to be hashed.
    #[inline]
    fn hashed(&self, mut each: impl FnMut(u64)) {
        let mut pair = |[a, b]: [Number; 2], v6: bool| {
            if v6 {
                let ([a_high, a_low], [b_high, b_low]) = (words(a), words(b));
                [a_high, a_low, b_high, b_low].into_iter().for_each(&mut each);
            } else {
                each(pair_v4([a, b].map(|number| v4(number).to_bits())));
            }
        };
        pair(self.ends, self.v6);
        if self.tunnelled {
            pair(self.peers, self.outer_v6);
        }
        each(ports_and_protocol(self.ports, self.protocol, self.icmp));
    }
}

fn ports_and_protocol(ports: [u16; 2], protocol: u8, icmp: u8) -> u64 {
    let [a, b] = ports.map(u64::from);
    a << 32 | b << 16 | u64::from(protocol) << 8 | u64::from(icmp)
}

/// A flow's key in 128 bits, which are quicker to look at: two hashes under random keys. Two of a million flows have one
/// with a probability of 2^-89, and nobody who does not know the keys can make it more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowId(u64, u64);

impl Key for FlowId {
    /// With its place in the table it fills two lines of the cache, and no third.
    type Align = Line;

    fn mix(&self, mix: &mut Mix) {
        mix.word(self.0);
    }
}

#[derive(Debug)]
pub struct Ids([(u64, u64); 2]);

impl Default for Ids {
    fn default() -> Self {
        Self([seed(), seed()])
    }
}

impl Ids {
    #[inline]
    pub fn of(&self, key: &FlowKey) -> FlowId {
        let [mut one, mut two] = self.0.map(Mix::new);
        key.hashed(|word| {
            one.word(word);
            two.word(word);
        });
        FlowId(one.value(), two.value())
    }

    /// The same of a segment or datagram over IPv4 between these ends, in a tunnel over IPv4, without its key.
    #[inline]
    pub fn of_v4(&self, [from, to]: [(u32, u16); 2], [source, destination]: [u32; 2], protocol: u8) -> (FlowId, Way) {
        let way = Way { forward: from <= to, outer_forward: source <= destination };
        let (a, b) = if way.forward { (from, to) } else { (to, from) };
        let peers = if way.outer_forward { [source, destination] } else { [destination, source] };
        let words = [pair_v4([a.0, b.0]), pair_v4(peers), ports_and_protocol([a.1, b.1], protocol, 0)];
        let [mut one, mut two] = self.0.map(Mix::new);
        words.into_iter().for_each(|word| {
            one.word(word);
            two.word(word);
        });
        (FlowId(one.value(), two.value()), way)
    }
}

/// How a packet of the same key stands to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Its TEID is that of the direction.
    Known,
    /// It is the first of the answering direction.
    Answer,
    /// The direction has been silent, and comes back with another TEID.
    Moved,
    /// It belongs to another flow.
    Other,
}

/// A flow. What every packet needs stands here: with its place in a table it fills two lines of the cache. The rest is
/// behind `begun`.
#[derive(Debug)]
pub struct Flow {
    begun: Box<Begun>,
    pub talk: Option<Box<Talk>>,
    last: [u64; 2],
    /// The number of the last packet.
    packet: u64,
    bytes: [u64; 2],
    packets: [u64; 2],
    teids: [u32; 2],
    /// Seconds in which its tunnel was last noted as used, and in which it last gave account.
    pub refreshed: u32,
    reported: u32,
    /// The beginner is the first of the key's ends, and of its peers.
    way: Way,
    answered: bool,
    fins: [bool; 2],
    closed: bool,
    /// Begun in a flood: it ends untold too, unless it turns out to matter.
    quiet: bool,
    /// Its protocol is still to be found out.
    pub undecided: bool,
}

const _: () = assert!(size_of::<Flow>() <= 96, "with 32 octets of its place in a table it fills two lines");

/// How a flow began, and what was seldom asked of it since.
#[derive(Debug)]
struct Begun {
    addresses: Addresses,
    digest: u64,
    time: u64,
    ports: [u16; 2],
    outer_ports: [u16; 2],
    /// How TCP began from either of the key's ends, where that was seen.
    begins: [Begin; 2],
    /// Its number and 1.
    vlan: Option<NonZeroU16>,
    protocol: u8,
    v6: bool,
    outer_v6: bool,
    tunnelled: bool,
    /// It was read before, and left.
    left: bool,
    nested_said: bool,
    malformed_said: bool,
}

/// The key's ends and peers.
#[derive(Debug)]
enum Addresses {
    V4([Ipv4Addr; 4]),
    Any(Box<[Number; 4]>),
}

impl Begun {
    fn new(key: &FlowKey, sight: &Sight, time: u64, digest: u64) -> Self {
        let ([a, b], [c, d]) = (key.ends, key.peers);
        let addresses = match [(a, key.v6), (b, key.v6), (c, key.outer_v6), (d, key.outer_v6)] {
            [(.., false), _, (.., false), _] => Addresses::V4([a, b, c, d].map(v4)),
            _ => Addresses::Any(Box::new([a, b, c, d])),
        };
        let tunnel = sight.around.tunnel.as_ref();
        Self {
            addresses,
            digest,
            time,
            ports: key.ports,
            outer_ports: tunnel.map_or([0; 2], |tunnel| [tunnel.outer.source.1, tunnel.outer.destination.1]),
            begins: [Begin::default(); 2],
            vlan: sight.around.vlan.and_then(|vlan| NonZeroU16::MIN.checked_add(vlan)),
            protocol: key.protocol,
            v6: key.v6,
            outer_v6: key.outer_v6,
            tunnelled: key.tunnelled,
            left: false,
            nested_said: false,
            malformed_said: false,
        }
    }

    fn vlan(&self) -> Option<u16> {
        self.vlan.map(|vlan| vlan.get() - 1)
    }

    fn addresses(&self) -> [IpAddr; 4] {
        match &self.addresses {
            Addresses::V4(addresses) => addresses.map(IpAddr::V4),
            Addresses::Any(numbers) => {
                let [a, b, c, d] = **numbers;
                [(a, self.v6), (b, self.v6), (c, self.outer_v6), (d, self.outer_v6)]
                    .map(|(number, v6)| address(number, v6))
            }
        }
    }

    /// The first of the key's ends, or the second.
    fn end(&self, second: bool) -> (IpAddr, u16) {
        let ([a, b, ..], [c, d]) = (self.addresses(), self.ports);
        if second { (b, d) } else { (a, c) }
    }

    fn peer(&self, second: bool) -> IpAddr {
        let [.., c, d] = self.addresses();
        if second { d } else { c }
    }
}

impl Flow {
    pub fn new(key: &FlowKey, sight: &Sight, way: Way, time: u64, digest: u64, quiet: bool) -> Self {
        let teid = sight.around.tunnel.as_ref().map_or(0, |tunnel| tunnel.teid);
        Self {
            begun: Box::new(Begun::new(key, sight, time, digest)),
            talk: None,
            last: [time; 2],
            packet: 0,
            bytes: [0; 2],
            packets: [0; 2],
            teids: [teid, 0],
            refreshed: seconds(time),
            reported: seconds(time),
            way,
            answered: false,
            fins: [false; 2],
            closed: false,
            quiet,
            undecided: true,
        }
    }

    /// Whether a packet of the flow, in the second `now`, changes nothing but its counters, unless somebody reads it:
    /// nothing ends with it, and no account is due.
    pub fn only_counts(&self, flags: u8, now: u32) -> bool {
        let ending = flags & (FIN | SYN | RST) != 0 || self.is_over();
        let due = now.saturating_sub(self.reported) >= UPDATE_EVERY;
        !(ending || due || self.quiet || self.undecided)
    }

    /// Take a packet in of which nobody reads anything; false if somebody may.
    #[inline]
    pub fn passes(&mut self, way: Way, outline: Option<&Outline>) -> bool {
        match (&mut self.talk, outline) {
            (None, _) => true,
            (Some(talk), Some(outline)) => talk.passes(way.forward, outline),
            (Some(_), None) => false,
        }
    }

    fn side(&self, way: Way) -> usize {
        usize::from(way.forward != self.way.forward)
    }

    /// How a packet of the flow's key, going `way` at `time` through `teid`, stands to it.
    pub fn fit(&self, way: Way, teid: Option<u32>, time: u64) -> Fit {
        let side = self.side(way);
        let Some(teid) = teid else {
            return if side == 0 || self.answered { Fit::Known } else { Fit::Answer };
        };
        if (way.outer_forward != self.way.outer_forward) != (side == 1) {
            return Fit::Other; // no answer, which would come from the other peer
        }
        if side == 1 && !self.answered {
            return Fit::Answer;
        }
        if self.teids.get(side) == Some(&teid) {
            return Fit::Known;
        }
        let silent = self.last.get(side).is_some_and(|last| time.saturating_sub(*last) >= SILENCE);
        if silent { Fit::Moved } else { Fit::Other }
    }

    /// Its direction `way` goes through `teid` from now on.
    pub fn through(&mut self, way: Way, teid: Option<u32>) {
        let side = self.side(way);
        self.answered |= side == 1;
        if let (Some(slot), Some(teid)) = (self.teids.get_mut(side), teid) {
            *slot = teid;
        }
    }

    pub fn count(&mut self, way: Way, time: u64, packet: u64, length: usize) {
        let side = self.side(way);
        self.packet = packet;
        if let (Some(last), Some(bytes), Some(packets)) =
            (self.last.get_mut(side), self.bytes.get_mut(side), self.packets.get_mut(side))
        {
            *last = (*last).max(time);
            *bytes = bytes.saturating_add(length as u64);
            *packets = packets.saturating_add(1);
        }
    }

    /// A malformed packet is to be told; returns whether one was before.
    pub fn says_malformed(&mut self) -> bool {
        std::mem::replace(&mut self.begun.malformed_said, true)
    }

    /// Whether it was told that something is inside which has no business there.
    pub fn nested_said(&mut self) -> &mut bool {
        &mut self.begun.nested_said
    }

    /// Further pieces of a datagram of which one was counted.
    pub fn pieces(&mut self, way: Way, more: usize) {
        let side = self.side(way);
        if let Some(packets) = self.packets.get_mut(side) {
            *packets = packets.saturating_add(more as u64);
        }
    }

    /// An account of a flow that goes on, where it is time for one.
    pub fn update(&mut self, time: u64) -> Option<Event> {
        let now = seconds(time);
        if now.saturating_sub(self.reported) < UPDATE_EVERY {
            return None;
        }
        self.reported = now;
        Some(self.account("flow.updated", None, time))
    }

    /// TCP ends with a reset, or with what follows a FIN from either side. True once.
    pub fn closes(&mut self, way: Way, flags: u8) -> bool {
        if self.closed {
            return false;
        }
        let acknowledged = self.is_over() && flags & FIN == 0;
        let side = self.side(way);
        if let Some(fin) = self.fins.get_mut(side) {
            *fin |= flags & FIN != 0;
        }
        self.closed = flags & RST != 0 || acknowledged;
        self.closed
    }

    /// Its end was told.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// TCP has ended: nothing belongs to it any more but what comes late.
    pub fn is_over(&self) -> bool {
        self.closed || self.fins == [true, true]
    }

    /// Its end, at `time`, unless that was told, or is not worth it.
    pub fn end(&self, reason: &'static str, time: u64) -> Option<Event> {
        let trifle = self.quiet && self.packets.iter().sum::<u64>() <= FEW;
        let reason = if self.is_over() { "closed" } else { reason };
        (!self.closed && !trifle).then(|| self.account("flow.ended", Some(reason), time))
    }

    /// The end of one that just closed.
    pub fn closed(&self, time: u64) -> Event {
        self.account("flow.ended", Some("closed"), time)
    }

    fn account(&self, kind: &'static str, end_reason: Option<&'static str>, time: u64) -> Event {
        let begun = &*self.begun;
        let backward = !self.way.forward;
        let ([teid, reverse], [from, to]) = (self.teids, begun.outer_ports);
        let peers = (begun.peer(!self.way.outer_forward), begun.peer(self.way.outer_forward));
        let outer = Outer { source: (peers.0, from), destination: (peers.1, to) };
        let tunnel = begun.tunnelled.then_some(Tunnel::bare(outer, teid));
        let totals = Totals {
            source: begun.end(backward),
            destination: begun.end(!backward),
            protocol: begun.protocol,
            around: Around { tunnel, vlan: begun.vlan(), macs: None },
            reverse_teid: (begun.tunnelled && self.answered).then_some(reverse),
            end_reason,
            duration: self.last.iter().max().map_or(0, |last| last.saturating_sub(begun.time)),
            bytes: self.bytes,
            packets: self.packets,
        };
        let digest = digest(&begun.digest.to_be_bytes(), kind, if end_reason.is_some() { begun.time } else { time });
        Event::new(kind, time, digest, self.packet, Fields::default()).with_seen(Seen::Totals(totals))
    }

    /// Its protocol is not known yet, or is being read.
    pub fn is_read(&self) -> bool {
        self.undecided || self.talk.is_some()
    }

    /// Note how a direction of a TCP connection begins, until somebody reads it. Which of several beginnings counts, the
    /// other end says.
    pub fn opened(&mut self, forward: bool, segment: &Segment<'_>) {
        let (this, other) = match (&mut self.begun.begins, forward) {
            ([a, b], true) => (a, b),
            ([a, b], false) => (b, a),
        };
        if let Some(first) = segment.first().filter(|_| !this.settled) {
            this.first.get_or_insert(first);
        }
        if let Some(first) = segment.accepted().filter(|_| !other.settled) {
            (other.first, other.settled) = (Some(first), true);
        }
        if segment.first().is_some() {
            this.note(segment);
        }
    }

    /// Whether there is reason not to believe a segment, before anything is read.
    pub fn doubts(&self, forward: bool, segment: &Segment<'_>) -> bool {
        let [a, b] = self.begun.begins;
        if forward { a } else { b }.doubts(segment)
    }

    /// Whether nothing can have been sent before this sequence number.
    pub fn begins_at(&self, forward: bool, sequence: u32) -> bool {
        let [a, b] = self.begun.begins;
        if forward { a } else { b }.first.is_none_or(|first| first == sequence)
    }

    /// A packet of this flow, sent by the first of the key's ends if `forward`.
    pub fn sight(&self, forward: bool) -> Sight {
        let (begun, back) = (&*self.begun, forward != self.way.forward);
        let (source, destination) = (begun.end(!forward), begun.end(forward));
        let ([from, to], outer_forward) = (begun.outer_ports, self.way.outer_forward != back);
        let (from, to) = if back { (to, from) } else { (from, to) };
        let outer = Outer { source: (begun.peer(!outer_forward), from), destination: (begun.peer(outer_forward), to) };
        let teid = self.teids.get(usize::from(back)).copied().unwrap_or(0);
        let tunnel = (begun.tunnelled && (!back || self.answered)).then_some(Tunnel::bare(outer, teid));
        Sight {
            around: Around { tunnel, vlan: begun.vlan(), macs: None },
            source: source.0,
            destination: destination.0,
            protocol: begun.protocol,
            transport: Transport { source: source.1, destination: destination.1, ..Transport::default() },
        }
    }

    /// Read the flow as this protocol from now on; `forward`: the client is the first of the key's ends.
    pub fn listen(&mut self, protocol: &'static Protocol, forward: bool) -> &mut Talk {
        let mut talk = Box::new(Talk::new(protocol, forward, self.begun.begins));
        if self.begun.left {
            talk.forget(); // what was said before is not known any more
        }
        self.talk.insert(talk)
    }

    /// Read it no more until something new comes; gives what was read.
    pub fn leave(&mut self) -> Option<Box<Talk>> {
        (self.undecided, self.begun.left) = (true, true);
        for begin in &mut self.begun.begins {
            begin.first = None;
        }
        self.talk.take()
    }

    /// The time of its last packet.
    pub fn last(&self) -> u64 {
        self.last.into_iter().max().unwrap_or(0)
    }

    /// True once: it was begun in a flood, and turns out to be more than that.
    pub fn matters(&mut self) -> bool {
        self.quiet && self.packets.iter().sum::<u64>() > FEW && std::mem::take(&mut self.quiet)
    }

    /// Whether a packet opens a TCP connection.
    pub fn opens(sight: &Sight) -> bool {
        sight.protocol == TCP && sight.transport.flags & (SYN | RST | FIN) == SYN
    }
}

pub fn seconds(time: u64) -> u32 {
    u32::try_from(time / 1_000_000_000).unwrap_or(u32::MAX)
}
