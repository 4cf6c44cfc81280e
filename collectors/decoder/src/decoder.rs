//! The decoder: frames in, Events out. It keeps fragments, SCTP streams, tunnels and flows; it does no I/O.

use hashbrown::HashMap;
use std::cell::OnceCell;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ahead::Ahead;
use crate::app::Withheld;
use crate::capture::Record;
use crate::columns::{Batch, Origin, Rows, Walked};
use crate::event::{Carried, Event, Frame, digest};
use crate::fragments::Fragments;
use crate::gtpc;
use crate::gtpu;
use crate::ip::{self, Ip};
use crate::kinds::Kinds;
use crate::link;
use crate::link::Payload;
use crate::message::{Message, Value};
use crate::octets::{Malformed, malformed};
use crate::plain::plain;
use crate::sctp::{self, Arrival, Chunk, Data, Direction, Streams};
use crate::seen::{Around, Outer, Sight, Tunnel, View};
use crate::userplane::{MOST_DEPTH, Place, UserPlane, table_full};
use crate::{checksum, mirror, ngap, pfcp};

pub const PFCP_PORT: u16 = 8805;
pub(crate) const OURS: [u16; 4] = [gtpu::PORT, PFCP_PORT, gtpu::CONTROL_PORT, gtpu::CHARGING_PORT];
const NGAP: [u16; 2] = [sctp::NGAP_PORT, sctp::XNAP_PORT];
/// Frames kept of one event, at most.
const MOST_FRAMES: usize = 64;
/// Events of one packet: a few octets make a message, and a packet may have thousands of them.
const MOST_EVENTS: u64 = 64;
/// Groups that are passed over after one without users' packets: signalling comes by itself mostly.
const UNSEEN: u32 = 16;
const SECOND: u64 = 1_000_000_000;
/// Times are integers with a sign wherever they are stored.
const LATEST: u64 = i64::MAX.unsigned_abs();

/// Packets by what became of them (they add up to `packets`), and events and messages by kind.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    pub packets: u64,
    pub decoded: u64,
    pub malformed: u64,
    pub unknown: u64,
    pub panics: u64,
    /// Packets that the snap length cut too short to be read; they are among `unknown`.
    pub cut: u64,
    /// Fragmented datagrams of which the rest never came.
    pub incomplete: u64,
    pub events: u64,
    pub g_pdus: u64,
    pub retransmissions: u64,
    pub messages: HashMap<&'static str, u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Decoded,
    Malformed,
    Unknown,
}

impl Fate {
    /// What became of a packet of which one part had this fate and another that one.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Malformed, _) | (_, Self::Malformed) => Self::Malformed,
            (Self::Decoded, _) | (_, Self::Decoded) => Self::Decoded,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }
}

/// A packet on its way through the layers.
struct Packet<'a> {
    number: u64,
    time: u64,
    link_type: u32,
    octets: &'a [u8],
    vlan: Option<u16>,
    /// Encapsulations of a mirror around the packet.
    depth: usize,
    /// Packets around the packet.
    around: u64,
    /// Frames that carried earlier pieces of the same datagram.
    earlier: Vec<Frame>,
    /// Made when it is asked for, and then shared.
    frame: OnceCell<Frame>,
}

impl Packet<'_> {
    fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| Frame::new(self.time, self.link_type, self.octets))
    }

    fn with_place<T>(&self, tell: impl FnOnce(&Place<'_>) -> T) -> T {
        let carried = &|| self.carried(&[]);
        let place = Place {
            time: self.time,
            packet: self.number,
            carried,
            octets: self.octets,
            depth: self.around,
            plain: false,
        };
        tell(&place)
    }

    fn carried(&self, before: &[Frame]) -> Carried {
        Carried { packet: self.number, earlier: self.others(before), frame: self.frame().clone() }
    }

    /// The frames that carried a message before this one.
    fn others(&self, before: &[Frame]) -> Vec<Frame> {
        if self.earlier.is_empty() && before.is_empty() {
            return Vec::new();
        }
        let this = self.frame();
        let others = self.earlier.iter().chain(before).filter(|frame| *frame != this);
        others.take(MOST_FRAMES - 1).cloned().collect()
    }
}

fn fate(read: bool) -> Fate {
    if read { Fate::Decoded } else { Fate::Malformed }
}

#[derive(Debug, Default)]
pub struct Decoder {
    /// Without the messages.
    counters: Counters,
    kinds: Kinds,
    fragments: Fragments,
    streams: Streams,
    users: UserPlane,
    messages: Vec<Message>,
    /// Users' packets that were read before their turn.
    found: Vec<Ahead>,
    /// Of a decoder that gives rows instead of events.
    rows: Option<Box<Rows>>,
    /// Packet time.
    time: u64,
    /// Groups of frames in which users' packets are not looked for: there were none just before.
    unseen: u32,
    /// Flows that were idle are still to be ended.
    ending: bool,
}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder that makes a row of whatever it would have made an Event of; `take_rows` has them.
    pub fn with_rows() -> Self {
        Self { rows: Some(Box::default()), ..Self::default() }
    }

    /// Rows that wait to be taken.
    pub fn rows(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.len())
    }

    /// The rows since the last ones, which are counted now.
    pub fn take_rows(&mut self) -> Batch {
        let Some(rows) = &mut self.rows else { return Batch::default() };
        self.counters.events += rows.len() as u64;
        for (kind, count) in rows.kinds() {
            self.kinds.add(kind, count);
        }
        rows.take()
    }

    pub fn counters(&self) -> Counters {
        Counters { messages: self.kinds.counts(), ..self.counters.clone() }
    }

    /// Packets so far.
    pub fn packets(&self) -> u64 {
        self.counters.packets
    }

    /// Decode one frame of which the capture lacks the last `missing` octets.
    pub fn decode(&mut self, time: u64, link_type: u32, octets: &[u8], missing: usize, out: &mut Vec<Event>) {
        self.frame(&Record { time, link_type, octets, missing }, None, out);
    }

    /// Decode frames that are at hand together: what is known of their flows is fetched at once. `each` is given every
    /// frame, its number, and its events.
    pub fn decode_together<'a>(
        &mut self,
        frames: impl Iterator<Item = Record<'a>> + Clone,
        out: &mut Vec<Event>,
        mut each: impl FnMut(u64, &Record<'a>, &[Event]),
    ) {
        let found = self.ahead(frames.clone());
        let mut ahead = found.iter().peekable();
        for (number, frame) in frames.enumerate() {
            let before = out.len();
            let ahead = ahead.next_if(|ahead| ahead.number == number);
            if !ahead.is_some_and(|ahead| self.counted(&frame, ahead)) {
                self.frame(&frame, ahead, out);
            }
            each(self.counters.packets, &frame, out.get(before..).unwrap_or(&[]));
        }
        self.found = found;
    }

    /// The users' packets among frames that come next.
    fn ahead<'a>(&mut self, frames: impl Iterator<Item = Record<'a>>) -> Vec<Ahead> {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        if let Some(left) = self.unseen.checked_sub(1) {
            self.unseen = left;
            return found;
        }
        // One that makes us fall makes us fall again when it is decoded, and is counted there.
        let found = catch_unwind(AssertUnwindSafe(|| {
            for (number, frame) in frames.enumerate().filter(|(_, frame)| frame.missing == 0) {
                found.extend(self.users.ahead(number, frame.link_type, frame.octets));
            }
            self.users.fetch(&mut found);
            found
        }));
        let found = found.unwrap_or_default();
        self.unseen = if found.is_empty() { UNSEEN } else { 0 };
        found
    }

    /// Count a user's packet to which there is nothing else, in a second that has begun; false if there may be more.
    #[inline]
    fn counted(&mut self, frame: &Record<'_>, ahead: &Ahead) -> bool {
        let time = frame.time.min(LATEST);
        let begun = !self.ending && time / SECOND == self.time / SECOND;
        if !begun || !self.users.count(ahead, time, self.counters.packets + 1) {
            return false;
        }
        self.time = time;
        self.counters.packets += 1;
        self.counters.decoded += 1;
        self.counters.g_pdus += u64::from(ahead.teid.is_some());
        true
    }

    fn frame(&mut self, frame: &Record<'_>, ahead: Option<&Ahead>, out: &mut Vec<Event>) {
        let Record { time, link_type, octets, missing } = *frame;
        self.counters.packets += 1;
        let before = out.len();
        let time = time.min(LATEST);
        self.tick(time, out);
        self.keep(before, out);
        let packet = Packet {
            number: self.counters.packets,
            time,
            link_type,
            octets,
            vlan: None,
            depth: 0,
            around: 0,
            earlier: Vec::new(),
            frame: OnceCell::new(),
        };
        // Ours must not fall with a crate that we use; what made it fall is kept.
        let fate =
            catch_unwind(AssertUnwindSafe(|| match ahead.and_then(|ahead| Some((ahead, plain(link_type, octets)?))) {
                Some((ahead, read)) => self.user(&packet, ahead, &read, out),
                None => self.link(packet, link_type, octets, missing, out),
            }));
        match fate {
            Ok(Fate::Decoded) => self.counters.decoded += 1,
            Ok(Fate::Malformed) => self.counters.malformed += 1,
            Ok(Fate::Unknown) => self.counters.unknown += 1,
            Err(_) => self.panicked(time, link_type, octets, out),
        }
        self.keep(before, out);
        self.count(out.get(before..).unwrap_or(&[]));
    }

    /// A user's packet that was read before its turn.
    fn user(&mut self, packet: &Packet<'_>, ahead: &Ahead, read: &(Sight, Ip<'_>), out: &mut Vec<Event>) -> Fate {
        let around = read.0.around;
        packet.with_place(|at| {
            let at = &Place { plain: true, ..*at };
            self.users.take(ahead, read, at, out);
            if let Some(tunnel) = &around.tunnel {
                self.counters.g_pdus += 1;
                if !tunnel.extensions.are_usual() {
                    self.users.unusual(&around, at, out);
                }
            }
        });
        Fate::Decoded
    }

    /// Make rows of the events from `before` on, where rows are made.
    #[inline]
    fn keep(&mut self, before: usize, out: &mut Vec<Event>) {
        if let Some(rows) = &mut self.rows
            && out.len() > before
        {
            out.drain(before..).for_each(|event| rows.event(&event));
        }
    }

    /// End of input: what is still open ends.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        while self.finish_some(usize::MAX, out) {}
    }

    /// End of input, in pieces: up to `most` of what is still open ends; returns whether there is more.
    pub fn finish_some(&mut self, most: usize, out: &mut Vec<Event>) -> bool {
        let before = out.len();
        let more = self.users.finish(self.time, most, out);
        self.keep(before, out);
        self.count(out.get(before..).unwrap_or(&[]));
        more
    }

    /// Once a second of packet time, what has been silent for long is let go.
    fn tick(&mut self, time: u64, out: &mut Vec<Event>) {
        let now = time / SECOND;
        let same = now == std::mem::replace(&mut self.time, time) / SECOND;
        if same && !self.ending {
            return;
        }
        self.ending = self.users.expire(now, time, out);
        if same {
            return;
        }
        self.fragments.expire(now);
        self.streams.expire(now);
        self.counters.incomplete = self.fragments.incomplete + self.users.incomplete();
        let ours = [("fragments", self.fragments.overflow()), ("sctp_streams", self.streams.overflow())];
        for (name, count) in ours.into_iter().chain(self.users.overflow()) {
            if let Some(count) = count {
                let message = table_full(name, count);
                let digest = digest(name.as_bytes(), message.kind, time);
                out.push(Event::new(message.kind, time, digest, self.counters.packets, message.fields));
            }
        }
    }

    fn count(&mut self, events: &[Event]) {
        self.counters.events += events.len() as u64;
        for event in events {
            self.kinds.add(event.kind, 1);
        }
    }

    fn panicked(&mut self, time: u64, link_type: u32, octets: &[u8], out: &mut Vec<Event>) {
        self.messages.clear();
        self.rows.iter_mut().for_each(|rows| rows.settle());
        self.counters.malformed += 1;
        self.counters.panics += 1;
        let message = Message::malformed("monitor.decoder_panic", "the decoder failed on this packet", 0, octets);
        let frame = Frame::new(time, link_type, octets);
        let carried = Carried { packet: self.counters.packets, earlier: Vec::new(), frame };
        out.push(Event::carried(message, 0, carried, View::Nothing));
    }

    /// A frame, on the wire or in what a mirror wraps it in.
    fn link(
        &mut self,
        mut packet: Packet<'_>,
        link_type: u32,
        frame: &[u8],
        missing: usize,
        out: &mut Vec<Event>,
    ) -> Fate {
        let Some(link) = link::parse(link_type, frame) else { return Fate::Unknown };
        packet.vlan = packet.vlan.or(link.vlan);
        match link.payload {
            Payload::Ip(octets) => self.ip(packet, octets, missing, out),
            Payload::Other(ethertype, octets) => {
                let around = Around { tunnel: None, vlan: packet.vlan, macs: link.macs };
                let read = packet.with_place(|at| self.users.frame(around, ethertype, octets, missing, at, out));
                read.map_or(Fate::Unknown, fate)
            }
        }
    }

    fn ip(&mut self, mut packet: Packet<'_>, octets: &[u8], missing: usize, out: &mut Vec<Event>) -> Fate {
        let ip = match ip::parse(octets, missing) {
            Ok(ip) => ip,
            Err(_) if missing > 0 => return self.cut(),
            Err(error) => return broken_ip(&packet, error, octets, out),
        };
        let Some(fragment) = ip.fragment else { return self.transport(packet, &ip, out) };
        if ip.missing > 0 {
            return self.cut();
        }
        let whole = match self.fragments.add(None, &ip, fragment, packet.frame().clone()) {
            Ok(Some(whole)) => whole,
            Ok(None) => return Fate::Decoded,
            Err(error) => return broken_ip(&packet, error, octets, out),
        };
        packet.earlier = whole.frames;
        let payload = whole.payload;
        let walked = match ip.source {
            IpAddr::V4(_) => Some(Ok(ip::Walked { protocol: ip.protocol, fragment: None, payload: &payload })),
            IpAddr::V6(_) => ip::extensions(ip.protocol, &payload),
        };
        match walked {
            Some(Ok(ip::Walked { protocol, fragment: None, payload })) => {
                let header = ip.length.saturating_sub(ip.payload.len());
                let length = payload.len().saturating_add(header);
                self.transport(packet, &Ip { protocol, length, fragment: None, payload, ..ip }, out)
            }
            Some(Err(error)) => broken_ip(&packet, error, &payload, out),
            _ => broken_ip(&packet, malformed("ipv6 extension header is cut short", 0), &payload, out),
        }
    }

    /// The capture lacks what would have to be read: that is nobody's fault but the snap length's.
    fn cut(&mut self) -> Fate {
        self.counters.cut += 1;
        Fate::Unknown
    }

    fn transport(&mut self, packet: Packet<'_>, ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        match ip.protocol {
            ip::UDP => self.udp(packet, ip, out),
            ip::SCTP => self.sctp(&packet, ip, out),
            mirror::GRE => match mirror::gre(ip.payload) {
                Some((link_type, frame)) => self.unwrap(packet, link_type, frame, ip, out),
                None => self.flow(&packet, ip, out),
            },
            ip::IPV4 | ip::IPV6 => self.packet_in(packet, ip, out),
            _ => self.flow(&packet, ip, out),
        }
    }

    /// A packet in a packet: on N2, N3 and N4 it is decoded as if it came alone, and the one around it is a flow.
    fn packet_in(&mut self, packet: Packet<'_>, ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        if !leads_to_ours(ip, 0) {
            return self.flow(&packet, ip, out);
        }
        let around = Around { tunnel: None, vlan: packet.vlan, macs: None };
        let read = packet.with_place(|at| self.users.packet(around, ip, at, out));
        let inside = Packet { around: packet.around + 1, ..packet };
        fate(read).and(self.ip(inside, ip.payload, ip.missing, out))
    }

    /// What a mirror wrapped up.
    fn unwrap(&mut self, packet: Packet<'_>, link_type: u32, frame: &[u8], ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        if packet.depth >= mirror::MOST {
            return Fate::Unknown;
        }
        self.link(Packet { depth: packet.depth + 1, ..packet }, link_type, frame, ip.missing, out)
    }

    /// A packet that is none of N2, N3 and N4: it belongs to a flow outside of tunnels.
    fn flow(&mut self, packet: &Packet<'_>, ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        let around = Around { tunnel: None, vlan: packet.vlan, macs: None };
        fate(packet.with_place(|at| self.users.ip(around, ip, at, out)))
    }

    fn udp(&mut self, packet: Packet<'_>, ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        let Some(ports) = ip::transport(ip.protocol, ip.payload) else { return self.flow(&packet, ip, out) };
        let payload = ip::udp_payload(ip.payload);
        let ends = Ends { source: ports.source, destination: ports.destination, transport: "udp" };
        // Where both ports are of ours, the receiver's says what it is: who asks may choose his own.
        let port = if OURS.contains(&ends.destination) { ends.destination } else { ends.source };
        if port == gtpu::PORT {
            self.gtpu(&packet, ip, &ends, payload, out)
        } else if port == PFCP_PORT {
            if ip.missing > 0 {
                return self.cut();
            }
            pfcp::decode(payload, &mut self.messages);
            self.emit(&packet, ip, &ends, &[], out)
        } else if matches!(port, gtpu::CONTROL_PORT | gtpu::CHARGING_PORT) && ip.missing == 0 {
            self.messages.extend(gtpc::decode(payload));
            self.emit(&packet, ip, &ends, &[], out)
        } else {
            match mirror::vxlan(payload).filter(|_| ends.destination == mirror::VXLAN_PORT) {
                Some((link_type, frame)) => self.unwrap(packet, link_type, frame, ip, out),
                None => self.flow(&packet, ip, out),
            }
        }
    }

    fn gtpu(&mut self, packet: &Packet<'_>, ip: &Ip<'_>, ends: &Ends, payload: &[u8], out: &mut Vec<Event>) -> Fate {
        let header = match gtpu::parse(payload, ip.missing) {
            Ok(header) => header,
            Err(_) if ip.missing > 0 => return self.cut(),
            Err(error) => {
                self.messages.push(Message::malformed("gtpu.malformed", error.reason, error.offset, payload));
                return self.emit(packet, ip, ends, &[], out);
            }
        };
        if header.message_type != gtpu::G_PDU {
            self.messages.push(gtpu::path_message(&header));
            return self.emit(packet, ip, ends, &[], out);
        }
        self.counters.g_pdus += 1;
        let outer = Outer { source: (ip.source, ends.source), destination: (ip.destination, ends.destination) };
        let around = Around { tunnel: Some(Tunnel::new(outer, &header)), vlan: packet.vlan, macs: None };
        fate(packet.with_place(|at| {
            let read = self.users.g_pdu(around, header.payload, ip.missing, at, out);
            if !header.extensions.are_usual() {
                self.users.unusual(&around, at, out);
            }
            read
        }))
    }

    fn sctp(&mut self, packet: &Packet<'_>, ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        let Some(header) = sctp::header(ip.payload) else { return self.broken_sctp(packet, ip, out) };
        let ends = Ends { source: header.source, destination: header.destination, transport: "sctp" };
        let ours = NGAP.iter().any(|port| ends.any(*port));
        if ip.missing > 0 {
            return if ours { self.cut() } else { self.flow(packet, ip, out) };
        }
        let right = checksum::sctp(ip.payload);
        if !right && let Some(refused) = self.streams.refuse(direction(ip, header)) {
            if refused.first {
                self.messages.push(wrong_checksum(header, ip.payload));
            }
            return self.emit(packet, ip, &ends, &[], out);
        }
        let mut fate = if ours { Fate::Decoded } else { Fate::Unknown };
        let mut told = Told::default();
        for chunk in sctp::chunks(ip.payload) {
            let mut before = Vec::new();
            match chunk {
                // Not even its TSN is taken in: sent again in a packet of its own, it is decoded.
                Ok(Chunk::Data(_)) if told.is_full() => told.withheld.add("", 1),
                Ok(Chunk::Life(life)) if told.is_full() => told.withheld.add(life.kind, 1),
                Ok(Chunk::Data(data)) if data.ppid == sctp::PPID_NGAP || ends.any(sctp::NGAP_PORT) => {
                    fate = fate.and(Fate::Decoded);
                    before = self.data(&mut told, packet, ip, header, (&data, right));
                }
                Ok(Chunk::Life(life)) => self.life(ip, header, &life, ours),
                Err(error) if ours => {
                    self.messages.push(Message::malformed("sctp.malformed", error.reason, error.offset, ip.payload));
                }
                Ok(_) | Err(_) => {}
            }
            if !self.messages.is_empty() {
                fate = fate.and(self.tell(&mut told, packet, ip, &ends, &before, out));
            }
        }
        let malformed = told.malformed;
        self.overfull(told, packet, ip, &ends, out);
        if malformed {
            fate = Fate::Malformed;
        }
        if fate == Fate::Unknown { self.flow(packet, ip, out) } else { fate }
    }

    fn broken_sctp(&mut self, packet: &Packet<'_>, ip: &Ip<'_>, out: &mut Vec<Event>) -> Fate {
        if ip.missing > 0 {
            return self.cut();
        }
        let ends = Ends { source: 0, destination: 0, transport: "sctp" };
        self.messages.push(Message::malformed("sctp.malformed", "sctp header is cut short", 0, ip.payload));
        self.emit(packet, ip, &ends, &[], out)
    }

    fn life(&mut self, ip: &Ip<'_>, header: sctp::Header, life: &sctp::Life<'_>, ours: bool) {
        self.streams.join((ip.source, header.source), life.addresses());
        if let Some(vtag) = life.tag {
            // The tag that the other side will use from now on.
            let (source, destination) = ((ip.destination, header.destination), (ip.source, header.source));
            self.streams.reset(&Direction { source, destination, vtag });
        }
        // Who looks for the port of the AMF asks others too.
        if ours || life.kind == "sctp.init" {
            let mut message = Message::new(life.kind);
            message.fields.set("fiveg.sctp.vtag", vtag(life.tag.unwrap_or(header.vtag)));
            life.describe(&mut message.fields);
            self.messages.push(message);
        }
    }

    /// Decode a DATA chunk into `messages`; returns the earlier frames of its message.
    fn data(
        &mut self,
        told: &mut Told,
        packet: &Packet<'_>,
        ip: &Ip<'_>,
        header: sctp::Header,
        (data, right): (&Data<'_>, bool),
    ) -> Vec<Frame> {
        if data.ppid == sctp::PPID_NGAP_DTLS {
            return Vec::new();
        }
        let direction = direction(ip, header);
        let arrival = self.streams.arrive(direction, data, right, || packet.frame().clone());
        if matches!(arrival, Arrival::Conflict) {
            self.messages.push(conflict(header, data));
        }
        let (whole, frames, ppid) = match arrival {
            Arrival::Conflict if !data.is_whole() => return Vec::new(),
            // Which of the two the receiver took is not to be known: neither is hidden.
            Arrival::Message | Arrival::Conflict => (None, Vec::new(), data.ppid),
            Arrival::Completed(whole) => (Some(whole.payload), whole.frames, whole.ppid),
            Arrival::Piece => return Vec::new(),
            Arrival::Retransmission => {
                self.counters.retransmissions += 1;
                return Vec::new();
            }
        };
        let payload = whole.as_deref().unwrap_or(data.payload);
        if ppid == sctp::PPID_NGAP {
            if self.walk(told, packet, direction, data.stream, payload) {
                return Vec::new();
            }
            ngap::decode(payload, &mut self.messages);
        } else {
            self.messages.push(unexpected(&Data { ppid, ..*data }, payload));
        }
        for message in &mut self.messages {
            message.fields.set("fiveg.sctp.stream", Value::U64(data.stream.into()));
            message.fields.set("fiveg.sctp.vtag", vtag(header.vtag));
        }
        frames
    }

    /// Make rows of an NGAP message, where rows are made; returns whether that was all.
    fn walk(&mut self, told: &mut Told, packet: &Packet<'_>, at: Direction, stream: u16, payload: &[u8]) -> bool {
        let Some(rows) = &mut self.rows else { return false };
        let Direction { source, destination, vtag } = at;
        let origin =
            Origin { time: packet.time, packet: packet.number, source, destination, vlan: packet.vlan, stream, vtag };
        let walked = rows.walk(payload, &origin, MOST_EVENTS.saturating_sub(told.events));
        let Some(Walked { rows, malformed }) = walked else { return false };
        told.events += rows;
        told.malformed |= malformed;
        true
    }

    fn emit(&mut self, packet: &Packet<'_>, ip: &Ip<'_>, ends: &Ends, before: &[Frame], out: &mut Vec<Event>) -> Fate {
        let mut told = Told::default();
        let fate = self.tell(&mut told, packet, ip, ends, before, out);
        self.overfull(told, packet, ip, ends, out);
        fate
    }

    /// Turn the messages at hand into events, up to as many as a packet may have.
    fn tell(
        &mut self,
        told: &mut Told,
        packet: &Packet<'_>,
        ip: &Ip<'_>,
        ends: &Ends,
        before: &[Frame],
        out: &mut Vec<Event>,
    ) -> Fate {
        let mut fate = Fate::Decoded;
        for mut message in self.messages.drain(..) {
            if message.kind.ends_with(".malformed") {
                fate = Fate::Malformed;
            }
            if told.is_full() {
                told.withheld.add(message.kind, 1);
                continue;
            }
            ends.set(&mut message, ip.source, ip.destination, ip.network_type());
            if let Some(vlan) = packet.vlan {
                message.fields.set("network.vlan.id", Value::U64(vlan.into()));
            }
            match &mut self.rows {
                Some(rows) => rows.row(message.kind, packet.time, packet.number, &message.fields),
                None => out.push(event(packet, message, told.events, before)),
            }
            told.events += 1;
        }
        fate
    }

    /// Say that a packet had more messages than events are made of, and how many of each kind.
    fn overfull(&mut self, told: Told, packet: &Packet<'_>, ip: &Ip<'_>, ends: &Ends, out: &mut Vec<Event>) {
        told.withheld.tell(&mut self.messages);
        if !self.messages.is_empty() {
            self.tell(&mut Told::default(), packet, ip, ends, &[], out);
        }
    }
}

/// The events of a packet, which number them, and the messages that would have been too many.
#[derive(Default)]
struct Told {
    events: u64,
    withheld: Withheld,
    /// One of the rows that were made of them is malformed.
    malformed: bool,
}

impl Told {
    fn is_full(&self) -> bool {
        self.events >= MOST_EVENTS
    }
}

/// The ports of a datagram.
struct Ends {
    source: u16,
    destination: u16,
    transport: &'static str,
}

impl Ends {
    fn any(&self, port: u16) -> bool {
        self.source == port || self.destination == port
    }

    fn set(&self, message: &mut Message, source: IpAddr, destination: IpAddr, network_type: &'static str) {
        let fields = &mut message.fields;
        fields.add("source.ip", Value::Ip(source));
        fields.add("source.port", Value::U64(self.source.into()));
        fields.add("destination.ip", Value::Ip(destination));
        fields.add("destination.port", Value::U64(self.destination.into()));
        fields.add("network.transport", Value::Str(self.transport));
        fields.add("network.type", Value::Str(network_type));
    }
}

/// Whether a packet carries one of N2, N3 or N4, in further ones or at once.
fn leads_to_ours(ip: &Ip<'_>, depth: u64) -> bool {
    let Some(inside) = ip::parse(ip.payload, ip.missing).ok().filter(|inside| inside.fragment.is_none()) else {
        return false;
    };
    match inside.protocol {
        ip::IPV4 | ip::IPV6 => depth < MOST_DEPTH && leads_to_ours(&inside, depth + 1),
        ip::UDP => ip::transport(ip::UDP, inside.payload).is_some_and(|ends| OURS.iter().any(|port| ends.any(*port))),
        ip::SCTP => sctp::header(inside.payload)
            .is_some_and(|header| [header.source, header.destination].iter().any(|port| NGAP.contains(port))),
        _ => false,
    }
}

fn broken_ip(packet: &Packet<'_>, error: Malformed, octets: &[u8], out: &mut Vec<Event>) -> Fate {
    let message = Message::malformed("ip.malformed", error.reason, error.offset, octets);
    out.push(event(packet, message, 0, &[]));
    Fate::Malformed
}

fn event(packet: &Packet<'_>, message: Message, index: u64, before: &[Frame]) -> Event {
    Event::carried(message, index, packet.carried(before), View::Nothing)
}

fn vtag(tag: u32) -> Value {
    crate::identifiers::hex_id(tag.into(), 8)
}

fn direction(ip: &Ip<'_>, header: sctp::Header) -> Direction {
    Direction {
        source: (ip.source, header.source),
        destination: (ip.destination, header.destination),
        vtag: header.vtag,
    }
}

fn unexpected(data: &Data<'_>, payload: &[u8]) -> Message {
    let mut message = Message::new("sctp.unexpected_ppid");
    message.fields.set("fiveg.sctp.ppid", Value::U64(data.ppid.into()));
    message.fields.set("fiveg.sctp.tsn", Value::U64(data.tsn.into()));
    message.show(payload);
    message
}

/// A chunk with the TSN of another one: its receiver takes the first.
fn conflict(header: sctp::Header, data: &Data<'_>) -> Message {
    let mut message = Message::new("sctp.tsn_conflict");
    message.fields.set("fiveg.sctp.tsn", Value::U64(data.tsn.into()));
    message.fields.set("fiveg.sctp.stream", Value::U64(data.stream.into()));
    message.fields.set("fiveg.sctp.vtag", vtag(header.vtag));
    message.show(data.payload);
    message
}

fn wrong_checksum(header: sctp::Header, packet: &[u8]) -> Message {
    let mut message = Message::new("sctp.wrong_checksum");
    message.fields.set("fiveg.sctp.vtag", vtag(header.vtag));
    message.show(packet);
    message
}
