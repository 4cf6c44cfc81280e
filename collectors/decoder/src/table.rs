//! A bounded table: when it is full, the entry that was used longest ago, roughly, makes room.
//!
//! Second chance: entries queue in the order of their arrival; a use marks one, and a marked one is spared once. What is
//! evicted depends on what was seen and not on the hash, whose key is random against collisions made on purpose.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

#[derive(Debug)]
struct Slot<V> {
    value: V,
    used: bool,
}

#[derive(Debug)]
pub struct Table<K, V> {
    slots: HashMap<K, Slot<V>>,
    queue: VecDeque<K>,
    cap: usize,
}

impl<K: Hash + Eq + Clone, V> Table<K, V> {
    pub fn new(cap: usize) -> Self {
        Self { slots: HashMap::new(), queue: VecDeque::new(), cap }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.slots.get_mut(key).map(|slot| {
            slot.used = true;
            &mut slot.value
        })
    }

    /// Add an entry that is not there yet; returns the one that had to go.
    pub fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let evicted = if self.slots.len() >= self.cap { self.evict() } else { None };
        if self.slots.insert(key.clone(), Slot { value, used: false }).is_none() {
            self.queue.push_back(key);
        }
        evicted
    }

    /// Take an entry out. Its place in the queue is cleared when its turn comes.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let value = self.slots.remove(key).map(|slot| slot.value);
        if value.is_some() && self.queue.len() > self.slots.len().saturating_mul(2).saturating_add(64) {
            let slots = &self.slots;
            self.queue.retain(|key| slots.contains_key(key));
        }
        value
    }

    fn evict(&mut self) -> Option<(K, V)> {
        for _ in 0..=self.queue.len() {
            let key = self.queue.pop_front()?;
            match self.slots.get_mut(&key) {
                None => {}
                Some(slot) if slot.used => {
                    slot.used = false;
                    self.queue.push_back(key);
                }
                Some(_) => return self.slots.remove(&key).map(|slot| (key, slot.value)),
            }
        }
        None
    }

    /// Look at up to `most` entries, oldest first, and take out those that are `over`.
    pub fn sweep(&mut self, most: usize, over: impl Fn(&V) -> bool) -> Vec<(K, V)> {
        let mut gone = Vec::new();
        for _ in 0..most.min(self.queue.len()) {
            let Some(key) = self.queue.pop_front() else { break };
            match self.slots.get(&key).map(|slot| over(&slot.value)) {
                None => {}
                Some(false) => self.queue.push_back(key),
                Some(true) => {
                    if let Some(slot) = self.slots.remove(&key) {
                        gone.push((key, slot.value));
                    }
                }
            }
        }
        gone
    }

    /// Everything, oldest first; the table is empty afterwards.
    pub fn drain(&mut self) -> Vec<(K, V)> {
        self.sweep(usize::MAX, |_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_longest_ago_makes_room() {
        let mut table = Table::new(2);
        assert_eq!(table.insert(1, "a"), None);
        assert_eq!(table.insert(2, "b"), None);
        assert!(table.get_mut(&1).is_some());
        assert_eq!(table.insert(3, "c"), Some((2, "b")));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn removing_leaves_no_ghosts() {
        let mut table = Table::new(4);
        for round in 0..1000 {
            table.insert(round, ());
            assert_eq!(table.remove(&round), Some(()));
        }
        assert!(table.queue.len() < 100);
        assert_eq!(table.drain(), vec![]);
    }

    #[test]
    fn a_sweep_takes_what_is_over() {
        let mut table = Table::new(8);
        for number in 0..6 {
            table.insert(number, number);
        }
        let gone: Vec<i32> = table.sweep(4, |value| value % 2 == 0).into_iter().map(|(key, _)| key).collect();
        assert_eq!(gone, vec![0, 2]);
        assert_eq!(table.len(), 4);
    }
}
