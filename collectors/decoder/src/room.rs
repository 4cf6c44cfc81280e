//! Room for talks: how many flows are read at the same time, and how many octets they hold back.
//!
//! Whoever begins talks without end, or leaves them half said, must not make the monitor deaf to others. So each tunnel,
//! or each sender outside of tunnels, has a share; where there is no more room, one of those who have more than others
//! goes, or else one that has been silent. Talks stand in a line, and are looked at from its head, a few at a time.

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use crate::seen::Sight;
use crate::table::{Mix, Place, seed};

const MOST_TALKS: usize = 200_000;
const MOST_HELD: usize = 1 << 26;
/// Of what may be held back, the part that is one tunnel's.
const SHARE: usize = 64;
/// Talks that are looked at to find one to go.
pub const CHANCES: usize = 16;

/// A talk's place in the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    serial: u64,
    payer: u64,
}

/// A talk in the line.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    pub flow: Place,
    pub seat: Seat,
    /// Second in which it was lined up.
    pub since: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    talks: usize,
    held: usize,
}

#[derive(Debug)]
pub struct Room {
    most_talks: usize,
    most_held: usize,
    talks: usize,
    held: usize,
    shares: HashMap<u64, Share>,
    line: VecDeque<Ticket>,
    serial: u64,
    seed: (u64, u64),
}

impl Default for Room {
    fn default() -> Self {
        Self::new(MOST_TALKS, MOST_HELD)
    }
}

impl Room {
    pub fn new(most_talks: usize, most_held: usize) -> Self {
        let (shares, line) = (HashMap::new(), VecDeque::new());
        Self { most_talks, most_held, talks: 0, held: 0, shares, line, serial: 0, seed: seed() }
    }

    /// A seat for a talk that begins with this packet.
    pub fn enter(&mut self, sight: &Sight, flow: Place, now: u64) -> Seat {
        self.serial += 1;
        let seat = Seat { serial: self.serial, payer: self.payer(sight) };
        self.talks += 1;
        self.shares.entry(seat.payer).or_default().talks += 1;
        self.line_up(Ticket { flow, seat, since: now });
        seat
    }

    /// A talk is over that held so many octets back.
    pub fn leave(&mut self, seat: Seat, held: usize) {
        self.holds(seat, held, 0);
        self.talks = self.talks.saturating_sub(1);
        if let Some(share) = self.shares.get_mut(&seat.payer) {
            share.talks = share.talks.saturating_sub(1);
            if share.talks == 0 {
                self.shares.remove(&seat.payer);
            }
        }
    }

    /// A talk held so many octets back, and holds so many now.
    pub fn holds(&mut self, seat: Seat, before: usize, after: usize) {
        if before == after {
            return;
        }
        let count = |held: &mut usize| *held = held.saturating_sub(before).saturating_add(after);
        count(&mut self.held);
        if let Some(share) = self.shares.get_mut(&seat.payer) {
            count(&mut share.held);
        }
    }

    pub fn is_full(&self) -> bool {
        self.talks >= self.most_talks
    }

    pub fn holds_too_much(&self) -> bool {
        self.held > self.most_held
    }

    /// Whether the one who pays for a talk has more of them than others have.
    pub fn is_greedy(&self, seat: Seat) -> bool {
        let fair = self.talks / self.shares.len().max(1);
        self.shares.get(&seat.payer).is_some_and(|share| share.talks > fair)
    }

    /// Whether the one who pays for a talk holds more back than is his.
    pub fn is_overdrawn(&self, seat: Seat) -> bool {
        self.shares.get(&seat.payer).is_some_and(|share| share.held > self.most_held / SHARE)
    }

    /// The head of the line.
    pub fn next(&mut self) -> Option<Ticket> {
        self.line.pop_front()
    }

    pub fn line_up(&mut self, ticket: Ticket) {
        self.line.push_back(ticket);
    }

    /// Put one back to the head.
    pub fn put_back(&mut self, ticket: Ticket) {
        self.line.push_front(ticket);
    }

    /// Talks that are over still stand in the line, and they are too many.
    pub fn is_littered(&self) -> bool {
        self.line.len() > 2 * self.talks + CHANCES
    }

    pub fn tidy(&mut self, stands: impl FnMut(&Ticket) -> bool) {
        self.line.retain(stands);
    }

    /// Who a talk is for: the tunnel, or who sent the packet that it began with.
    fn payer(&self, sight: &Sight) -> u64 {
        let mut mix = Mix::new(self.seed);
        let ends: (IpAddr, IpAddr) = match &sight.around.tunnel {
            Some(tunnel) => (tunnel.outer.source.0, tunnel.outer.destination.0),
            None => (sight.source, sight.source),
        };
        mix.addresses(ends);
        mix.word(sight.around.tunnel.as_ref().map_or(u64::MAX, |tunnel| tunnel.teid.into()));
        mix.value()
    }
}
