//! TSNs that a direction has seen. They mostly follow each other, so the last bits of one say where it is remembered:
//! what comes next is beside what came before, and one look decides.

use std::num::NonZero;

/// A retransmission is that of a chunk in flight, and no window has room for more chunks than these.
const MOST: usize = 1024;

/// How a chunk stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    First,
    Again,
    /// Its TSN was there before, with other content.
    Conflict,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    tsn: u32,
    /// Of what it carried; `None` where the slot is free.
    hash: Option<NonZero<u64>>,
}

/// Grows with what it is given, up to `MOST`; then a TSN takes the place of the one that is `MOST` away from it, or of
/// another that ends as it does.
#[derive(Debug, Default)]
pub(super) struct Seen {
    slots: Vec<Slot>,
}

impl Seen {
    /// Remember a TSN and the hash of what it carried.
    pub(super) fn note(&mut self, tsn: u32, hash: u64) -> Sighting {
        let hash = NonZero::new(hash | 1);
        while !self.is_full() && self.taken(tsn) {
            self.grow();
        }
        let place = self.place(tsn);
        let Some(slot) = self.slots.get_mut(place) else { return Sighting::First };
        let known = std::mem::replace(slot, Slot { tsn, hash });
        match known.hash {
            Some(_) if known.tsn == tsn && known.hash == hash => Sighting::Again,
            Some(_) if known.tsn == tsn => Sighting::Conflict,
            _ => Sighting::First,
        }
    }

    /// There is no slot for it, or another has it.
    fn taken(&self, tsn: u32) -> bool {
        self.slots.get(self.place(tsn)).is_none_or(|slot| slot.tsn != tsn && slot.hash.is_some())
    }

    fn is_full(&self) -> bool {
        self.slots.len() >= MOST
    }

    fn place(&self, tsn: u32) -> usize {
        tsn as usize & self.slots.len().saturating_sub(1)
    }

    /// Twice the slots: what had a slot of its own still has one.
    fn grow(&mut self) {
        let count = (self.slots.len() * 2).max(4);
        let known = std::mem::replace(&mut self.slots, vec![Slot { tsn: 0, hash: None }; count]);
        for slot in known.into_iter().filter(|slot| slot.hash.is_some()) {
            let place = self.place(slot.tsn);
            self.slots.get_mut(place).into_iter().for_each(|free| *free = slot);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_remembered_while_as_many_follow_and_its_content_counts() {
        let mut seen = Seen::default();
        let tsns = || (0..MOST as u32).map(|number| number.wrapping_add(u32::MAX - 100));
        assert!(tsns().all(|tsn| seen.note(tsn, tsn.into()) == Sighting::First));
        assert!(tsns().all(|tsn| seen.note(tsn, tsn.into()) == Sighting::Again));
        assert_eq!([seen.note(7, 8), seen.note(7, 8)], [Sighting::Conflict, Sighting::Again]);
    }

    #[test]
    fn however_they_are_picked_it_stays_small() {
        let mut seen = Seen::default();
        assert!((0..100_000_u32).all(|number| seen.note(number << 12, 1) != Sighting::Again));
        assert_eq!(seen.len(), MOST);
    }
}
