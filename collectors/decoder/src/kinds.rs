//! How many of each kind there were.

use hashbrown::HashMap;

/// Kinds that are counted without being looked up, at most.
const RECENT: usize = 64;

/// Kinds are the program's own texts, so the place of one in memory nearly always tells it from others.
#[derive(Debug)]
pub struct Kinds {
    recent: [(&'static str, u64); RECENT],
    all: HashMap<&'static str, u64>,
}

impl Default for Kinds {
    fn default() -> Self {
        Self { recent: [("", 0); RECENT], all: HashMap::default() }
    }
}

impl Kinds {
    #[inline]
    pub fn add(&mut self, kind: &'static str, count: u64) {
        let place = (kind.as_ptr().addr() ^ kind.len()) % RECENT;
        match self.recent.get_mut(place) {
            Some((known, counted)) if std::ptr::eq(*known, kind) => *counted += count,
            Some(recent) => {
                let (known, counted) = std::mem::replace(recent, (kind, count));
                self.note(known, counted);
            }
            None => self.note(kind, count),
        }
    }

    fn note(&mut self, kind: &'static str, count: u64) {
        if count > 0 {
            *self.all.entry(kind).or_default() += count;
        }
    }

    /// The counts so far.
    pub fn counts(&self) -> HashMap<&'static str, u64> {
        let mut counts = self.all.clone();
        for (kind, count) in self.recent.iter().filter(|(_, count)| *count > 0) {
            *counts.entry(*kind).or_default() += count;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart_by_what_they_say_wherever_it_stands() {
        let mut kinds = Kinds::default();
        let text: &'static str = "ababcdabcdefabcdefghabcdefghij".repeat(100).leak();
        let mut expected = HashMap::new();
        for number in 0..10_000_usize {
            let from = number * 7 % 2000;
            let kind = &text[from..from + 2 + number % 3];
            kinds.add(kind, 2);
            *expected.entry(kind).or_default() += 2;
        }
        assert_eq!(kinds.counts(), expected);
        assert_eq!(Kinds::default().counts(), HashMap::new());
    }
}
