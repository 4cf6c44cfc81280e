//! Where entries of a table lie, found by their hashes.
//!
//! An entry stands where its hash says, or in the next place that was free: nearly always one look at memory is enough, and
//! that look can be had before its turn (`touch`). Entries of one hash are found in the order in which they were added.

/// An entry: its hash, and its slot and 1. Memory that was never written is free.
type Entry = [u32; 2];

const FREE: Entry = [0, 0];
const FEWEST: usize = 16;

#[derive(Debug, Default)]
pub struct Index {
    /// As many as a power of two, or none. INVARIANT: some are free, where a search ends.
    entries: Vec<Entry>,
    count: usize,
}

impl Index {
    fn mask(&self) -> usize {
        self.entries.len().wrapping_sub(1)
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        hash as usize & self.mask()
    }

    /// Have fetched what a search begins with.
    #[inline]
    pub fn touch(&self, hash: u32) -> u32 {
        self.entries.get(self.home(hash)).map_or(0, |[hash, _]| *hash)
    }

    /// The slot of the first entry of this hash that `is` the one.
    #[inline]
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            let [other, slot] = *self.entries.get(at)?;
            let slot = slot.checked_sub(1)?;
            if other == hash && is(slot) {
                return Some(slot);
            }
            at = (at + 1) & self.mask();
        }
    }

    pub fn add(&mut self, hash: u32, slot: u32) {
        if self.count >= self.entries.len() / 4 * 3 {
            self.grow();
        }
        self.count += 1;
        self.put([hash, slot.saturating_add(1)]);
    }

    fn grow(&mut self) {
        let larger = vec![FREE; self.entries.len().saturating_mul(2).max(FEWEST)];
        let entries = std::mem::replace(&mut self.entries, larger);
        // Behind a free place, so that those of one hash are met in their order.
        let start = entries.iter().position(|entry| *entry == FREE).unwrap_or(0);
        let (end, begin) = entries.split_at(start);
        begin.iter().chain(end).filter(|entry| **entry != FREE).for_each(|entry| self.put(*entry));
    }

    fn put(&mut self, entry: Entry) {
        let [hash, _] = entry;
        let (mut at, mask) = (self.home(hash), self.mask());
        while let Some(place) = self.entries.get_mut(at) {
            if *place == FREE {
                *place = entry;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Remove an entry, and move those behind it that it kept from where they would stand.
    pub fn remove(&mut self, hash: u32, slot: u32) {
        let (entry, mask) = ([hash, slot.saturating_add(1)], self.mask());
        let mut hole = self.home(hash);
        loop {
            match self.entries.get(hole) {
                None | Some(&FREE) => return,
                Some(found) if *found == entry => break,
                Some(_) => hole = (hole + 1) & mask,
            }
        }
        self.count = self.count.saturating_sub(1);
        let mut at = (hole + 1) & mask;
        while let Some(&entry) = self.entries.get(at).filter(|entry| **entry != FREE) {
            let [hash, _] = entry;
            let far = |place: usize| at.wrapping_sub(place) & mask;
            if far(self.home(hash)) >= far(hole) {
                self.entries.get_mut(hole).into_iter().for_each(|place| *place = entry);
                hole = at;
            }
            at = (at + 1) & mask;
        }
        self.entries.get_mut(hole).into_iter().for_each(|place| *place = FREE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(index: &Index, hash: u32) -> Vec<u32> {
        let found = std::cell::RefCell::new(Vec::new());
        index.find(hash, |slot| {
            found.borrow_mut().push(slot);
            false
        });
        found.into_inner()
    }

    /// Hashes are few and close to each other, so that entries stand in each other's way, around the end too.
    #[test]
    fn it_agrees_with_a_plain_list() {
        let (mut index, mut plain, mut random) = (Index::default(), Vec::<(u32, u32)>::new(), 1_u64);
        for number in 0..20_000_u32 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let hash = (random as u32 % 23).wrapping_sub(11);
            if random >> 40 & 1 == 0 || plain.len() > 90 {
                let of_hash: Vec<_> = plain.iter().copied().filter(|(other, _)| *other == hash).collect();
                if let Some((hash, slot)) = of_hash.get(random as usize >> 50 & 1) {
                    index.remove(*hash, *slot);
                    plain.retain(|(_, other)| other != slot);
                }
                index.remove(hash, u32::MAX - 1);
            } else {
                index.add(hash, number);
                plain.push((hash, number));
            }
            let expected: Vec<_> = plain.iter().filter(|(other, _)| *other == hash).map(|(_, slot)| *slot).collect();
            assert_eq!((all(&index, hash), index.count), (expected, plain.len()));
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let mut index = Index::default();
        assert_eq!((index.find(7, |_| true), index.touch(7)), (None, 0));
        index.remove(7, 0);
        index.add(7, 0);
        assert_eq!((index.find(7, |_| true), index.touch(7)), (Some(0), 7));
    }
}
