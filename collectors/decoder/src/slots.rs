//! Slots that stay where they are: they lie in chunks, so that a table grows without being copied, and what it has not
//! grown to is never touched.

/// Slots of a chunk, as a power of two. Chunks of a megabyte and more are packed into huge pages without gaps; smaller ones
/// left a third of them empty.
const BITS: u32 = 15;
const CHUNK: usize = 1 << BITS;

#[derive(Debug)]
pub struct Slots<T>(Vec<Vec<T>>);

impl<T> Slots<T> {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * CHUNK + last.len())
    }

    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.0.get((number >> BITS) as usize)?.get(number as usize % CHUNK)
    }

    #[inline]
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.0.get_mut((number >> BITS) as usize)?.get_mut(number as usize % CHUNK)
    }

    /// Add a slot behind the last one.
    pub fn push(&mut self, slot: T) {
        match self.0.last_mut().filter(|last| last.len() < CHUNK) {
            Some(last) => last.push(slot),
            None => {
                // A table that stays small need not begin large.
                let mut chunk = if self.0.is_empty() { Vec::new() } else { Vec::with_capacity(CHUNK) };
                chunk.push(slot);
                self.0.push(chunk);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_found_by_their_numbers() {
        let mut slots = Slots::new();
        let most = 3 * CHUNK + 1;
        for number in 0..most {
            assert_eq!(slots.len(), number);
            slots.push(number);
        }
        *slots.get_mut(CHUNK as u32).unwrap() = 7;
        let found = |number: usize| slots.get(number as u32).copied();
        assert_eq!([0, CHUNK - 1, CHUNK, most - 1].map(found), [Some(0), Some(CHUNK - 1), Some(7), Some(most - 1)]);
        assert_eq!((found(most), found(u32::MAX as usize)), (None, None));
    }
}
