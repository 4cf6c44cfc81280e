//! The user plane: tunnels and the flows inside, each reported when it begins and when it ends, never per packet.
//!
//! A tunnel is an outer source, an outer destination and a TEID. A flow is an inner 5-tuple between a pair of outer
//! peers, both directions joined, so that two terminals with one private address behind two gNBs stay apart.
//!
//! The module is long because a flow's whole life (begin, count, close, end, and what it says of itself) stands together.

use std::net::IpAddr;

use crate::event::{Event, Frame, digest};
use crate::gtpu::{self, Header};
use crate::ip::{self, Ip, SCTP, TCP, Transport, UDP, icmp_family, transport_name};
use crate::link;
use crate::message::{Fields, Message, Value};
use crate::octets::Malformed;
use crate::table::{Key, Mix, Table};

const MOST_TUNNELS: usize = 500_000;
const MOST_FLOWS: usize = 1_000_000;
/// Seconds of packet time without a packet after which a flow has ended, and a tunnel is no longer known.
const FLOW_IDLE: u64 = 120;
const TUNNEL_IDLE: u64 = 3600;
/// Idle flows that end at one packet.
const MOST_ENDS: usize = 1024;
/// Fragmented datagrams of terminals whose later pieces are still to come, and seconds for which they are waited for.
const MOST_DATAGRAMS: usize = 65_536;
const DATAGRAM_IDLE: u64 = 30;
/// More than the events of a user's packet have indices, which tell them apart.
const INDICES: u64 = 16;
const UDP_HEADER: usize = 8;
const LONGEST_DATAGRAM: usize = 65_535;
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;

/// The outer addresses and ports of a datagram.
#[derive(Clone, Copy, Debug)]
pub struct Outer {
    pub source: (IpAddr, u16),
    pub destination: (IpAddr, u16),
    pub vlan: Option<u16>,
}

impl Outer {
    /// The two peers, the same in both directions.
    fn peers(&self) -> (IpAddr, IpAddr) {
        let (a, b) = (self.source.0, self.destination.0);
        if a <= b { (a, b) } else { (b, a) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TunnelKey {
    source: IpAddr,
    destination: IpAddr,
    teid: u32,
}

impl Key for TunnelKey {
    fn mix(&self, mix: &mut Mix) {
        mix.addresses((self.source, self.destination));
        mix.word(self.teid.into());
    }
}

#[derive(Debug, Default)]
struct Tunnel {
    malformed_said: bool,
}

type End = (IpAddr, u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FlowKey {
    peers: (IpAddr, IpAddr),
    ends: (End, End),
    protocol: u8,
    icmp: u8,
}

impl Key for FlowKey {
    fn mix(&self, mix: &mut Mix) {
        let ((a, a_port), (b, b_port)) = self.ends;
        mix.addresses(self.peers);
        mix.addresses((a, b));
        let ports = u64::from(a_port) << 32 | u64::from(b_port) << 16;
        mix.word(ports | u64::from(self.protocol) << 8 | u64::from(self.icmp));
    }
}

/// A user's datagram in fragments, of which only the first has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DatagramKey {
    peers: (IpAddr, IpAddr),
    ends: (IpAddr, IpAddr),
    id: u32,
}

impl Key for DatagramKey {
    fn mix(&self, mix: &mut Mix) {
        mix.addresses(self.peers);
        mix.addresses(self.ends);
        mix.word(self.id.into());
    }
}

#[derive(Debug)]
struct Flow {
    digest: u64,
    started: u64,
    last: u64,
    /// The number of the last packet.
    packet: u64,
    /// The beginner is the first of the key's ends.
    forward: bool,
    outer: Outer,
    teid: u32,
    reverse_teid: Option<u32>,
    bytes: [u64; 2],
    packets: [u64; 2],
    fins: [bool; 2],
    closed: bool,
    nested_said: bool,
    /// Said that it is begun from the other end too.
    crossed_said: bool,
}

/// A packet's place in the capture, for the events that it gives rise to.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub time: u64,
    pub packet: u64,
    pub frame: &'a dyn Fn() -> Vec<Frame>,
    pub octets: &'a [u8],
    /// Packets of the user around this one.
    pub depth: u64,
}

impl Place<'_> {
    fn event(&self, message: Message, index: u64) -> Event {
        let digest = digest(self.octets, message.kind, index + self.depth * INDICES);
        let frames = (self.frame)();
        Event { kind: message.kind, time: self.time, digest, packet: self.packet, fields: message.fields, frames }
    }
}

#[derive(Debug)]
pub struct UserPlane {
    tunnels: Table<TunnelKey, Tunnel>,
    flows: Table<FlowKey, Flow>,
    datagrams: Table<DatagramKey, (FlowKey, bool)>,
}

impl Default for UserPlane {
    fn default() -> Self {
        Self::new(MOST_TUNNELS, MOST_FLOWS)
    }
}

impl UserPlane {
    fn new(tunnels: usize, flows: usize) -> Self {
        Self {
            tunnels: Table::new(tunnels, TUNNEL_IDLE),
            flows: Table::new(flows, FLOW_IDLE),
            datagrams: Table::new(MOST_DATAGRAMS, DATAGRAM_IDLE),
        }
    }

    /// Take a G-PDU in; returns whether its inner packet could be read.
    pub fn observe(
        &mut self,
        outer: Outer,
        gtp: &Header<'_>,
        missing: usize,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) -> bool {
        let key = TunnelKey { source: outer.source.0, destination: outer.destination.0, teid: gtp.teid };
        let inner = inner(gtp.payload, missing);
        if self.tunnels.get(&key).is_none() {
            self.tunnels.insert(key, Tunnel::default());
            full(&mut self.tunnels, "tunnels", 3, at, out);
            let mut message = Message::new("gtpu.tunnel_started");
            tunnel_fields(&mut message.fields, &outer, gtp);
            if let Ok(Some(ip)) = &inner {
                address_fields(&mut message.fields, ip);
            }
            out.push(at.event(message, 0));
        }
        match inner {
            Ok(Some(ip)) => self.packet(outer, gtp, &ip, at, out),
            Ok(None) => true,
            Err(_) if missing > 0 => true, // the capture lacks it
            Err(error) => {
                self.malformed(&key, outer, gtp, error, at, out);
                false
            }
        }
    }

    /// Once per tunnel: a terminal that sends nonsense would otherwise flood everything behind.
    fn malformed(
        &mut self,
        key: &TunnelKey,
        outer: Outer,
        gtp: &Header<'_>,
        error: Malformed,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) {
        let Some(tunnel) = self.tunnels.get(key) else { return };
        if std::mem::replace(&mut tunnel.malformed_said, true) {
            return;
        }
        let mut message = Message::malformed("gtpu.malformed_inner", error.reason, error.offset, gtp.payload);
        tunnel_fields(&mut message.fields, &outer, gtp);
        out.push(at.event(message, 1));
    }

    /// The flow of a packet, and of the packet that it carries in turn: whoever unpacks that one sends it on.
    fn packet(&mut self, outer: Outer, gtp: &Header<'_>, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) -> bool {
        let read = self.flow(outer, gtp, ip, at, out);
        if matches!(ip.protocol, ip::IPV4 | ip::IPV6)
            && ip.fragment.is_none()
            && let Ok(carried) = ip::parse(ip.payload, ip.missing)
        {
            self.flow(outer, gtp, &carried, &Place { depth: at.depth + 1, ..*at }, out);
        }
        read
    }

    fn flow(&mut self, outer: Outer, gtp: &Header<'_>, ip: &Ip<'_>, at: &Place<'_>, out: &mut Vec<Event>) -> bool {
        let datagram = ip.fragment.map(|fragment| DatagramKey {
            peers: outer.peers(),
            ends: (ip.source, ip.destination),
            id: fragment.id,
        });
        if let (Some(key), Some(1..)) = (&datagram, ip.fragment.map(|fragment| fragment.offset)) {
            // Only the first piece has ports. Others count where that one did, or not at all.
            if let Some((key, forward)) = self.datagrams.get(key).copied()
                && let Some(flow) = self.flows.get(&key)
            {
                flow.count(forward, at, ip.length, gtp.teid);
                if ip.fragment.is_some_and(|fragment| fragment.offset == UDP_HEADER) {
                    // The first piece had ports and nothing else.
                    let ((_, a), (_, b)) = key.ends;
                    let (source, destination) = if forward { (a, b) } else { (b, a) };
                    let transport = Transport { source, destination, ..Transport::default() };
                    flow.look_inside(&User { outer, gtp, ip, transport }, at, out);
                }
            }
            return true;
        }
        let read = ip::transport(ip.protocol, ip.payload);
        if read.is_none() {
            if ip.missing > 0 {
                return true; // the capture lacks it
            }
            let key = TunnelKey { source: outer.source.0, destination: outer.destination.0, teid: gtp.teid };
            let error = Malformed { reason: "transport header is cut short", offset: 0 };
            self.malformed(&key, outer, gtp, error, at, out);
        }
        // It is on its way all the same: a first fragment of eight octets is enough for whoever puts it together.
        let transport = read.unwrap_or_else(|| ip::ports(ip.protocol, ip.payload));
        let user = User { outer, gtp, ip, transport };
        let (key, forward) = user.flow_key();
        if let Some(datagram) = datagram {
            self.datagrams.remove(&datagram);
            self.datagrams.insert(datagram, (key, forward));
        }
        match self.flows.get(&key) {
            Some(flow) if !(flow.is_over() && user.opens()) => flow.follow(&key, forward, &user, at, out),
            known => {
                if known.is_some() {
                    let gone = self.flows.remove(&key);
                    end(gone.map(|flow| (key, flow)), "closed", at.time, out);
                }
                self.begin(key, forward, &user, at, out);
            }
        }
        read.is_some()
    }

    fn begin(&mut self, key: FlowKey, forward: bool, user: &User<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        let mut message = Message::new("flow.started");
        user.fields(&mut message.fields);
        let event = at.event(message, 2);
        let mut flow = Flow {
            digest: event.digest,
            started: at.time,
            last: at.time,
            packet: at.packet,
            forward,
            outer: user.outer,
            teid: user.gtp.teid,
            reverse_teid: None,
            bytes: [0; 2],
            packets: [0; 2],
            fins: [false; 2],
            closed: false,
            nested_said: false,
            crossed_said: false,
        };
        out.push(event);
        flow.follow(&key, forward, user, at, out);
        end(self.flows.insert(key, flow), "evicted", at.time, out);
        full(&mut self.flows, "flows", 4, at, out);
    }

    /// End flows that have been idle for long; `time` is `now` to the nanosecond. Returns whether there may be more: a
    /// leap of the clock makes all of them idle at once.
    pub fn expire(&mut self, now: u64, time: u64, out: &mut Vec<Event>) -> bool {
        while self.tunnels.expire(now).is_some() {}
        while self.datagrams.expire(now).is_some() {}
        for _ in 0..MOST_ENDS {
            let Some(gone) = self.flows.expire(now) else { return false };
            end(Some(gone), "idle", time, out);
        }
        true
    }

    /// End of input: up to `most` flows end; returns whether there are more.
    pub fn finish(&mut self, time: u64, most: usize, out: &mut Vec<Event>) -> bool {
        for _ in 0..most {
            let Some(gone) = self.flows.pop() else { return false };
            end(Some(gone), "end_of_input", time, out);
        }
        true
    }
}

/// Say that a flow ended, unless that was said.
fn end(gone: Option<(FlowKey, Flow)>, reason: &'static str, time: u64, out: &mut Vec<Event>) {
    if let Some((key, flow)) = gone.filter(|(_, flow)| !flow.closed) {
        out.push(flow.ended(&key, if flow.is_over() { "closed" } else { reason }, time));
    }
}

/// A table that is full is said at most once a minute, with the number of entries that had to go since.
fn full<K: Key, V>(table: &mut Table<K, V>, name: &'static str, index: u64, at: &Place<'_>, out: &mut Vec<Event>) {
    if let Some(count) = table.overflow() {
        out.push(at.event(table_full(name, count), index));
    }
}

pub fn table_full(name: &'static str, count: u64) -> Message {
    let mut message = Message::new("monitor.table_full");
    message.fields.set("fiveg.monitor.table", Value::Str(name));
    message.fields.set("fiveg.monitor.count", Value::U64(count));
    message
}

/// A user's packet in its tunnel.
struct User<'a> {
    outer: Outer,
    gtp: &'a Header<'a>,
    ip: &'a Ip<'a>,
    transport: Transport,
}

impl User<'_> {
    /// The key of its flow, and whether it runs from the first of the key's ends to the second.
    fn flow_key(&self) -> (FlowKey, bool) {
        let source = (self.ip.source, self.transport.source);
        let destination = (self.ip.destination, self.transport.destination);
        let forward = source <= destination;
        let ends = if forward { (source, destination) } else { (destination, source) };
        let peers = self.outer.peers();
        let icmp = self.transport.icmp.map_or(0, |(kind, _)| icmp_family(self.ip.protocol, kind));
        (FlowKey { peers, ends, protocol: self.ip.protocol, icmp }, forward)
    }

    /// Whether it opens a TCP connection.
    fn opens(&self) -> bool {
        self.ip.protocol == TCP && self.transport.flags & (SYN | RST | FIN) == SYN
    }

    /// GTP of its own, which has no business in a user's packet: message type and TEID.
    fn nested(&self) -> Option<(u8, Option<u32>)> {
        let ports = [gtpu::PORT, gtpu::CONTROL_PORT, gtpu::CHARGING_PORT];
        if self.ip.protocol != UDP
            || !ports.contains(&self.transport.source) && !ports.contains(&self.transport.destination)
        {
            return None;
        }
        let payload = ip::udp_payload(self.ip.payload);
        match self.ip.fragment.map(|fragment| fragment.offset) {
            None => gtpu::nested(payload, self.ip.missing),
            // The first piece says how long the whole is, another one does not.
            Some(0) => gtpu::nested(payload, ip::udp_length(self.ip.payload).saturating_sub(payload.len())),
            Some(_) => gtpu::nested(self.ip.payload, LONGEST_DATAGRAM.saturating_sub(self.ip.payload.len())),
        }
    }

    fn fields(&self, fields: &mut Fields) {
        address_fields(fields, self.ip);
        set_transport(fields, self.ip.protocol);
        match self.transport.icmp {
            Some((kind, code)) => {
                fields.set("icmp.type", Value::U64(kind.into()));
                fields.set("icmp.code", Value::U64(code.into()));
            }
            None => set_ports(fields, self.ip.protocol, self.transport.source, self.transport.destination),
        }
        if self.ip.protocol == TCP && !self.transport.cut {
            fields.set("tcp.flags", Value::Text(flag_letters(self.transport.flags).into()));
        }
        tunnel_fields(fields, &self.outer, self.gtp);
    }
}

impl Flow {
    /// Take a packet of the flow in, its first one or a later one.
    fn follow(&mut self, key: &FlowKey, forward: bool, user: &User<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        self.count(forward, at, user.ip.length, user.gtp.teid);
        if forward != self.forward && !self.crossed_said && user.outer.source.0 == self.outer.source.0 {
            // No reply, which comes from the other peer: what began the flow had forged its ends, or both ends are here.
            self.crossed_said = true;
            let mut message = Message::new("flow.started");
            user.fields(&mut message.fields);
            out.push(at.event(message, 6));
        }
        self.look_inside(user, at, out);
        if user.ip.protocol == TCP && !self.closed && self.closes(forward, user.transport.flags) {
            self.closed = true;
            out.push(self.ended(key, "closed", at.time));
        }
    }

    /// Say once that GTP is inside.
    fn look_inside(&mut self, user: &User<'_>, at: &Place<'_>, out: &mut Vec<Event>) {
        if !self.nested_said
            && let Some((message_type, inner_teid)) = user.nested()
        {
            self.nested_said = true;
            let mut message = Message::new("gtpu.nested");
            user.fields(&mut message.fields);
            message.fields.set("fiveg.gtpu.inner_message_type", Value::U64(message_type.into()));
            if let Some(inner) = inner_teid {
                message.fields.set("fiveg.gtpu.inner_teid", teid(inner));
            }
            out.push(at.event(message, 5));
        }
    }

    fn count(&mut self, forward: bool, at: &Place<'_>, length: usize, teid: u32) {
        let side = usize::from(forward != self.forward);
        self.last = self.last.max(at.time);
        self.packet = at.packet;
        if let (Some(bytes), Some(packets)) = (self.bytes.get_mut(side), self.packets.get_mut(side)) {
            *bytes = bytes.saturating_add(length as u64);
            *packets = packets.saturating_add(1);
        }
        if side == 1 {
            self.reverse_teid = Some(teid);
        }
    }

    /// TCP ends with a reset, or with what follows a FIN from either side.
    fn closes(&mut self, forward: bool, flags: u8) -> bool {
        let acknowledged = self.is_over() && flags & FIN == 0;
        if let Some(fin) = self.fins.get_mut(usize::from(forward != self.forward)) {
            *fin |= flags & FIN != 0;
        }
        flags & RST != 0 || acknowledged
    }

    /// TCP has ended: nothing belongs to it any more but what comes late.
    fn is_over(&self) -> bool {
        self.closed || self.fins == [true, true]
    }

    fn ended(&self, key: &FlowKey, reason: &'static str, time: u64) -> Event {
        let mut message = Message::new("flow.ended");
        let fields = &mut message.fields;
        let (source, destination) = if self.forward { key.ends } else { (key.ends.1, key.ends.0) };
        fields.set("source.ip", Value::Ip(source.0));
        fields.set("destination.ip", Value::Ip(destination.0));
        fields.set("network.type", Value::Str(if source.0.is_ipv4() { "ipv4" } else { "ipv6" }));
        set_ports(fields, key.protocol, source.1, destination.1);
        set_transport(fields, key.protocol);
        fields.set("fiveg.flow.end_reason", Value::Str(reason));
        fields.set("event.duration", Value::U64(self.last.saturating_sub(self.started)));
        let ([sent, received], [out, back]) = (self.bytes, self.packets);
        for (name, count) in [
            ("source.bytes", sent),
            ("destination.bytes", received),
            ("network.bytes", sent.saturating_add(received)),
            ("source.packets", out),
            ("destination.packets", back),
            ("network.packets", out.saturating_add(back)),
        ] {
            fields.set(name, Value::U64(count));
        }
        outer_fields(fields, &self.outer);
        fields.set("fiveg.gtpu.teid", teid(self.teid));
        if let Some(reverse) = self.reverse_teid {
            fields.set("fiveg.gtpu.reverse_teid", teid(reverse));
        }
        let digest = digest(&self.digest.to_be_bytes(), message.kind, self.started);
        Event { kind: message.kind, time, digest, packet: self.packet, fields: message.fields, frames: Vec::new() }
    }
}

/// The inner packet; `None` for an Ethernet frame that carries no IP.
fn inner(payload: &[u8], missing: usize) -> Result<Option<Ip<'_>>, Malformed> {
    match ip::parse(payload, missing) {
        Ok(ip) => Ok(Some(ip)),
        // A PDU session of type Ethernet (TS 23.501, 5.6.10.2): nothing in the tunnel says so, but the EtherType does.
        Err(error) => match payload.get(12..14) {
            Some([0x08, 0x00] | [0x86, 0xdd] | [0x81, 0x00] | [0x88, 0xa8]) => match link::parse(1, payload) {
                Some(link) => ip::parse(link.packet, missing).map(Some),
                None => Ok(None),
            },
            Some([0x08, 0x06] | [0x88, _]) => Ok(None),
            _ => Err(error),
        },
    }
}

pub fn teid(teid: u32) -> Value {
    crate::identifiers::hex_id(teid.into(), 8)
}

fn address_fields(fields: &mut Fields, ip: &Ip<'_>) {
    fields.set("source.ip", Value::Ip(ip.source));
    fields.set("destination.ip", Value::Ip(ip.destination));
    fields.set("network.type", Value::Str(ip.network_type()));
}

fn set_ports(fields: &mut Fields, protocol: u8, source: u16, destination: u16) {
    let unknown = source == 0 && destination == 0; // a header that is cut short
    if matches!(protocol, TCP | UDP | SCTP) && !unknown {
        fields.set("source.port", Value::U64(source.into()));
        fields.set("destination.port", Value::U64(destination.into()));
    }
}

fn set_transport(fields: &mut Fields, protocol: u8) {
    let name = transport_name(protocol).map_or_else(|| Value::Text(protocol.to_string().into()), Value::Str);
    fields.set("network.transport", name);
}

fn flag_letters(flags: u8) -> String {
    "FSRPAUEC".chars().enumerate().filter(|(bit, _)| flags & (1 << bit) != 0).map(|(_, letter)| letter).collect()
}

fn outer_fields(fields: &mut Fields, outer: &Outer) {
    fields.set("fiveg.gtpu.outer.source.ip", Value::Ip(outer.source.0));
    fields.set("fiveg.gtpu.outer.source.port", Value::U64(outer.source.1.into()));
    fields.set("fiveg.gtpu.outer.destination.ip", Value::Ip(outer.destination.0));
    fields.set("fiveg.gtpu.outer.destination.port", Value::U64(outer.destination.1.into()));
    if let Some(vlan) = outer.vlan {
        fields.set("network.vlan.id", Value::U64(vlan.into()));
    }
}

fn tunnel_fields(fields: &mut Fields, outer: &Outer, gtp: &Header<'_>) {
    outer_fields(fields, outer);
    fields.set("fiveg.gtpu.teid", teid(gtp.teid));
    if let Some(qfi) = gtp.qfi {
        fields.set("fiveg.gtpu.qfi", Value::U64(qfi.into()));
    }
    match gtp.pdu_type {
        Some(0) => fields.set("fiveg.gtpu.pdu_type", Value::Str("dl")),
        Some(1) => fields.set("fiveg.gtpu.pdu_type", Value::Str("ul")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// An inner packet of ICMP type `kind` from `terminal`, taken in by `users` at `time`.
    fn ping(users: &mut UserPlane, time: u64, terminal: u8, around: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Event> {
        let ping = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 45, 0, terminal, 10, 0, 0, 1, 8, 0, 0, 0, 0, 1, 0, 1];
        let payload = around(&ping);
        let outer = Outer {
            source: (IpAddr::from([10, 0, 0, 2]), 2152),
            destination: (IpAddr::from([10, 0, 0, 3]), 2152),
            vlan: None,
        };
        let gtp = Header { message_type: 255, teid: 7, qfi: None, pdu_type: None, payload: &payload };
        let octets = [payload.clone(), vec![terminal]].concat();
        let frames = || vec![Frame::new(time, 1, &octets)];
        let at = Place { time, packet: 1, frame: &frames, octets: &octets, depth: 0 };
        let mut out = Vec::new();
        users.observe(outer, &gtp, 0, &at, &mut out);
        out
    }

    fn kinds(events: &[Event]) -> Vec<&str> {
        events.iter().map(|event| event.kind).collect()
    }

    #[test]
    fn a_full_table_evicts_the_oldest_flow_and_says_so_once_a_minute() {
        let mut users = UserPlane::new(10, 2);
        assert_eq!(kinds(&ping(&mut users, 0, 1, <[u8]>::to_vec)), ["gtpu.tunnel_started", "flow.started"]);
        assert_eq!(kinds(&ping(&mut users, 0, 2, <[u8]>::to_vec)), ["flow.started"]);
        let third = ping(&mut users, 0, 3, <[u8]>::to_vec);
        assert_eq!(kinds(&third), ["flow.started", "flow.ended", "monitor.table_full"]);
        let ended = &third[1].fields;
        assert_eq!(ended.get("fiveg.flow.end_reason"), Some(&Value::Str("evicted")));
        assert_eq!(ended.get("source.ip"), Some(&Value::Ip(IpAddr::from([10, 45, 0, 1]))));
        assert_eq!(kinds(&ping(&mut users, 0, 4, <[u8]>::to_vec)), ["flow.started", "flow.ended"]);
    }

    #[test]
    fn an_idle_flow_ends_once() {
        let mut users = UserPlane::new(10, 10);
        let mut out = Vec::new();
        users.expire(5, 5 * SECOND, &mut out);
        ping(&mut users, 5 * SECOND, 1, <[u8]>::to_vec);
        users.expire(125, 125 * SECOND, &mut out);
        assert_eq!(kinds(&out), Vec::<&str>::new());
        users.expire(126, 126 * SECOND, &mut out);
        assert!(!users.finish(127 * SECOND, 10, &mut out));
        assert_eq!(kinds(&out), ["flow.ended"]);
        assert_eq!((out[0].time, out[0].fields.get("event.duration")), (126 * SECOND, Some(&Value::U64(0))));
    }

    #[test]
    fn an_ethernet_session_is_known_by_its_ethertype_whatever_the_addresses() {
        for first in [0x02, 0x44, 0x6c] {
            let ethernet = |ping: &[u8]| [&[first; 12][..], &[0x08, 0x00], ping].concat();
            let tagged = |ping: &[u8]| [&[first; 12][..], &[0x81, 0x00, 0, 5, 0x08, 0x00], ping].concat();
            let arp = |_: &[u8]| [&[first; 12][..], &[0x08, 0x06], &[0; 28]].concat();
            let mut users = UserPlane::default();
            assert_eq!(kinds(&ping(&mut users, 0, 1, ethernet)), ["gtpu.tunnel_started", "flow.started"]);
            assert_eq!(kinds(&ping(&mut users, 0, 1, tagged)), Vec::<&str>::new());
            assert_eq!(kinds(&ping(&mut users, 0, 1, arp)), Vec::<&str>::new());
        }
    }
}
