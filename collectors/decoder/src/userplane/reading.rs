//! What flows say, read: who speaks what, who is read for want of room and who no more, and what waits when a flow ends.

use super::{Place, SECOND, UserPlane};
use crate::app::Carrier;
use crate::checksum;
use crate::event::Event;
use crate::flows::{Flow, FlowId, Way};
use crate::ip::{self, Ip};
use crate::message::Message;
use crate::recognise::protocol;
use crate::room::{CHANCES, Ticket};
use crate::seen::{Role, Seen, Sight};
use crate::stream::Segment;
use crate::table::{Place as Slot, Table};
use crate::talk::{Read, Talk};

/// Seconds of silence after which datagrams are no longer read as one talk, and talks looked at for that at a time.
pub(super) const TALK_IDLE: u64 = 30;
const MOST_LOOKS: usize = 4096;
/// Indices of events that are read when a flow has ended.
const LATE: u64 = 1 << 40;

impl UserPlane {
    pub(super) fn segment(
        &mut self,
        (slot, way): (Slot, Way),
        sight: &Sight,
        ip: &Ip<'_>,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) {
        let Some(flow) = self.flows.at(slot).filter(|flow| flow.is_read()) else { return };
        let Some(mut segment) = Segment::parse(ip) else { return };
        if segment.matters() {
            segment.sum = checksum::transport(ip);
        }
        let forward = way.forward;
        flow.opened(forward, &segment);
        let doubtful = flow.talk.is_none() && flow.doubts(forward, &segment);
        let early = segment.reset && !doubtful && flow.begins_at(forward, segment.sequence);
        let reset = if self.decide((slot, forward), Carrier::Tcp, sight, (segment.payload, doubtful), at) {
            self.read((slot, forward), sight, segment.payload, at, out, |talk, messages| {
                talk.segment(forward, &segment, at.carried, messages)
            })
        } else {
            early
        };
        let Some(flow) = self.flows.at(slot) else { return };
        if reset && flow.closes(way, sight.transport.flags) {
            out.push(flow.closed(at.time));
        }
        if flow.is_closed() && flow.talk.as_ref().is_some_and(|talk| talk.held() > 0) {
            self.finish_reading(slot, at.time, out);
        }
    }

    pub(super) fn datagram(
        &mut self,
        (slot, way): (Slot, Way),
        sight: &Sight,
        ip: &Ip<'_>,
        at: &Place<'_>,
        out: &mut Vec<Event>,
    ) {
        if !self.flows.at(slot).is_some_and(|flow| flow.is_read()) {
            return;
        }
        let payload = ip::udp_payload(ip.payload);
        let forward = way.forward;
        if !self.decide((slot, forward), Carrier::Udp, sight, (payload, false), at) {
            return;
        }
        let sum = checksum::transport(ip);
        self.read((slot, forward), sight, payload, at, out, |talk, messages| {
            let read = talk.datagram(forward, sum, payload, messages);
            Read { error: read.err().filter(|_| ip.missing == 0), ..Read::default() }
        });
    }

    /// Find out what a flow speaks, at its first octets; returns whether it is to be read. `forward`: they were sent by the
    /// first of the flow's ends. Octets that are `doubtful` do not rule out that others follow.
    fn decide(
        &mut self,
        (slot, forward): (Slot, bool),
        carrier: Carrier,
        sight: &Sight,
        (payload, doubtful): (&[u8], bool),
        at: &Place<'_>,
    ) -> bool {
        let Some(flow) = self.flows.at(slot) else { return false };
        if flow.talk.is_some() {
            return true;
        }
        if payload.is_empty() {
            return false;
        }
        let ports = (sight.transport.source, sight.transport.destination);
        let found = protocol(carrier, ports, payload);
        flow.undecided = found.is_none() && doubtful;
        let Some((protocol, client)) = found else { return false };
        if self.room.is_full() {
            self.make_room(at.time);
        }
        let Some(flow) = self.flows.at(slot) else { return false };
        flow.listen(protocol, forward == client).seat = self.room.enter(sight, slot, at.time / SECOND);
        if self.room.is_littered() {
            let flows = &self.flows;
            self.room.tidy(|ticket| stands(flows, ticket).is_some());
        }
        true
    }

    /// End a talk: one of somebody who has more than others, or the first that was silent since it was looked at.
    fn make_room(&mut self, time: u64) {
        let mut candidates: Vec<(Ticket, (bool, bool))> = Vec::new();
        while candidates.len() < CHANCES
            && let Some(ticket) = self.room.next()
        {
            let Some((_, last)) = stands(&self.flows, &ticket) else { continue };
            let (greedy, idle) = (self.room.is_greedy(ticket.seat), last / SECOND <= ticket.since);
            candidates.push((ticket, (greedy, idle)));
        }
        let best = candidates.iter().map(|(_, rank)| *rank).max();
        let goes = candidates.iter().position(|(_, rank)| Some(*rank) == best);
        for (place, (ticket, _)) in candidates.into_iter().enumerate() {
            if Some(place) == goes {
                self.unread += 1;
                self.leave(ticket.flow);
            } else {
                self.room.line_up(Ticket { since: time / SECOND, ..ticket });
            }
        }
    }

    /// Read a flow no more, until something new comes.
    fn leave(&mut self, slot: Slot) {
        if let Some(talk) = self.flows.peek_mut(slot).and_then(Flow::leave) {
            self.room.leave(talk.seat, talk.held());
        }
    }

    /// Talks that hold octets back and have been silent forget them, so that others can hold some.
    fn make_others_forget(&mut self, time: u64) {
        for _ in 0..CHANCES {
            let Some(ticket) = self.room.next() else { return };
            let Some((held, last)) = stands(&self.flows, &ticket) else { continue };
            if held > 0 && (last / SECOND <= ticket.since || self.room.is_greedy(ticket.seat)) {
                self.unread += 1;
                self.forget(ticket.flow);
            }
            self.room.line_up(Ticket { since: time / SECOND, ..ticket });
        }
    }

    /// Have a flow's talk forget what it holds back.
    fn forget(&mut self, slot: Slot) {
        if let Some(talk) = self.flows.peek_mut(slot).and_then(|flow| flow.talk.as_mut()) {
            let before = talk.held();
            talk.forget();
            self.room.holds(talk.seat, before, talk.held());
        }
    }

    /// Whoever sends datagrams and falls silent has said what he wanted: others need the room.
    pub(super) fn leave_silent(&mut self, now: u64) {
        for _ in 0..MOST_LOOKS {
            let Some(ticket) = self.room.next() else { return };
            if ticket.since.saturating_add(TALK_IDLE) > now && ticket.since <= now {
                return self.room.put_back(ticket);
            }
            let Some((_, last)) = stands(&self.flows, &ticket) else { continue };
            let silent = last / SECOND + TALK_IDLE < now;
            let talk = self.flows.peek(ticket.flow).and_then(|flow| flow.talk.as_ref());
            if silent && talk.is_some_and(|talk| talk.is_of_datagrams()) {
                self.leave(ticket.flow);
            } else {
                self.room.line_up(Ticket { since: now, ..ticket });
            }
        }
    }

    /// Have the flow's talk read something that the first of its ends sent if `forward`, and tell what it read; returns
    /// whether the connection was reset.
    fn read(
        &mut self,
        (slot, forward): (Slot, bool),
        sight: &Sight,
        payload: &[u8],
        at: &Place<'_>,
        out: &mut Vec<Event>,
        read: impl FnOnce(&mut Talk, &mut Vec<Message>) -> Read,
    ) -> bool {
        let Some(flow) = self.flows.at(slot) else { return false };
        let Some(talk) = flow.talk.as_mut() else { return false };
        let (protocol, before) = (talk.protocol(), talk.held());
        let Read { others, error, reset } = read(talk, &mut self.messages);
        let after = talk.held();
        self.room.holds(talk.seat, before, after);
        let overdrawn = after > before && self.room.is_overdrawn(talk.seat);
        if talk.is_over() {
            self.room.leave(talk.seat, after);
            flow.talk = None;
        }
        let other = (!others.is_empty()).then(|| Seen::Packet(flow.sight(!forward), protocol.name));
        let view = |number: usize| match other {
            Some(other) if others.contains(&number) => other.into(),
            _ => at.view(Role::Packet(protocol.name), sight),
        };
        self.tell_each(view, at, out);
        if let Some(error) = error {
            let view = at.view(Role::Packet(protocol.name), sight);
            let message = Message::malformed(protocol.malformed, error.reason, error.offset, payload);
            out.push(at.event(message, 9, view));
        }
        if self.room.holds_too_much() {
            self.make_others_forget(at.time);
        }
        if overdrawn || self.room.holds_too_much() && after > before {
            self.unread += 1;
            self.forget(slot);
        }
        reset
    }

    /// Nothing comes any more from the first of a flow's ends if `forward`: read what waits behind a hole.
    fn finish_reading(&mut self, slot: Slot, time: u64, out: &mut Vec<Event>) {
        let Some(flow) = self.flows.at(slot) else { return };
        let Some(mut talk) = flow.talk.take() else { return };
        let before = talk.held();
        read_rest(flow, &mut talk, time, &mut self.messages, out);
        self.room.holds(talk.seat, before, talk.held());
        flow.talk = Some(talk);
    }
}

/// What the talk of a ticket holds back and when its flow was last heard, if it still stands.
pub(super) fn stands(flows: &Table<FlowId, Flow>, ticket: &Ticket) -> Option<(usize, u64)> {
    let flow = flows.peek(ticket.flow)?;
    let talk = flow.talk.as_ref().filter(|talk| talk.seat == ticket.seat)?;
    Some((talk.held(), flow.last()))
}

/// Nothing of a flow comes any more at `time`: read what waits of either end, and tell it of the packets that it came in.
pub(super) fn read_rest(flow: &Flow, talk: &mut Talk, time: u64, messages: &mut Vec<Message>, out: &mut Vec<Event>) {
    for forward in [true, false] {
        let seen = Seen::Packet(flow.sight(forward), talk.protocol().name);
        while let Some(carried) = talk.finish(forward, messages) {
            let told = messages.drain(..).zip(LATE..);
            out.extend(
                told.map(|(message, index)| Event::carried(message, index, carried.clone(), seen.into()).told_at(time)),
            );
        }
    }
}
