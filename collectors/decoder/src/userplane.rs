//! What terminals and functions say to each other: tunnels, and the flows inside and outside of them, each told when it
//! begins, when it ends and now and then between, never per packet; and the application protocols that they carry.
//!
//! A packet whose flow is known, in the tunnel that is known for it, costs one look-up. Everything else is the slow way:
//! a tunnel or a flow begins, or something is wrong. What flows say is read in `reading`.

mod reading;

use crate::ahead::Ahead;
use crate::app::{FRAMES, Withheld, nd};
use crate::event::{Carried, Event, digest};
use crate::flows::{Fit, Flow, FlowId, FlowKey, Ids, RST, Way, seconds};
use crate::fragments::{Datagram, Fragments};
use crate::gtpu;
use crate::ip::{self, Fragment, ICMPV6, Ip, SCTP, TCP, UDP};
use crate::link::{self, Payload};
use crate::message::{Message, Value};
use crate::ngap;
use crate::octets::{Malformed, malformed, u16_at};
use crate::rates::{Flood, Rates};
use crate::room::Room;
use crate::sctp::{self, Chunk};
use crate::seen::{Around, Macs, Role, Seen, Sight, View, teid};
use crate::table::{Place as Slot, Table};
use crate::tunnels::Tunnels;
use reading::read_rest;

const MOST_TUNNELS: usize = 500_000;
const MOST_FLOWS: usize = 1_000_000;
/// Seconds of packet time without a packet after which a flow has ended, and a tunnel is no longer known.
const FLOW_IDLE: u64 = 120;
const TUNNEL_IDLE: u64 = 3600;
/// Seconds after which a flow's packets count as a use of its tunnel again.
const REFRESH: u32 = 60;
/// Idle flows that end at one packet.
const MOST_ENDS: usize = 1024;
/// Packets in packets that are looked into.
pub const MOST_DEPTH: u64 = 8;
/// Events of a packet are told apart by indices: others come before those of a protocol, and those of a packet inside
/// come behind.
const INDICES: u64 = 256;
const SAID: u64 = 16;
const SAID_LATER: u64 = 1 << 32;
const STARTED: &str = "flow.started";
const SECOND: u64 = 1_000_000_000;

/// A packet's place in the capture, for the events that it gives rise to.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub time: u64,
    pub packet: u64,
    pub carried: &'a dyn Fn() -> Carried,
    pub octets: &'a [u8],
    /// Packets of the user around this one.
    pub depth: u64,
    /// The frame carries a plain packet, which is this one.
    pub plain: bool,
}

impl Place<'_> {
    fn digest(&self, kind: &str, index: u64) -> u64 {
        digest(self.octets, kind, self.index(index))
    }

    /// The event of a message, which is that one of its packet.
    fn said(&self, message: Message, number: u64, view: View) -> Event {
        let index = SAID + number;
        self.event(message, if index < INDICES { index } else { SAID_LATER + index }, view)
    }

    fn index(&self, index: u64) -> u64 {
        index + self.depth * INDICES
    }

    fn event(&self, message: Message, index: u64, view: impl Into<View>) -> Event {
        Event::carried(message, self.index(index), (self.carried)(), view.into())
    }

    fn view(&self, role: Role, sight: &Sight) -> View {
        if self.plain { View::Again(role) } else { role.of(sight).into() }
    }

    fn seconds(&self) -> u32 {
        seconds(self.time)
    }
}

/// What a packet's flow is known by, which way the packet goes, and where the flow lay when that was last looked up.
#[derive(Clone, Copy, Debug)]
struct Keyed {
    id: FlowId,
    way: Way,
    place: Option<Slot>,
}

#[derive(Debug)]
pub struct UserPlane {
    tunnels: Tunnels,
    flows: Table<FlowId, Flow>,
    ids: Ids,
    fragments: Fragments,
    rates: Rates,
    messages: Vec<Message>,
    room: Room,
    /// Talks that were left, or made to forget, for want of room, since that was told.
    unread: u64,
}

impl Default for UserPlane {
    fn default() -> Self {
        Self::new(MOST_TUNNELS, MOST_FLOWS)
    }
}

impl UserPlane {
    fn new(tunnels: usize, flows: usize) -> Self {
        Self {
            tunnels: Tunnels::new(tunnels, TUNNEL_IDLE),
            flows: Table::new(flows, FLOW_IDLE),
            ids: Ids::default(),
            fragments: Fragments::default(),
            rates: Rates::default(),
            messages: Vec::new(),
            room: Room::default(),
            unread: 0,
        }
    }

    /// The packet of a user in a frame, before its turn.
    #[inline]
    pub fn ahead(&self, number: usize, link_type: u32, frame: &[u8]) -> Option<Ahead> {
        Ahead::read(number, link_type, frame, &self.ids)
    }

    /// These packets come next. What is known of their flows is fetched at once: here a look-up does not wait for the
    /// one before, as it would if each packet was done with first. It changes nothing else.
    pub fn fetch(&self, packets: &mut [Ahead]) {
        std::hint::black_box(packets.iter().fold(0, |all, ahead| all ^ self.flows.touch_index(&ahead.id)));
        for ahead in &mut *packets {
            ahead.place = self.flows.likely(&ahead.id);
        }
        let touch = |ahead: &Ahead| ahead.place.map_or(0, |place| self.flows.touch(place, &ahead.id));
        std::hint::black_box(packets.iter().fold(0, |all, ahead| all ^ touch(ahead)));
        let tunnels = packets.iter().filter(|ahead| ahead.place.is_none()).filter_map(|ahead| ahead.tunnel);
        std::hint::black_box(tunnels.fold(0, |all, (peers, teid)| all ^ self.tunnels.touch(peers, teid)));
        let talk = |ahead: &Ahead| self.flows.peek(ahead.place?)?.talk.as_deref();
        let talks = || packets.iter().filter_map(|ahead| Some((talk(ahead)?, ahead.way.forward)));
        std::hint::black_box(talks().fold(0, |all, (talk, _)| all ^ talk.touch()));
        std::hint::black_box(talks().fold(0, |all, (talk, forward)| all ^ talk.touch_further(forward)));
    }

    /// Count a packet that was read before its turn; false if there may be more to it, and nothing was counted.
    #[inline]
    pub fn count(&mut self, ahead: &Ahead, time: u64, packet: u64) -> bool {
        let Some(place) = ahead.place.filter(|_| ahead.simple) else { return false };
        let now = seconds(time);
        let counts = |flow: &Flow| {
            flow.only_counts(ahead.flags, now)
                && (ahead.teid.is_none() || now.saturating_sub(flow.refreshed) < REFRESH)
                && flow.fit(ahead.way, ahead.teid, time) == Fit::Known
        };
        let flow = self.flows.near(place, &ahead.id, counts);
        let Some(flow) = flow else { return false };
        if !flow.passes(ahead.way, ahead.outline.as_ref()) {
            return false;
        }
        flow.count(ahead.way, time, packet, ahead.length);
        true
    }

    /// Take a packet in that was read before its turn, and the packet that it carries in turn.
    pub fn take(&mut self, ahead: &Ahead, (sight, ip): &(Sight, Ip<'_>), at: &Place<'_>, out: &mut Vec<Event>) {
        let keyed = Keyed { id: ahead.id, way: ahead.way, place: ahead.place };
        if let Some(flow) = self.flow(sight, keyed, ip.length, at, out) {
            self.look_inside(flow, sight, ip, at, out);
        }
        self.carried(sight.around, ip, at, out);
    }

    #[inline]
    fn keyed(&self, sight: &Sight) -> Keyed {
        let (key, way) = FlowKey::of(sight);
        Keyed { id: self.ids.of(&key), way, place: None }
    }

    /// Take a G-PDU in; returns whether its inner packet could be read.
    pub fn g_pdu(
        &mut self,
        around: Around,
        payload: &[u8],
        missing: usize,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) -> bool {
        match inner(payload, missing) {
            Ok((Payload::Ip(packet), macs)) => match ip::parse(packet, missing) {
                Ok(ip) => self.ip(Around { macs, ..around }, &ip, at, out),
                Err(error) => self.unreadable(&around, error, packet, missing, at, out),
            },
            Ok((Payload::Other(ethertype, octets), macs)) => {
                self.enter(&around, None, at, out);
                self.frame(Around { macs, ..around }, ethertype, octets, missing, at, out).unwrap_or(true)
            }
            Err(error) => self.unreadable(&around, error, payload, missing, at, out),
        }
    }

    /// A G-PDU with extension headers that one on N3 does not have: told once in a tunnel that was told.
    pub fn unusual(&mut self, around: &Around, at: &Place<'_>, out: &mut Vec<Event>) {
        let Some(tunnel) = around.tunnel.as_ref().filter(|tunnel| self.tunnels.tells_extension(tunnel)) else { return };
        let mut message = Message::new("gtpu.unexpected_extension_header");
        tunnel.extensions.describe(&mut message.fields);
        out.push(at.event(message, 11, Seen::Around(*around)));
    }

    fn unreadable(
        &mut self,
        around: &Around,
        error: Malformed,
        payload: &[u8],
        missing: usize,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) -> bool {
        self.enter(around, None, at, out);
        if missing == 0 {
            self.malformed(around, error, payload, at, out);
        }
        missing > 0 // then the capture lacks it
    }

    /// Take an IP packet in, inside a tunnel or outside, and the packet that it carries in turn: whoever unpacks that one
    /// sends it on. Returns whether it could be read.
    pub fn ip(&mut self, around: Around, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) -> bool {
        let read = self.packet(around, ip, at, out);
        if ip.fragment.is_none() {
            self.carried(around, ip, at, out);
        }
        read
    }

    /// The packet that a packet carries, if it does.
    fn carried(&mut self, around: Around, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        if !matches!(ip.protocol, ip::IPV4 | ip::IPV6) {
            return;
        }
        let Ok(carried) = ip::parse(ip.payload, ip.missing) else { return };
        if at.depth < MOST_DEPTH {
            self.ip(around, &carried, &Place { depth: at.depth + 1, plain: false, ..*at }, out);
        } else {
            self.malformed(&around, malformed("packets are nested too deep", 0), ip.payload, at, out);
        }
    }

    /// Take a frame in that carries no IP; returns whether it could be read, or `None` where its protocol is not known.
    pub fn frame(
        &mut self,
        around: Around,
        ethertype: u16,
        octets: &[u8],
        missing: usize,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) -> Option<bool> {
        let protocol = FRAMES.iter().find(|protocol| protocol.ethertypes.contains(&ethertype))?;
        let read = (protocol.read)(octets, &mut self.messages);
        let seen = Seen::Frame(around, protocol.name);
        self.tell(&seen.into(), at, out);
        match read {
            Err(error) if missing == 0 => {
                let message = Message::malformed(protocol.malformed, error.reason, error.offset, octets);
                out.push(at.event(message, 0, seen));
                Some(false)
            }
            _ => Some(true),
        }
    }

    /// Take an IP packet in, without the packet that it carries; returns whether it could be read.
    pub fn packet(&mut self, around: Around, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) -> bool {
        let begins = ip.fragment.is_none_or(|fragment| fragment.offset == 0);
        let read = if begins { ip::transport(ip.protocol, ip.payload) } else { None };
        if begins {
            // One whose header is cut short is on its way all the same.
            let transport = read.unwrap_or_else(|| ip::ports(ip.protocol, ip.payload));
            let sight = Sight::new(around, ip, transport);
            let flow = self.flow(&sight, self.keyed(&sight), ip.length, at, out);
            if let (Some(flow), None, Some(_)) = (flow, ip.fragment, read) {
                self.look_inside(flow, &sight, ip, at, out);
            }
            let said = flow
                .and_then(|(slot, _)| self.flows.at(slot))
                .is_some_and(|flow| read.is_none() && flow.says_malformed());
            if read.is_none() && ip.missing == 0 && !said {
                self.malformed(&around, malformed("transport header is cut short", 0), ip.payload, at, out);
            }
        }
        let joined = match ip.fragment {
            Some(fragment) if ip.missing == 0 => self.piece(around, ip, fragment, at, out),
            _ => true,
        };
        joined && (read.is_some() || !begins || ip.missing > 0)
    }

    /// A piece of a datagram. The first one was counted in the flow, which the others join once it is whole.
    fn piece(&mut self, around: Around, ip: &Ip<'_>, fragment: Fragment, at: &Place<'_>, out: &mut Vec<Event>) -> bool {
        let path =
            around.tunnel.as_ref().map(|tunnel| (tunnel.outer.source.0, tunnel.outer.destination.0, tunnel.teid));
        match self.fragments.add(path, ip, fragment, (at.carried)().frame) {
            Ok(None) => true,
            Ok(Some(whole)) => {
                self.whole(around, ip, &whole, at, out);
                true
            }
            Err(error) => {
                self.malformed(&around, error, ip.payload, at, out);
                false
            }
        }
    }

    fn whole(&mut self, around: Around, ip: &Ip<'_>, datagram: &Datagram, at: &Place<'_>, out: &mut Vec<Event>) {
        let payload = datagram.payload.as_slice();
        let pieces = datagram.frames.len().saturating_sub(1);
        let headers = ip.length.saturating_sub(ip.payload.len()).saturating_mul(pieces);
        let later = payload.len().saturating_sub(datagram.first).saturating_add(headers);
        let walked = if ip.source.is_ipv4() {
            Some((ip.protocol, payload))
        } else {
            ip::extensions(ip.protocol, payload).and_then(Result::ok).map(|walked| (walked.protocol, walked.payload))
        };
        let Some((protocol, payload)) = walked else { return };
        let whole = Ip { protocol, payload, length: payload.len(), fragment: None, missing: 0, ..*ip };
        if let Some(transport) = ip::transport(protocol, payload) {
            let sight = Sight::new(around, &whole, transport);
            if let Some((slot, way)) = self.flow(&sight, self.keyed(&sight), later, at, out) {
                if let Some(flow) = self.flows.at(slot) {
                    flow.pieces(way, pieces.saturating_sub(1));
                }
                self.look_inside((slot, way), &sight, &whole, at, out);
            }
        }
        self.carried(around, &whole, at, out);
    }

    /// Count a packet in its flow, which may begin with it; returns where the flow lies.
    fn flow(
        &mut self,
        sight: &Sight,
        Keyed { id, way, place }: Keyed,
        length: usize,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) -> Option<(Slot, Way)> {
        let teid = sight.around.tunnel.as_ref().map(|tunnel| tunnel.teid);
        let fits = |fit| move |flow: &Flow| flow.fit(way, teid, at.time) == fit;
        let any = place.or_else(|| self.flows.find(&id, |_| true));
        let mut slot = any.and_then(|_| self.flows.find_near(any, &id, fits(Fit::Known)));
        if slot.is_some_and(|slot| self.flows.at(slot).is_some_and(|flow| flow.is_over() && Flow::opens(sight))) {
            let gone = slot.take().and_then(|slot| self.flows.remove_at(slot));
            self.gone(gone, "closed", at.time, out);
        }
        let slot = match slot {
            Some(slot) => slot,
            None => {
                let told = self.enter(&sight.around, Some(sight), at, out);
                let find = |fit| self.flows.find(&id, fits(fit));
                match any.and_then(|_| find(Fit::Answer).or_else(|| find(Fit::Moved))) {
                    Some(slot) => {
                        self.join(slot, (sight, way), told, at, out);
                        slot
                    }
                    None => self.begin(id, way, sight, told, at, out)?,
                }
            }
        };
        self.follow(slot, way, sight, length, at, out);
        Some((slot, way))
    }

    /// A direction that answers, or that comes back with another TEID, which is told.
    fn join(
        &mut self,
        slot: Slot,
        (sight, way): (&Sight, Way),
        tunnel_told: bool,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) {
        let teid = sight.around.tunnel.as_ref().map(|tunnel| tunnel.teid);
        let Some(flow) = self.flows.at(slot) else { return };
        let moved = flow.fit(way, teid, at.time) == Fit::Moved;
        flow.through(way, teid);
        if moved && tunnel_told {
            let (told, flood) = self.rates.flow(sight, at.time / SECOND);
            flooded(flood, at, out);
            if told {
                out.push(at.event(Message::new(STARTED), 6, at.view(Role::Opening, sight)));
            }
        }
    }

    fn begin(
        &mut self,
        id: FlowId,
        way: Way,
        sight: &Sight,
        tunnel_told: bool,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) -> Option<Slot> {
        let told = tunnel_told && {
            let (told, flood) = self.rates.flow(sight, at.time / SECOND);
            flooded(flood, at, out);
            told
        };
        let flow = Flow::new(&FlowKey::of(sight).0, sight, way, at.time, at.digest(STARTED, 2), !told);
        if told {
            out.push(at.event(Message::new(STARTED), 2, at.view(Role::Opening, sight)));
        }
        let (slot, evicted) = self.flows.add(id, flow);
        self.gone(evicted.map(|(_, flow)| flow), "evicted", at.time, out);
        full(self.flows.overflow(), "flows", 4, at, out);
        Some(slot)
    }

    fn follow(&mut self, slot: Slot, way: Way, sight: &Sight, length: usize, at: &Place<'_>, out: &mut Vec<Event>) {
        let Some(flow) = self.flows.at(slot) else { return };
        flow.count(way, at.time, at.packet, length);
        if flow.matters() {
            out.push(at.event(Message::new(STARTED), 7, at.view(Role::Opening, sight)));
        }
        out.extend(flow.update(at.time));
        // Where the octets are read, it is known whether a reset is one.
        let flags = sight.transport.flags;
        let reset_later = flags & RST != 0 && flow.is_read();
        if sight.protocol == TCP && !reset_later && flow.closes(way, flags) {
            out.push(flow.closed(at.time));
        }
        if sight.around.tunnel.is_some() && at.seconds().saturating_sub(flow.refreshed) >= REFRESH {
            flow.refreshed = at.seconds();
            self.enter(&sight.around, Some(sight), at, out);
        }
    }

    /// Note a tunnel as used, and tell of it if it is new; returns whether it is known or was told.
    fn enter(&mut self, around: &Around, sight: Option<&Sight>, at: &Place<'_>, out: &mut Vec<Event>) -> bool {
        let Some(tunnel) = &around.tunnel else { return true };
        if self.tunnels.is_known(tunnel) {
            return true;
        }
        let seen = || Seen::Entered(*around, sight.map(|sight| (sight.source, sight.destination)));
        let (told, flood) = self.rates.tunnel(tunnel, seen, at.time / SECOND);
        flooded(flood, at, out);
        self.tunnels.add(tunnel, !told);
        full(self.tunnels.overflow(), "tunnels", 3, at, out);
        if told {
            let view = sight.map_or_else(|| seen().into(), |sight| at.view(Role::Entered, sight));
            out.push(at.event(Message::new("gtpu.tunnel_started"), 0, view));
        }
        told
    }

    /// Once per tunnel: a terminal that sends nonsense would otherwise flood everything behind.
    fn malformed(&mut self, around: &Around, error: Malformed, payload: &[u8], at: &Place<'_>, out: &mut Vec<Event>) {
        let kind = match &around.tunnel {
            None => "ip.malformed",
            Some(tunnel) if self.tunnels.tells_malformed(tunnel) => "gtpu.malformed_inner",
            Some(_) => return,
        };
        let message = Message::malformed(kind, error.reason, error.offset, payload);
        out.push(at.event(message, 1, Seen::Around(*around)));
    }

    /// Look into a packet that is whole: GTP that has no business there, and the application's protocol.
    fn look_inside(
        &mut self,
        (slot, way): (Slot, Way),
        sight: &Sight,
        ip: &Ip<'_>,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) {
        match ip.protocol {
            TCP => self.segment((slot, way), sight, ip, at, out),
            UDP => {
                if sight.around.tunnel.is_some() {
                    self.nested(slot, sight, ip, at, out);
                }
                self.datagram((slot, way), sight, ip, at, out);
            }
            SCTP if sight.around.tunnel.is_some() => self.nested_ngap(slot, sight, ip, at, out),
            ICMPV6 if matches!(sight.transport.icmp, Some((133..=137, _))) => self.neighbour(sight, ip, at, out),
            _ => {}
        }
    }

    /// Say once that GTP is inside.
    fn nested(&mut self, slot: Slot, sight: &Sight, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        if !gtpu::has_port([sight.transport.source, sight.transport.destination]) {
            return;
        }
        let Some(said) = self.flows.at(slot).map(Flow::nested_said).filter(|said| !**said) else { return };
        let Some((message_type, inner)) = gtpu::nested(ip::udp_payload(ip.payload), ip.missing) else { return };
        *said = true;
        let mut message = Message::new("gtpu.nested");
        message.fields.set("fiveg.gtpu.inner_message_type", Value::U64(message_type.into()));
        if let Some(inner) = inner {
            message.fields.set("fiveg.gtpu.inner_teid", teid(inner));
        }
        out.push(at.event(message, 5, at.view(Role::Opening, sight)));
    }

    /// Say once that a user speaks NGAP: it is no message of this network, whoever it is for.
    fn nested_ngap(&mut self, slot: Slot, sight: &Sight, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        let Some(said) = self.flows.at(slot).map(Flow::nested_said).filter(|said| !**said) else { return };
        let messages = sctp::chunks(ip.payload).filter_map(|chunk| match chunk {
            Ok(Chunk::Data(data)) if data.ppid == sctp::PPID_NGAP => Some(data.payload),
            _ => None,
        });
        for payload in messages {
            let mut found = Vec::new();
            ngap::decode(payload, &mut found);
            let Some(first) = found.first() else { continue };
            *said = true;
            let mut message = Message::new("gtpu.nested_ngap");
            message.fields.set("fiveg.gtpu.inner_message", Value::Str(first.kind));
            message.show(payload);
            out.push(at.event(message, 12, at.view(Role::Opening, sight)));
            return;
        }
    }

    fn neighbour(&mut self, sight: &Sight, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        let read = nd::read(ip.payload, &mut self.messages);
        self.tell(&at.view(Role::Packet("nd"), sight), at, out);
        if let (Err(error), 0) = (read, ip.missing) {
            let message = Message::malformed("nd.malformed", error.reason, error.offset, ip.payload);
            out.push(at.event(message, 8, at.view(Role::Packet("nd"), sight)));
        }
    }

    /// Turn the messages at hand into events.
    fn tell(&mut self, view: &View, at: &Place<'_>, out: &mut Vec<Event>) {
        self.tell_each(|_| view.clone(), at, out);
    }

    fn tell_each(&mut self, view: impl Fn(usize) -> View, at: &Place<'_>, out: &mut Vec<Event>) {
        let mut withheld = Withheld::default();
        withheld.trim(&mut self.messages);
        withheld.tell(&mut self.messages);
        for (number, message) in self.messages.drain(..).enumerate() {
            out.push(at.said(message, number as u64, view(number)));
        }
    }

    /// A flow is no longer kept.
    fn gone(&mut self, gone: Option<Flow>, reason: &'static str, time: u64, out: &mut Vec<Event>) {
        let Some(mut flow) = gone else { return };
        if let Some(mut talk) = flow.talk.take() {
            self.room.leave(talk.seat, talk.held());
            if talk.held() > 0 {
                read_rest(&flow, &mut talk, time, &mut self.messages, out);
            }
        }
        out.extend(flow.end(reason, time));
    }

    /// End flows that have been idle for long; `time` is `now` to the nanosecond. Returns whether there may be more: a
    /// leap of the clock makes all of them idle at once.
    pub fn expire(&mut self, now: u64, time: u64, out: &mut Vec<Event>) -> bool {
        self.tunnels.expire(now);
        self.fragments.expire(now);
        self.leave_silent(now);
        while let Some(flood) = self.rates.expire(now) {
            out.push(told_late(flood, time));
        }
        for _ in 0..MOST_ENDS {
            let gone = self.flows.expire(now).map(|(_, flow)| flow);
            if gone.is_none() {
                return false;
            }
            self.gone(gone, "idle", time, out);
        }
        true
    }

    /// Tables that are too full, and how much had to go.
    pub fn overflow(&mut self) -> [(&'static str, Option<u64>); 2] {
        let unread = std::mem::take(&mut self.unread);
        [("user_fragments", self.fragments.overflow()), ("talks", (unread > 0).then_some(unread))]
    }

    /// Fragmented datagrams of users of which the rest never came.
    pub fn incomplete(&self) -> u64 {
        self.fragments.incomplete
    }

    /// End of input: up to `most` flows end; returns whether there are more.
    pub fn finish(&mut self, time: u64, most: usize, out: &mut Vec<Event>) -> bool {
        while let Some(flood) = self.rates.pop() {
            out.push(told_late(flood, time));
        }
        self.flows.close();
        for _ in 0..most {
            let gone = self.flows.pop().map(|(_, flow)| flow);
            if gone.is_none() {
                return false;
            }
            self.gone(gone, "end_of_input", time, out);
        }
        true
    }
}

fn flooded(flood: Option<Flood>, at: &Place<'_>, out: &mut Vec<Event>) {
    if let Some(flood) = flood {
        out.push(told_late(flood, at.time));
    }
}

/// What is told when it is over has no packet of its own.
fn told_late((message, seen): Flood, time: u64) -> Event {
    let digest = digest(format!("{seen:?}").as_bytes(), message.kind, time);
    Event::new(message.kind, time, digest, 0, message.all()).with_seen(seen)
}

/// A table that is full is said at most once a minute, with the number of entries that had to go since.
fn full(overflow: Option<u64>, name: &'static str, index: u64, at: &Place<'_>, out: &mut Vec<Event>) {
    if let Some(count) = overflow {
        out.push(at.event(table_full(name, count), index, View::Nothing));
    }
}

pub fn table_full(name: &'static str, count: u64) -> Message {
    let mut message = Message::new("monitor.table_full");
    message.fields.set("fiveg.monitor.table", Value::Str(name));
    message.fields.set("fiveg.monitor.count", Value::U64(count));
    message
}

/// The inner packet, or the Ethernet frame that carries it or something else.
fn inner(payload: &[u8], missing: usize) -> Result<(Payload<'_>, Option<Macs>), Malformed> {
    let error = match ip::parse(payload, missing) {
        Ok(_) => return Ok((Payload::Ip(payload), None)),
        Err(error) => error,
    };
    // A PDU session of type Ethernet (TS 23.501, 5.6.10.2): nothing in the tunnel says so, but the EtherType does.
    let known = |ethertype: &u16| FRAMES.iter().any(|protocol| protocol.ethertypes.contains(ethertype));
    match u16_at(payload, 12) {
        Some(0x0800 | 0x0806 | 0x8100 | 0x86dd | 0x8800..=0x88ff) => {}
        Some(ethertype) if known(&ethertype) => {}
        _ => return Err(error),
    }
    match link::parse(link::ETHERNET, payload) {
        Some(link) => Ok((link.payload, link.macs)),
        None => Err(error),
    }
}

#[cfg(test)]
mod tests;
