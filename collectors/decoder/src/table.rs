//! A table bounded in entries and in time, whose every operation takes constant time.
//!
//! Entries lie in slots, found by a hash under a random key, so that nobody can make them collide on purpose. Each slot
//! is chained into the bucket of a timing wheel, one bucket a second: where it is due, unless it was used since. A use
//! only notes the second; the entry moves when its bucket comes up. When the table is full, the entry that is due first,
//! which is nearly the one used longest ago, makes room.
//!
//! INVARIANT: what is evicted, what expires and in which order follows from what was seen, never from the hash.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use crate::index::Index;
use crate::slots::Slots;

const NONE: u32 = u32::MAX;
/// Entries that are moved on for having been used, before one is evicted all the same.
const CHANCES: usize = 8;
/// Time stands still in the year 2106: seconds are kept in 32 bits.
const LATEST: u64 = u32::MAX as u64;
/// Seconds between two notices that a table is full.
const NOTICE: u64 = 60;

/// A keyed hash of whole words: multiply and fold, as in wyhash.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    state: u64,
    key: u64,
}

impl Mix {
    pub fn new((state, key): (u64, u64)) -> Self {
        Self { state, key }
    }

    pub fn value(&self) -> u64 {
        self.state
    }

    #[inline]
    pub fn word(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.key);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded")]
        let folded = product as u64 ^ (product >> 64) as u64;
        self.state = folded;
    }

    pub fn addresses(&mut self, pair: (IpAddr, IpAddr)) {
        match pair {
            (IpAddr::V4(a), IpAddr::V4(b)) => self.word(pair_v4([a, b].map(|address| address.to_bits()))),
            (a, b) => [a, b].into_iter().for_each(|address| self.address(address)),
        }
    }

    fn address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.word(address.to_bits().into()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h] = address.segments().map(u64::from);
                self.word(a << 48 | b << 32 | c << 16 | d);
                self.word(e << 48 | f << 32 | g << 16 | h);
            }
        }
    }
}

pub fn pair_v4([a, b]: [u32; 2]) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// A line of the cache.
#[derive(Debug)]
#[repr(align(64))]
pub struct Line;

/// What entries are found by; a table may hold several of one key.
pub trait Key: Copy + Eq {
    /// What slots are aligned as.
    type Align: std::fmt::Debug;

    fn mix(&self, mix: &mut Mix);
}

/// Its key comes first and what the wheel needs last: who has fetched both ends of a small one has fetched all of it.
#[derive(Debug)]
#[repr(C)]
struct Slot<K: Key, V> {
    align: [K::Align; 0],
    key: K,
    /// `None` in a slot that is free.
    value: Option<V>,
    /// Second of its last use, and the bucket that it is in.
    used: u32,
    bucket: u32,
    before: u32,
    after: u32,
}

/// Where an entry lies, until the table is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(u32);

#[derive(Clone, Copy, Debug)]
struct Chain {
    first: u32,
    last: u32,
}

#[derive(Debug)]
pub struct Table<K: Key, V> {
    index: Index,
    slots: Slots<Slot<K, V>>,
    free: Vec<u32>,
    wheel: Vec<Chain>,
    cap: usize,
    timeout: u64,
    now: u64,
    /// Nothing is due before this second.
    first: u64,
    seed: (u64, u64),
    evicted: u64,
    said: Option<u64>,
    closed: bool,
}

impl<K: Key, V> Table<K, V> {
    /// A table of at most `cap` entries, each kept for `timeout` seconds of packet time after its last use.
    pub fn new(cap: usize, timeout: u64) -> Self {
        let buckets = usize::try_from(timeout).unwrap_or(0).saturating_add(3);
        Self {
            index: Index::default(),
            slots: Slots::new(),
            free: Vec::new(),
            wheel: vec![Chain { first: NONE, last: NONE }; buckets],
            cap: cap.min(NONE as usize),
            timeout,
            now: 0,
            first: 0,
            seed: seed(),
            evicted: 0,
            said: None,
            closed: false,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len().saturating_sub(self.free.len())
    }

    /// Nothing is looked up or added any more until everything was popped.
    pub fn close(&mut self) {
        self.closed = true;
        self.index = Index::default();
    }

    /// The entry, which counts as used now.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        self.find(key, |_| true).and_then(|place| self.at(place))
    }

    /// Where an entry of this key lies that fits; there may be several.
    pub fn find(&self, key: &K, fits: impl Fn(&V) -> bool) -> Option<Place> {
        let (slots, hash) = (&self.slots, hash(self.seed, key));
        let is = |slot: &Slot<K, V>| slot.key == *key && slot.value.as_ref().is_some_and(&fits);
        self.index.find(hash, |slot| slots.get(slot).is_some_and(is)).map(Place)
    }

    /// Have fetched what a search for this key begins with.
    #[inline]
    pub fn touch_index(&self, key: &K) -> u32 {
        self.index.touch(hash(self.seed, key))
    }

    /// Where an entry of this key probably lies: the entry itself is not looked at.
    #[inline]
    pub fn likely(&self, key: &K) -> Option<Place> {
        self.index.find(hash(self.seed, key), |_| true).map(Place)
    }

    /// Have fetched the entry at a place, where that of this key probably lies: its first line and its last.
    #[inline]
    pub fn touch(&self, place: Place, key: &K) -> u32 {
        self.slots.get(place.0).map_or(0, |slot| slot.used ^ u32::from(slot.key == *key))
    }

    /// Where one that fits lies, where one of this key probably lies at `place`.
    pub fn find_near(&self, place: Option<Place>, key: &K, fits: impl Fn(&V) -> bool) -> Option<Place> {
        let near = place.and_then(|place| self.slots.get(place.0));
        let found = near.is_some_and(|slot| slot.key == *key && slot.value.as_ref().is_some_and(&fits));
        if found { place } else { self.find(key, fits) }
    }

    /// The entry at a place, which counts as used now, if it is of this key and fits.
    #[inline]
    pub fn near(&mut self, place: Place, key: &K, fits: impl Fn(&V) -> bool) -> Option<&mut V> {
        let now = second(self.now);
        let slot = self.slots.get_mut(place.0).filter(|slot| slot.key == *key)?;
        let value = slot.value.as_mut().filter(|value| fits(value))?;
        slot.used = now;
        Some(value)
    }

    /// The entry at a place, which counts as used now.
    pub fn at(&mut self, place: Place) -> Option<&mut V> {
        let now = second(self.now);
        let slot = self.slots.get_mut(place.0)?;
        slot.used = now;
        slot.value.as_mut()
    }

    /// The entry at a place, which does not count as used.
    pub fn peek(&self, place: Place) -> Option<&V> {
        self.slots.get(place.0)?.value.as_ref()
    }

    /// The entry at a place, to be changed, which does not count as used.
    pub fn peek_mut(&mut self, place: Place) -> Option<&mut V> {
        self.slots.get_mut(place.0)?.value.as_mut()
    }

    pub fn remove_at(&mut self, place: Place) -> Option<V> {
        self.take(place.0).map(|(_, value)| value)
    }

    /// Add an entry; gives the one that had to make room.
    pub fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        self.add(key, value).1
    }

    /// Add an entry; gives where it lies, and the one that had to make room.
    pub fn add(&mut self, key: K, value: V) -> (Place, Option<(K, V)>) {
        let evicted = if self.len() >= self.cap { self.evict() } else { None };
        let slot =
            Slot { align: [], key, value: Some(value), used: second(self.now), bucket: 0, before: NONE, after: NONE };
        let number = match self.free.pop() {
            Some(number) => number,
            None => u32::try_from(self.slots.len()).unwrap_or(NONE),
        };
        match self.slots.get_mut(number) {
            Some(free) => *free = slot,
            None => self.slots.push(slot),
        }
        self.index.add(hash(self.seed, &key), number);
        self.link(number);
        (Place(number), evicted)
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.find(key, |_| true).and_then(|place| self.remove_at(place))
    }

    /// Time is now `now` seconds: gives the entries whose time is up, one at a call. Everything ends when time falls
    /// back by more than the timeout, for then another capture has begun.
    pub fn expire(&mut self, now: u64) -> Option<(K, V)> {
        let now = now.min(LATEST);
        if now.saturating_add(self.timeout) < self.now {
            let entry = self.earliest().and_then(|slot| self.take(slot));
            if entry.is_none() {
                self.now = now;
            }
            return entry;
        }
        while self.now < now {
            if self.len() == 0 {
                self.now = now;
                break;
            }
            let bucket = self.bucket(self.now + 1);
            let Some(first) = self.wheel.get(bucket).map(|chain| chain.first).filter(|first| *first != NONE) else {
                self.now += 1;
                continue;
            };
            let due = self.slots.get(first).map_or(0, |slot| u64::from(slot.used).saturating_add(self.timeout));
            if due < now {
                return self.take(first);
            }
            self.unlink(first);
            self.link(first);
        }
        None
    }

    /// Everything, in the order in which it would be due.
    pub fn pop(&mut self) -> Option<(K, V)> {
        let entry = self.earliest().and_then(|slot| self.take(slot));
        self.closed &= entry.is_some();
        entry
    }

    /// How many entries had to make room since that was last said, where it is time to say it.
    pub fn overflow(&mut self) -> Option<u64> {
        if self.evicted == 0 || self.said.is_some_and(|said| self.now.abs_diff(said) < NOTICE) {
            return None;
        }
        self.said = Some(self.now);
        Some(std::mem::take(&mut self.evicted))
    }

    fn bucket(&self, second: u64) -> usize {
        let buckets = (self.wheel.len() as u64).max(1);
        usize::try_from(second % buckets).unwrap_or(0)
    }

    fn evict(&mut self) -> Option<(K, V)> {
        for _ in 0..CHANCES {
            let slot = self.earliest()?;
            let (used, bucket) = self.slots.get(slot).map(|slot| (u64::from(slot.used), slot.bucket as usize))?;
            if self.bucket(self.due(used)) == bucket {
                break;
            }
            self.unlink(slot);
            self.link(slot);
        }
        self.evicted += 1;
        self.pop()
    }

    fn earliest(&mut self) -> Option<u32> {
        let last = self.now.saturating_add(self.wheel.len() as u64);
        let mut seconds = self.first.max(self.now.saturating_add(1))..=last;
        let first = |second: u64| self.wheel.get(self.bucket(second)).map(|chain| (second, chain.first));
        let (second, slot) = seconds.find_map(|second| first(second).filter(|(_, slot)| *slot != NONE))?;
        self.first = second;
        Some(slot)
    }

    fn take(&mut self, slot: u32) -> Option<(K, V)> {
        self.unlink(slot);
        let taken = self.slots.get_mut(slot)?;
        let (key, value) = (taken.key, taken.value.take()?);
        if !self.closed {
            self.index.remove(hash(self.seed, &key), slot);
        }
        self.free.push(slot);
        Some((key, value))
    }

    /// The second in which an entry used at `used` comes up; always ahead, and by less than the wheel is long.
    fn due(&self, used: u64) -> u64 {
        let most = self.now.saturating_add(self.wheel.len() as u64 - 1);
        used.saturating_add(self.timeout).saturating_add(1).clamp(self.now.saturating_add(1), most)
    }

    fn link(&mut self, number: u32) {
        let Some(used) = self.slots.get(number).map(|slot| slot.used.into()) else { return };
        let due = self.due(used);
        self.first = self.first.min(due);
        let bucket = self.bucket(due);
        let Some(chain) = self.wheel.get_mut(bucket) else { return };
        let before = std::mem::replace(&mut chain.last, number);
        if before == NONE {
            chain.first = number;
        }
        if let Some(slot) = self.slots.get_mut(before) {
            slot.after = number;
        }
        if let Some(slot) = self.slots.get_mut(number) {
            let bucket = u32::try_from(bucket).unwrap_or(0); // a wheel has a bucket for each second of its timeout
            (slot.bucket, slot.before, slot.after) = (bucket, before, NONE);
        }
    }

    fn unlink(&mut self, number: u32) {
        let Some(slot) = self.slots.get(number) else { return };
        let (bucket, before, after) = (slot.bucket as usize, slot.before, slot.after);
        match (self.slots.get_mut(before), self.wheel.get_mut(bucket)) {
            (Some(slot), _) => slot.after = after,
            (None, Some(chain)) => chain.first = after,
            (None, None) => {}
        }
        match (self.slots.get_mut(after), self.wheel.get_mut(bucket)) {
            (Some(slot), _) => slot.before = before,
            (None, Some(chain)) => chain.last = before,
            (None, None) => {}
        }
    }
}

/// Random, and different at each call.
pub fn seed() -> (u64, u64) {
    let random = RandomState::new();
    (random.hash_one(0_u8), random.hash_one(1_u8) | 1)
}

fn hash<K: Key>(seed: (u64, u64), of: &K) -> u32 {
    let mut mix = Mix::new(seed);
    of.mix(&mut mix);
    (mix.value() >> 32) as u32
}

fn second(now: u64) -> u32 {
    u32::try_from(now).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Key for u64 {
        type Align = u8;

        fn mix(&self, mix: &mut Mix) {
            mix.word(*self);
        }
    }

    fn expired(table: &mut Table<u64, u64>, now: u64) -> Vec<u64> {
        std::iter::from_fn(|| table.expire(now)).map(|(key, _)| key).collect()
    }

    #[test]
    fn the_one_used_longest_ago_makes_room() {
        let mut table = Table::new(2, 100);
        assert_eq!(table.insert(1, 10), None);
        assert_eq!(expired(&mut table, 5), vec![]);
        assert_eq!(table.insert(2, 20), None);
        assert_eq!(expired(&mut table, 9), vec![]);
        assert_eq!(table.get(&1), Some(&mut 10));
        assert_eq!(table.insert(3, 30), Some((2, 20)));
        assert_eq!(table.len(), 2);
        assert_eq!((table.overflow(), table.overflow()), (Some(1), None));
    }

    #[test]
    fn time_is_up_only_for_what_was_not_used() {
        let mut table = Table::new(10, 60);
        expired(&mut table, 1000);
        table.insert(1, 0);
        table.insert(2, 0);
        for now in 1001..1060 {
            assert_eq!(expired(&mut table, now), vec![]);
            assert!(table.get(&2).is_some());
        }
        assert_eq!(expired(&mut table, 1061), vec![1]);
        assert_eq!(expired(&mut table, 9999), vec![2]);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn a_leap_forward_keeps_what_is_not_due_and_a_fall_back_ends_all() {
        let mut table = Table::new(10, 60);
        expired(&mut table, 1000);
        table.insert(1, 0);
        assert_eq!(expired(&mut table, 1059), vec![]);
        table.insert(2, 0);
        assert_eq!(expired(&mut table, 1118), vec![1]);
        assert_eq!(expired(&mut table, 1100), vec![]);
        assert_eq!(expired(&mut table, 10), vec![2]);
        assert!(table.insert(3, 0).is_none() && expired(&mut table, 71) == vec![3]);
    }

    #[test]
    fn slots_are_used_again() {
        let mut table = Table::new(4, 60);
        for round in 0..1000 {
            table.insert(round, round);
            assert_eq!(table.remove(&round), Some(round));
        }
        assert_eq!((table.slots.len(), table.len()), (1, 0));
    }

    /// The same operations on a plain list give the same answers.
    #[test]
    fn it_agrees_with_a_plain_list() {
        let mut table = Table::new(1000, 20);
        let mut plain: Vec<(u64, u64)> = Vec::new();
        let (mut now, mut random) = (50, 1_u64);
        expired(&mut table, now);
        for _ in 0..100_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let key = random >> 8 & 0xff;
            match random & 7 {
                0 => {
                    now += random >> 20 & 15;
                    let mut gone = expired(&mut table, now);
                    let mut due: Vec<u64> =
                        plain.iter().filter(|(_, used)| used + 20 < now).map(|(key, _)| *key).collect();
                    plain.retain(|(_, used)| used + 20 >= now);
                    gone.sort_unstable();
                    due.sort_unstable();
                    assert_eq!(gone, due);
                }
                1 => {
                    let known = plain.iter().position(|(other, _)| *other == key).map(|at| plain.remove(at));
                    assert_eq!(table.remove(&key).is_some(), known.is_some());
                }
                _ => match plain.iter_mut().find(|(other, _)| *other == key) {
                    Some(entry) => {
                        assert!(table.get(&key).is_some());
                        entry.1 = now;
                    }
                    None => {
                        assert!(table.get(&key).is_none());
                        plain.push((key, now));
                        table.insert(key, 0);
                    }
                },
            }
            assert_eq!(table.len(), plain.len());
        }
    }
}
